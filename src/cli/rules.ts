import { stringify } from "yaml";
import { alertGroups, recordings } from "../report/alerts/catalogue.ts";
import { buildRuleFile, DEFAULT_RUNBOOK_URL } from "../report/alerts/rule_file.ts";
import type { Invocation } from "./command.ts";

const HEAD =
  `# Alerting and recording rules for pg-replication-exporter, written by \`pg-replication-exporter rules\`.
# Scrape with honor_labels: true. Check with: promtool check rules FILE
`;

/** Alerting and recording rules for Prometheus as YAML; `runbookUrl` is the address of the runbooks. */
export function renderRules(runbookUrl: string = DEFAULT_RUNBOOK_URL): string {
  return HEAD + stringify(buildRuleFile(alertGroups, { recordings, runbookUrl }), { lineWidth: 0 });
}

/** `rules`: prints alerting and recording rules for Prometheus as YAML. */
export function printRules({ context, option }: Pick<Invocation, "context" | "option">): Promise<number> {
  context.writeStdout(renderRules(option("runbook-url")));
  return Promise.resolve(0);
}
