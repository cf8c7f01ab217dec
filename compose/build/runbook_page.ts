/**
 * Runbooks, from the definitions of the alerts.
 *
 * @module
 */
import { checks } from "../../src/cluster/findings/checks.ts";
import type { Alert, AlertGroup } from "../../src/report/alerts/alert.ts";
import { linkChecks } from "./findings_page.ts";

const UNDER_MANAGER =
  "Where an HA manager or a managed service is in charge (`pgrepl_server_manager_info`), do not do its work by hand: " +
  "`pg-replication-exporter doctor` prints its commands. See [MANAGERS.md](../MANAGERS.md).";

/**
 * One alert's runbook.
 *
 * @param alert The alert.
 * @returns Markdown.
 */
export function renderRunbook(alert: Alert): string {
  const { name, severity, expression, forSeconds, meaning, look, steps, check } = alert;
  const page = [
    `# ${name}`,
    "",
    `Severity: ${severity}. Fires ${forSeconds === 0 ? "at once" : `when it has held for ${forSeconds} s`}.` +
    (check === undefined ? "" : ` The finding of the same condition: \`${check}\`.`),
    "",
    "```promql",
    expression,
    "```",
    "",
    "## What it means",
    "",
    meaning,
    "",
    "## How to see it",
    "",
    ...look.map((line) => `- ${line}`),
    "",
    "## What to do",
    "",
    ...check === undefined ? [] : [UNDER_MANAGER, ""],
    ...steps.map((line, index) => `${index + 1}. ${line}`),
    "",
  ].join("\n");
  return linkChecks(page, { names: checks.map((each) => each.name), page: "../FINDINGS.md" });
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
  ].join("\n");
}
