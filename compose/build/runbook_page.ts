/**
 * Runbooks, from the definitions of the alerts.
 *
 * @module
 */
import { checks } from "../../src/cluster/findings/checks.ts";
import { type FaultAlert, faultAlerts } from "./fault_alerts.ts";
import type { Alert, AlertGroup } from "../../src/report/alerts/alert.ts";
import { renderRunbook } from "../../src/report/alerts/runbook.ts";
import { linkChecks } from "./findings_page.ts";

/**
 * One alert's runbook, in which names of checks are links.
 *
 * @param alert The alert.
 * @returns Markdown.
 */
export function renderLinkedRunbook(alert: Alert): string {
  return linkChecks(renderRunbook(alert), { names: checks.map(({ name }) => name), page: "../FINDINGS.md" });
}

/**
 * The list of all runbooks.
 *
 * @param groups Every alert.
 * @returns Markdown.
 */
export function renderRunbookIndex(groups: readonly AlertGroup[]): string {
  return [
    "# Runbooks",
    "",
    "One page for each alert that `pg-replication-exporter rules` prints. Written by `deno task docs` from the definitions",
    "in [src/report/alerts](../../src/report/alerts) and [src/cluster/findings](../../src/cluster/findings); a test fails",
    "when the two differ.",
    ...groups.flatMap(({ title, alerts }) => [
      "",
      `## ${title}`,
      "",
      "| Alert | Severity | Meaning |",
      "|---|---|---|",
      ...alerts.map(({ name, severity, meaning }) =>
        `| [${name}](${name}.md) | ${severity} | ${
          (meaning.match(/^.*?\.(?= |$)/)?.[0] ?? meaning).replaceAll("|", "\\|")
        } |`
      ),
    ]),
    "",
    ...renderFaultTable(groups.flatMap(({ alerts }) => alerts), faultAlerts),
    "",
  ].join("\n");
}

/** One cell in each row: the only alert of a fault. */
function renderFaultTable(alerts: readonly Alert[], rows: readonly FaultAlert[]): readonly string[] {
  const columns = alerts.filter(({ name }) => rows.some(({ alert }) => alert === name));
  const cellOf = ({ severity }: Alert, { before, inhibited = [] }: FaultAlert) =>
    [
      severity === "critical" ? "**page**" : severity,
      ...before === undefined ? [] : [`after ${before}`],
      ...inhibited.map(({ alert }) => `inhibits ${alert}`),
    ].join(", ");
  return [
    "## One fault, one page",
    "",
    "Every fault of servers and of physical replication that the lab has (`deno task lab fault`), and the only alert that it",
    "raises, apart from info: the one that names the cause. Expressions leave out what another alert explains; where alerts",
    "are about different servers of one cluster, Alertmanager inhibits the consequences, with the `inhibit_rules` that",
    "`pg-replication-exporter rules --inhibit` prints.",
    "Each row is a test ([recorded_test.ts](../../tests/rules/recorded_test.ts)) over series that were recorded on a real",
    "cluster while the fault lasted for seven and a half minutes (four where no alert fires), with Debian's `promtool` and",
    "Alertmanager. A slot that retains much WAL, or is about to be lost, raises its own alert later: it has its own deadline.",
    "",
    `| Fault | ${
      columns.map(({ name }) => `[${name.replace("Pgrepl", "")}](${name}.md)`).join(" | ")
    } | none |`,
    `|---|${columns.map(() => "---|").join("")}---|`,
    ...rows.map((row) =>
      `| ${row.fault} | ${
        columns.map((alert) => alert.name === row.alert ? cellOf(alert, row) : "").join(" | ")
      } | ${row.alert === null ? "✓" : ""} |`
    ),
  ];
}
