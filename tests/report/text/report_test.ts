import { assertEquals, assertStringIncludes } from "@std/assert";
import { renderReportText } from "../../../src/report/text/report.ts";
import { goldenReport, goldenViews, reportOf } from "../golden_views.ts";

// deno-lint-ignore no-control-regex
const ESCAPES = /\x1b\[[\d;]*m/g;

Deno.test("renderReportText() has the same text with and without colours", () => {
  for (const { name, view } of goldenViews()) {
    const report = reportOf(view);
    const colored = renderReportText(report, { width: 80, color: true });
    assertEquals(colored.includes("\x1b["), true, name);
    assertEquals(
      colored.replaceAll(ESCAPES, ""),
      renderReportText(report, { width: 80, color: false }),
      name,
    );
  }
});

Deno.test("renderReportText() puts the headline first, then problems, clusters, findings, events", () => {
  const text = renderReportText(goldenReport("standby_cut"), { width: 80, color: false });
  assertEquals(text.startsWith("Critical: "), true);
  const order = ["PROBLEMS", "CLUSTER", "Primary", "Standbys", "Topology", "Forecasts", "FINDINGS", "EVENTS"]
    .map((title) => text.indexOf(`${title}`));
  assertEquals(order.includes(-1), false);
  assertEquals(order.toSorted((a, b) => a - b), order);
});

Deno.test("renderReportText() keeps sentences within the width, and has no problems when healthy", () => {
  const text = renderReportText(goldenReport("one_standby_well"), { width: 80, color: false });
  assertEquals(text.split("\n").filter((line) => line.length > 80), []);
  assertEquals(text.includes("PROBLEMS"), false);
});

Deno.test("renderReportText() counts the checks", () => {
  const { checks } = goldenReport("one_standby_well");
  const text = renderReportText(goldenReport("one_standby_well"), { width: 200, color: false });
  assertStringIncludes(text, `Of ${checks.length} checks `);
});

Deno.test("renderReportText() shows consistency checks", () => {
  const report = goldenReport("one_standby_well");
  const [cluster] = report.clusters;
  if (cluster === undefined) throw new Error("No cluster");
  const text = renderReportText({
    ...report,
    clusters: [{
      ...cluster,
      consistency: [{
        standby: "standby",
        subscription: null,
        compared_with: "primary",
        table: "public.test_data",
        verdict: "different",
        reason: "Rows 1 to 5 differ",
        difference_from_key: "1",
        difference_to_key: "5",
        rows_compared: 100,
        age_seconds: 12,
        conclusive_age_seconds: 12,
        conclusive_verdict: "different",
        conclusive_reason: "Rows 1 to 5 differ",
        window: { after_key: "0", up_to_key: "100" },
        pass_ratio: 0.5,
        full_pass_age_seconds: null,
      }],
    }],
  }, { width: 80, color: false });
  assertStringIncludes(
    text,
    "public.test_data  standby  different   100  12.0s ago   12.0s ago\n    Rows 1 to 5 differ\n" +
      "    Compared after key 0 up to key 100; 50 % of the table in this pass; no full\n    pass so far",
  );
});
