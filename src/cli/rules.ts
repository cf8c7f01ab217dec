import { stringify } from "yaml";
import { ConfigError } from "../config/config_error.ts";
import { alertGroups, recordings } from "../report/alerts/catalogue.ts";
import { buildInhibitRules, inhibitions } from "../report/alerts/inhibitions.ts";
import { buildRuleFile, DEFAULT_RUNBOOK_URL } from "../report/alerts/rule_file.ts";
import type { Invocation } from "./command.ts";

const HEAD =
  `# Alerting and recording rules for pg-replication-exporter, written by \`pg-replication-exporter rules\`.
# Scrape with honor_labels: true. Check with: promtool check rules FILE
`;

const INHIBIT_HEAD =
  `# Part of alertmanager.yml for pg-replication-exporter, written by \`pg-replication-exporter rules --inhibit\`.
# If that file has inhibit_rules already, add only the entries. Check with: amtool check-config alertmanager.yml
`;

/** Alerting and recording rules for Prometheus as YAML; `runbookUrl` is the address of the runbooks. */
export function renderRules(runbookUrl: string = DEFAULT_RUNBOOK_URL): string {
  return HEAD + stringify(buildRuleFile(alertGroups, { recordings, runbookUrl }), { lineWidth: 0 });
}

/** The part of `alertmanager.yml` that silences consequences, as YAML. */
export function renderInhibitRules(): string {
  const reasons = inhibitions.map(({ reason }) => `# ${reason}\n`);
  return INHIBIT_HEAD + reasons.join("") + stringify(buildInhibitRules(inhibitions), { lineWidth: 0 });
}

/** `rules`: prints alerting and recording rules for Prometheus as YAML, or what Alertmanager needs beside them. */
export function printRules(
  { context, option, isOn }: Pick<Invocation, "context" | "option" | "isOn">,
): Promise<number> {
  if (isOn("inhibit") && option("runbook-url") !== undefined) {
    throw new ConfigError(['Flags "--inhibit" and "--runbook-url" cannot be combined']);
  }
  context.writeStdout(isOn("inhibit") ? renderInhibitRules() : renderRules(option("runbook-url")));
  return Promise.resolve(0);
}
