import { assertEquals } from "@std/assert";
import { renderText } from "../../src/exposition/text.ts";
import { gatherFamilies } from "../../src/metrics/gather.ts";
import { lintFamily } from "../../compose/build/metric_lint.ts";
import type { Family } from "../../src/metrics/family.ts";
import { hostileMeasurements } from "./arbitraries.ts";
import { findProgram, runWithInput } from "./programs.ts";

const promtool = await findProgram("promtool");
const test = { ignore: promtool === null };
const name = (criterion: string) =>
  `promtool check metrics ${criterion}${promtool === null ? " (skipped: promtool is not installed)" : ""}`;

/** Exit code and remarks of `promtool check metrics`; it exits 1 when it cannot read the page, 3 when it has remarks. */
async function checkMetrics(page: string): Promise<{ code: number; remarks: readonly string[] }> {
  const { code, stdout, stderr } = await runWithInput(promtool ?? "promtool", {
    args: ["check", "metrics"],
    input: page,
  });
  return { code, remarks: `${stdout}${stderr}`.split("\n").filter((line) => line !== "") };
}

Deno.test(name("accepts a page with hostile labels and numbers"), test, async () => {
  const { families } = gatherFamilies(hostileMeasurements());
  assertEquals(await checkMetrics(renderText(families)), { code: 0, remarks: [] });
});

Deno.test(name("refuses a broken page, so the test above can fail"), test, async () => {
  const { code } = await checkMetrics('# TYPE x gauge\nx{a="1} 1\n');
  assertEquals(code, 1);
});

Deno.test(name("reports nothing that our own lint accepts"), test, async () => {
  const samples = [{ labels: {}, value: 1 }];
  const bad: readonly Family[] = [
    { name: "pg_replication_lag_mb", type: "gauge", help: "Lag in MiB", labels: [], samples },
    { name: "pg_replication_slots_total", type: "gauge", help: "Slots", labels: [], samples },
    { name: "pgrepl_camelCase", type: "gauge", help: "Camel", labels: [], samples },
    { name: "pgrepl_lag_milliseconds", type: "gauge", help: "Lag", labels: [], samples },
    { name: "pgrepl_no_help", type: "gauge", help: "", labels: [], samples },
    { name: "pgrepl_some_gauge", type: "gauge", help: "Typed", labels: [], samples },
    { name: "pgrepl_sent_bucket", type: "gauge", help: "Reserved", labels: [], samples },
  ];
  const { code, remarks } = await checkMetrics(renderText(bad));
  assertEquals(code, 3);
  const remarked = new Set(remarks.map((remark) => remark.split(" ")[0] ?? ""));
  assertEquals([...remarked].sort(), bad.map(({ name }) => name).sort());
  for (const family of bad) {
    const rules = lintFamily(family).map(({ rule }) => rule).filter((rule) => rule !== "prefix");
    assertEquals(rules.length, 1, `${family.name} breaks ${rules.join(", ")}`);
  }
});
