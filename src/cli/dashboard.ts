import { buildDashboard } from "../report/dashboard/grafana.ts";
import { dashboardRows } from "../report/dashboard/rows.ts";
import type { Invocation } from "./command.ts";

/** The Grafana dashboard as JSON. */
export function renderDashboard(): string {
  const dashboard = buildDashboard(dashboardRows, {
    title: "PostgreSQL replication",
    uid: "pg-replication-exporter",
  });
  return `${JSON.stringify(dashboard, null, 2)}\n`;
}

/** `dashboard`: prints the Grafana dashboard as JSON, for import or provisioning. */
export function printDashboard({ context }: Pick<Invocation, "context">): Promise<number> {
  context.writeStdout(renderDashboard());
  return Promise.resolve(0);
}
