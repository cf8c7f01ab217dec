/**
 * Alerting and recording rules for Prometheus, and the runbook of each alert, from one definition.
 *
 * @module
 */

/** How urgent an alert is: wake someone, look at it today, or know of it. */
export const ALERT_SEVERITIES = ["critical", "warning", "info"] as const;

/** One of {@linkcode ALERT_SEVERITIES}. */
export type AlertSeverity = typeof ALERT_SEVERITIES[number];

/** One alerting rule and its runbook. */
export interface Alert {
  /** Its name, in the field's CamelCase: `PgreplStandbyLagCritical`. */
  readonly name: string;
  /** How urgent it is: the `severity` label. */
  readonly severity: AlertSeverity;
  /** PromQL that has a sample for whatever is wrong. */
  readonly expression: string;
  /** How long it must hold, seconds; 0 fires with the first evaluation. */
  readonly forSeconds: number;
  /** What is wrong, one line; may use `{{ $labels.x }}` and `{{ $value }}`. */
  readonly summary: string;
  /** What it means and why it matters. */
  readonly meaning: string;
  /** Where to look: queries, paths, commands. */
  readonly look: readonly string[];
  /** What to do, in order. */
  readonly steps: readonly string[];
}

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
