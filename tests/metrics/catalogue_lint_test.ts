import { assertEquals, assertGreater } from "@std/assert";
import { collectors } from "../../src/collectors/registry.ts";
import { renderOpenMetrics } from "../../src/exposition/openmetrics.ts";
import { renderText } from "../../src/exposition/text.ts";
import type { FamilyDefinition } from "../../src/metrics/family.ts";
import { gatherFamilies } from "../../src/metrics/gather.ts";
import { lintCatalogue } from "../../compose/build/metric_lint.ts";
import { publishedFamilies } from "../../src/scrape/published_families.ts";
import { findProgram, runWithInput } from "../exposition/programs.ts";
import { parseOpenMetricsPage, parseTextPage } from "../exposition/strict_parser.ts";

/** Every family the program can publish. */
const CATALOGUE: readonly FamilyDefinition[] = publishedFamilies(collectors);

/** Everything promtool reports, with the reason why it is accepted. */
const KNOWN_REMARKS = [
  // Classic name, in MiB: see `LINT_EXCEPTIONS`.
  "pg_replication_lag_mb metric names should not contain abbreviated units",
  // Classic name of a gauge: see `LINT_EXCEPTIONS`.
  'pg_replication_slots_total non-counter metrics should not have "_total" suffix',
];

const promtool = await findProgram("promtool");
const skipped = promtool === null ? " (skipped: promtool is not installed)" : "";

/** One sample of every family, all labels set. */
function fullPage() {
  return gatherFamilies(CATALOGUE.map((family) => ({
    family,
    labels: Object.fromEntries(family.labels.map((label) => [label, "x"])),
    value: 1,
    ...family.type === "histogram"
      ? { histogram: { bounds: [1], counts: [1, 0], sum: 1, createdUnixSeconds: 1 } }
      : {},
  })));
}

Deno.test("the catalogue passes the lint, and every exception is needed", () => {
  assertGreater(CATALOGUE.length, 80);
  assertEquals(lintCatalogue(CATALOGUE), { problems: [], unused: [] });
});

Deno.test("all families of the catalogue fit on one page, in both formats", () => {
  const { families, rejected } = fullPage();
  assertEquals(rejected, []);
  assertEquals(families.length, CATALOGUE.length);
  assertEquals(parseTextPage(renderText(families)).length, CATALOGUE.length);
  assertEquals(parseOpenMetricsPage(renderOpenMetrics(families)).length, CATALOGUE.length);
});

Deno.test(`promtool reports two classic names of the catalogue and nothing else${skipped}`, {
  ignore: promtool === null,
}, async () => {
  const input = renderText(fullPage().families);
  const { stdout, stderr } = await runWithInput("promtool", { args: ["check", "metrics"], input });
  assertEquals(`${stdout}${stderr}`.split("\n").filter((line) => line !== "").sort(), KNOWN_REMARKS);
});
