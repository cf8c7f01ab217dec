import { buildDashboard } from "../report/dashboard/grafana.ts";
import { dashboardRows } from "../report/dashboard/rows.ts";
import type { Invocation } from "./command.ts";

/**
 * The dashboard for Grafana.
 *
 * @returns JSON.
 */
export function renderDashboard(): string {
  const dashboard = buildDashboard(dashboardRows, {
    title: "PostgreSQL replication",
    uid: "pg-replication-exporter",
  });
  return `${JSON.stringify(dashboard, null, 2)}\n`;
}

/**
 * `dashboard`: the dashboard for Grafana as JSON on standard output, to import or to provision.
 *
 * @param invocation Where to write.
 * @returns 0.
 */
export function printDashboard({ context }: Pick<Invocation, "context">): Promise<number> {
  context.writeStdout(renderDashboard());
  return Promise.resolve(0);
}
