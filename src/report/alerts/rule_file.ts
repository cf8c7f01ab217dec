import type { Alert, AlertGroup, Recording } from "./alert.ts";

/** One rule as Prometheus reads it. */
export type Rule =
  | {
    readonly alert: string;
    readonly expr: string;
    readonly for?: string;
    readonly labels: Readonly<Record<string, string>>;
    readonly annotations: Readonly<Record<string, string>>;
  }
  | { readonly record: string; readonly expr: string };

/** A file of rules as Prometheus reads it. */
export interface RuleFile {
  /** Groups, each evaluated in order. */
  readonly groups: readonly { readonly name: string; readonly rules: readonly Rule[] }[];
}

/**
 * Builds the file of rules.
 *
 * @param alertGroups Alerts by group.
 * @param options `recordings`: recording rules; `runbookUrl`: address of the runbooks: the name of the
 *   alert replaces `NAME` in it, or is appended.
 */
export function buildRuleFile(
  alertGroups: readonly AlertGroup[],
  options: { readonly recordings: readonly Recording[]; readonly runbookUrl: string },
): RuleFile {
  const given = options.runbookUrl;
  const url = given.includes("NAME") ? given : `${given.replace(/\/+$/, "")}/NAME`;
  return {
    groups: [
      {
        name: "pgrepl-recordings",
        rules: options.recordings.map(({ name, expression }) => ({ record: name, expr: expression })),
      },
      ...alertGroups.map(({ name, alerts }) => ({
        name,
        rules: alerts.map((alert) => buildRule(alert, url)),
      })),
    ],
  };
}

function buildRule(alert: Alert, url: string): Rule {
  return {
    alert: alert.name,
    expr: alert.expression,
    ...(alert.forSeconds === 0 ? {} : { for: `${alert.forSeconds}s` }),
    labels: { severity: alert.severity },
    annotations: {
      summary: alert.summary,
      description: alert.meaning,
      runbook_url: url.replace("NAME", alert.name),
    },
  };
}
