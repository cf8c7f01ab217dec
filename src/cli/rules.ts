import { alertGroups, recordings } from "../report/alerts/catalogue.ts";
import { buildRuleFile, DEFAULT_RUNBOOK_URL } from "../report/alerts/rule_file.ts";
import type { Invocation } from "./command.ts";

const HEAD =
  `# Alerting and recording rules for pg-replication-exporter, written by \`pg-replication-exporter rules\`.
# Scrape with honor_labels: true. Check with: promtool check rules FILE
`;

/**
 * `rules`: Prometheus's alerting and recording rules, as YAML on standard output.
 *
 * @param invocation `--runbook-url` says where the runbooks are.
 * @returns 0.
 */
export async function printRules(
  { context, option }: Pick<Invocation, "context" | "option">,
): Promise<number> {
  const { stringify } = await import("yaml");
  const file = buildRuleFile(alertGroups, {
    recordings,
    runbookUrl: option("runbook-url") ?? DEFAULT_RUNBOOK_URL,
  });
  context.writeStdout(HEAD + stringify(file, { lineWidth: 0 }));
  return 0;
}
