import { assertEquals } from "@std/assert";
import { buildDashboard } from "../../src/report/dashboard/grafana.ts";
import { dashboardRows } from "../../src/report/dashboard/rows.ts";
import { runProgram } from "./program.ts";

Deno.test("printDashboard() writes the dashboard as JSON", async () => {
  const { code, stdout, stderr } = await runProgram(["dashboard"]);
  assertEquals([code, stderr], [0, ""]);
  const { title, uid } = JSON.parse(stdout);
  assertEquals(JSON.parse(stdout), JSON.parse(JSON.stringify(buildDashboard(dashboardRows, { title, uid }))));
});
