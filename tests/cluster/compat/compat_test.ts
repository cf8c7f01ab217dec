import { assertEquals } from "@std/assert";
import { compatFamilies, withCompat } from "../../../src/cluster/compat/compat.ts";
import { measureClassic } from "../../../src/cluster/classic/classic_families.ts";
import { COMPAT_EXPORTERS } from "../../../src/domain/compat.ts";
import { renderOpenMetrics } from "../../../src/exposition/openmetrics.ts";
import { definitionProblem } from "../../../src/metrics/definition.ts";
import { gatherFamilies } from "../../../src/metrics/gather.ts";
import { findProgram, runWithInput } from "../../exposition/programs.ts";
import { parseOpenMetricsPage, parseTextPage } from "../../exposition/strict_parser.ts";
import { describedView, pageOf } from "./described.ts";

const promtool = await findProgram("promtool");

Deno.test("compatFamilies() has every name once, each of which can be written", () => {
  const families = compatFamilies(COMPAT_EXPORTERS);
  const names = families.map(({ name }) => name);
  assertEquals(new Set(names).size, names.length);
  assertEquals(families.map(definitionProblem).filter((problem) => problem !== null), []);
  assertEquals(compatFamilies([]), []);
});

Deno.test("withCompat() keeps a name of two exporters for the one that comes first", () => {
  const helpOf = (...exporters: readonly (typeof COMPAT_EXPORTERS[number])[]) =>
    compatFamilies(exporters).find(({ name }) => name === "pg_up")?.help.split(" ")[0];
  assertEquals(helpOf("pg_exporter"), "last");
  assertEquals(helpOf("pg_exporter", "postgres_exporter"), "Whether");
  const page = pageOf(describedView(), COMPAT_EXPORTERS);
  assertEquals(page.split("\n").filter((line) => line.startsWith("pg_up{")).length, 3);
});

Deno.test("withCompat() leaves ours alone, except those with a name of theirs", () => {
  const view = describedView();
  const ours = [...measureClassic(view)];
  const left = (exporter: typeof COMPAT_EXPORTERS[number]) => {
    const all = new Set(withCompat(ours, { view, exporters: new Set([exporter]) }));
    return [...new Set(ours.filter((each) => !all.has(each)).map(({ family }) => family.name))];
  };
  assertEquals(left("postgres_exporter").sort(), [
    "pg_replication_lag_seconds",
    "pg_replication_slots_active",
  ]);
  assertEquals([left("pg_exporter"), left("pgexporter")], [[], []]);
});

Deno.test("withCompat(): all three fit on one page, in both formats", () => {
  const view = describedView();
  const page = pageOf(view, COMPAT_EXPORTERS);
  const { families } = gatherFamilies(withCompat([], { view, exporters: new Set(COMPAT_EXPORTERS) }));
  assertEquals(parseTextPage(page).length, families.length);
  assertEquals(parseOpenMetricsPage(renderOpenMetrics(families)).length, families.length);
});

Deno.test({
  name: "promtool reads the page, and remarks on their names and HELP only" +
    (promtool === null ? " (skipped: promtool is not installed)" : ""),
  ignore: promtool === null,
  async fn() {
    const input = pageOf(describedView(), COMPAT_EXPORTERS);
    const { stdout, stderr } = await runWithInput("promtool", { args: ["check", "metrics"], input });
    const kinds = new Set(
      `${stdout}${stderr}`.split("\n").filter((line) => line !== "").map((line) => line.replace(/^\w+ /, "")),
    );
    assertEquals([...kinds].sort(), [
      'counter metrics should have "_total" suffix',
      "metric names should not contain abbreviated units",
      'non-histogram and non-summary metrics should not have "_count" suffix',
    ]);
  },
});
