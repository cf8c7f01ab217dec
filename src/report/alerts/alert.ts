/**
 * Alerting and recording rules for Prometheus, and the runbook of each alert, from one definition.
 *
 * @module
 */
import type { Explanation } from "../../cluster/findings/check.ts";
import { checks } from "../../cluster/findings/checks.ts";

/** How urgent an alert is: wake someone, look at it today, or know of it. */
export const ALERT_SEVERITIES = ["critical", "warning", "info"] as const;

/** One of {@linkcode ALERT_SEVERITIES}. */
export type AlertSeverity = typeof ALERT_SEVERITIES[number];

/** One alerting rule and its runbook. */
export interface Alert extends Required<Explanation> {
  /** Its name, in the field's CamelCase: `PgreplStandbyLagCritical`. */
  readonly name: string;
  /** How urgent it is: the `severity` label. */
  readonly severity: AlertSeverity;
  /** PromQL that has a sample for each fault. */
  readonly expression: string;
  /** How long it must hold, seconds; 0 fires with the first evaluation. */
  readonly forSeconds: number;
  /** What is wrong, one line; may use `{{ $labels.x }}` and `{{ $value }}`. */
  readonly summary: string;
  /** The check that finds the same condition, and explains it; absent when the explanation is the alert's own. */
  readonly check?: string;
  /** Further checks whose findings it names. */
  readonly names?: readonly string[];
}

/**
 * For the end of a summary: whom of the cluster something holds back, and what; nothing when all is fine.
 *
 * An alert that silences others names them with it.
 */
export const HELD_BACK: string =
  '{{ range printf `pgrepl_standby_reason{cluster="%s",reason!~"streaming|idle|delayed|archive"} == 1` $labels.cluster | query }}; ' +
  "{{ .Labels.instance }}: {{ .Labels.reason }}{{ end }}";

/** For the end of a summary: what the standby is doing, or what holds it back. */
export const REASON: string =
  '{{ range printf `pgrepl_standby_reason{instance="%s",cluster="%s"} == 1` $labels.instance $labels.cluster | query }}: ' +
  "{{ .Labels.reason }}{{ end }}";

/** Holds, with `on (cluster)`, while PgreplNoPrimary is the alert: its finding is there. */
export const NO_PRIMARY = 'pgrepl_finding{check="no_primary"}';

/** Of a standby that does not respond: nobody hears from it, although the server that would hear from it responds. */
export const UNREACHABLE =
  'pgrepl_standby_reason{reason="unreachable"} == 1 unless on (instance, cluster) pgrepl_standby_upstream_up == 0';

/** Alerts about one thing, evaluated together. */
export interface AlertGroup {
  /** Name of the rule group. */
  readonly name: string;
  /** What it is about, for the list of runbooks. */
  readonly title: string;
  /** Its alerts. */
  readonly alerts: readonly Alert[];
}

/** One recording rule. */
export interface Recording {
  /** Its name, in the form `level:metric:operations`. */
  readonly name: string;
  /** PromQL. */
  readonly expression: string;
  /** What it is. */
  readonly help: string;
}

/**
 * The explanation of an alert whose condition a check finds too.
 *
 * @param check Name of the check.
 * @param more What only the alert adds: a sentence after the meaning, places to look first, steps after the others.
 * @throws {RangeError} When there is no such check.
 */
export function explainedBy(
  check: string,
  more: Partial<Explanation> = {},
): Required<Explanation> & { readonly check: string } {
  const found = checks.find(({ name }) => name === check);
  if (found === undefined) throw new RangeError(`There is no check "${check}"`);
  return {
    check,
    meaning: more.meaning === undefined ? found.meaning : `${found.meaning} ${more.meaning}`,
    look: [...more.look ?? [], ...found.look ?? []],
    steps: [...found.steps, ...more.steps ?? []],
  };
}
