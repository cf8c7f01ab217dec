import { assert, assertEquals } from "@std/assert";
import { buildDashboard, SELECTOR, withSelector } from "../../../src/report/dashboard/grafana.ts";
import { dashboardRows } from "../../../src/report/dashboard/rows.ts";

const panels = dashboardRows.flatMap((row) => row.panels);

Deno.test("buildDashboard() lays panels out in rows that do not overlap", () => {
  const dashboard = JSON.parse(JSON.stringify(buildDashboard(dashboardRows, { title: "T", uid: "u" })));
  assertEquals(dashboard.panels.length, panels.length + dashboardRows.length);
  assertEquals(new Set(dashboard.panels.map(({ id }: { id: number }) => id)).size, dashboard.panels.length);
  const taken = new Set<string>();
  for (const { gridPos: { x, y, w, h } } of dashboard.panels) {
    for (let column = x; column < x + w; column++) {
      for (let line = y; line < y + h; line++) {
        assert(column < 24 && !taken.has(`${column},${line}`), `${column},${line}`);
        taken.add(`${column},${line}`);
      }
    }
  }
});

Deno.test("buildDashboard() wraps a row, and reverses the colours when small values are bad", () => {
  const panel = {
    title: "P",
    description: "D.",
    kind: "stat",
    unit: "s",
    width: 16,
    thresholds: [10, 5],
    isLowBad: true,
    queries: [{ expression: "a$selector", legend: "" }],
  } as const;
  const dashboard = JSON.parse(
    JSON.stringify(buildDashboard([{ title: "R", panels: [panel, panel] }], { title: "T", uid: "u" })),
  );
  const [, first, second] = dashboard.panels;
  assertEquals([first.gridPos.x, second.gridPos.x, second.gridPos.y - first.gridPos.y], [
    0,
    0,
    first.gridPos.h,
  ]);
  assertEquals(first.fieldConfig.defaults.thresholds.steps, [
    { color: "red", value: null },
    { color: "orange", value: 5 },
    { color: "green", value: 10 },
  ]);
  assertEquals(first.targets[0].expr, `a${SELECTOR}`);
  assertEquals(withSelector("rate(a$selector[5m])"), `rate(a${SELECTOR}[5m])`);
});
