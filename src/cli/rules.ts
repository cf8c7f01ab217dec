import { stringify } from "yaml";
import { ConfigError } from "../config/config_error.ts";
import { alertGroups, recordings } from "../report/alerts/catalogue.ts";
import { buildInhibitRules, inhibitions } from "../report/alerts/inhibitions.ts";
import { buildRuleFile } from "../report/alerts/rule_file.ts";
import { RUNBOOKS_PREFIX } from "../web/routes/runbooks.ts";
import type { Invocation } from "./command.ts";
import { exporterUrl, readPackageFile } from "./package_config.ts";

const HEAD =
  `# Alerting and recording rules for pg-replication-exporter, written by \`pg-replication-exporter rules\`.
# Scrape with honor_labels: true. Check with: promtool check rules FILE
`;

const INHIBIT_HEAD =
  `# Part of alertmanager.yml for pg-replication-exporter, written by \`pg-replication-exporter rules --inhibit\`.
# If that file has inhibit_rules already, add only the entries. Check with: amtool check-config alertmanager.yml
`;

/** Alerting and recording rules for Prometheus as YAML; `runbookUrl` is the address of the runbooks. */
export function renderRules(runbookUrl: string): string {
  return HEAD + stringify(buildRuleFile(alertGroups, { recordings, runbookUrl }), { lineWidth: 0 });
}

/** The part of `alertmanager.yml` that silences consequences, as YAML. */
export function renderInhibitRules(): string {
  const reasons = inhibitions.map(({ reason }) => `# ${reason}\n`);
  return INHIBIT_HEAD + reasons.join("") + stringify(buildInhibitRules(inhibitions), { lineWidth: 0 });
}

/** `rules`: prints alerting and recording rules for Prometheus as YAML, or what Alertmanager needs beside them. */
export async function printRules(
  { context, option, isOn, readConfig }: Pick<Invocation, "context" | "option" | "isOn" | "readConfig">,
): Promise<number> {
  if (isOn("inhibit") && option("runbook-url") !== undefined) {
    throw new ConfigError(['Flags "--inhibit" and "--runbook-url" cannot be combined']);
  }
  context.writeStdout(
    isOn("inhibit")
      ? renderInhibitRules()
      : renderRules(option("runbook-url") ?? await ownRunbooks({ context, readConfig })),
  );
  return 0;
}

/** Address of the runbooks of the exporter on this host, by the host's name. */
async function ownRunbooks(invocation: Pick<Invocation, "context" | "readConfig">): Promise<string> {
  // The rules do not depend on it: a file that is wrong is reported by what reads its servers.
  const config = await readPackageFile(invocation).catch((error: unknown) => {
    if (error instanceof ConfigError) return null;
    throw error;
  });
  const readTextFile = (path: string) => invocation.context.readTextFile(path);
  const name = await readTextFile("/etc/hostname").catch(() => "");
  return `${await exporterUrl(config, {
    anyHost: name.trim() || "localhost",
    readTextFile,
  })}${RUNBOOKS_PREFIX}`;
}
