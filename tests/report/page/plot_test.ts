import { assertEquals, assertStringIncludes } from "@std/assert";
import { derivePlot, renderPlot } from "../../../src/report/page/plot.ts";
import { NOW } from "./reports.ts";

function history(...points: readonly (readonly [ago: number, lag: number | null])[]) {
  return points.map(([ago, lag_seconds]) => ({ unix_seconds: NOW - ago, lag_seconds, lag_bytes: null }));
}

Deno.test("derivePlot() breaks the line where lag is unknown or was not read", () => {
  const lines = (some: ReturnType<typeof history>) => derivePlot(some, NOW).line.split("M").length - 1;
  assertEquals(lines(history([60, 1], [45, 1], [30, 1])), 1);
  assertEquals(lines(history([60, 1], [45, null], [30, 1])), 2);
  assertEquals(lines(history([600, 1], [30, 1])), 2);
  assertEquals(lines(history()), 0);
});

Deno.test("derivePlot() finds the largest lag of the hour, and ignores older ones", () => {
  const { max, maxAt } = derivePlot(history([4000, 99], [600, 7.5], [590, 3], [30, 0]), NOW);
  assertEquals([max, maxAt], [7.5, NOW - 600]);
});

Deno.test("derivePlot() draws the largest lag of each 15 s, and does not magnify small ones", () => {
  assertEquals(derivePlot(history([31, 10], [30.5, 2]), NOW).line, "M237.5 3h.01");
  assertEquals(derivePlot(history([30, 0.1]), NOW).line, "M237.5 35.4h.01");
});

Deno.test("derivePlot() does not change within 15 s", () => {
  const points = history([600, 1], [300, 2]);
  assertEquals(derivePlot(points, NOW), derivePlot(points, NOW + 4));
});

Deno.test("renderPlot() has a descriptive label, and reports when the lag is unknown", () => {
  const options = { name: "a<b", now: NOW };
  assertStringIncludes(
    renderPlot(history([60, 192.3], [30, 1]), options).text,
    'role="img" aria-label="Lag of a&lt;b over the last hour: at most 3 min 12 s, at 10:25 UTC"',
  );
  assertStringIncludes(renderPlot(history([60, null]), options).text, "lag unknown for the last hour");
});
