/**
 * An objective for the lag over a month, and the alert on the rate at which its budget is used up: Google's SRE workbook,
 * "Alerting on SLOs", multiple windows.
 *
 * @module
 */
import type { Alert, Recording } from "./alert.ts";

/** Lag up to which a standby meets the objective, seconds: a bound of the buckets. */
export const OBJECTIVE_SECONDS = 5;

/** Share of a month in which it may be exceeded. */
const BUDGET_RATIO = 0.001;

/** Windows for which the share is recorded. */
const LATE_WINDOWS = ["5m", "30m", "1h", "6h"] as const;

/** Name of the recording of one window. */
export function lateRatio(window: "5m" | "30m" | "1h" | "6h"): string {
  return `instance:pgrepl_standby_lag_sampled_seconds:late_ratio_rate${window}`;
}

/** The share of each window. */
export const lateRecordings: readonly Recording[] = LATE_WINDOWS.map((window) => ({
  name: lateRatio(window),
  expression: `1 - rate(pgrepl_standby_lag_sampled_seconds_bucket{le="${OBJECTIVE_SECONDS}.0"}[${window}])` +
    ` / ignoring (le) rate(pgrepl_standby_lag_sampled_seconds_count[${window}])`,
  help:
    `Share of the last ${window} in which a standby was more than ${OBJECTIVE_SECONDS} s behind, where its lag was known.`,
}));

const NAME = "PgreplStandbyLagBudget";

/** Both windows above a multiple of the budget: the long one shows that it matters, the short one that it goes on. */
function burns(long: "1h" | "6h", short: "5m" | "30m", times: number): string {
  const limit = Number((times * BUDGET_RATIO).toFixed(6));
  return `(${lateRatio(long)} > ${limit} and ${lateRatio(short)} > ${limit})`;
}

/** Alerts of the last hour whose fault makes this standby late. */
const OWN_ALERTS =
  `count_over_time(ALERTS{alertname=~"PgreplStandby.+|PgreplServer.+",alertname!="${NAME}",alertstate="firing"}[1h])`;

/** Those of its cluster. */
const CLUSTER_ALERTS =
  'count_over_time(ALERTS{alertname=~"PgreplNoPrimary|PgreplSplitBrain|PgreplCommitsWaiting|PgreplSynchronousStandbysMissing",alertstate="firing"}[1h])';

/** Late by design, or because of the standby that it receives from. */
const NOT_ITS_FAULT = 'max_over_time(pgrepl_standby_reason{reason=~"archive|delayed"}[1h]) == 1' +
  ` or max_over_time(pgrepl_standby_upstream_lag_seconds[1h]) <= ${OBJECTIVE_SECONDS}`;

/** Late too often or for too long, where no other alert has said so. */
export const lagBudgetAlert: Alert = {
  name: NAME,
  severity: "warning",
  expression: `(${burns("1h", "5m", 14.4)} or ${burns("6h", "30m", 6)})\n` +
    `unless on (instance, cluster) (${OWN_ALERTS} or ${NOT_ITS_FAULT})\n` +
    `unless on (cluster) ${CLUSTER_ALERTS}`,
  // Longer than any alert about the standby needs to fire.
  forSeconds: 420,
  summary:
    `Standby {{ $labels.instance }} is more than ${OBJECTIVE_SECONDS} s behind too often: {{ $value | humanizePercentage }} of the time`,
  meaning:
    `The standby was more than ${OBJECTIVE_SECONDS} s behind for more than 1.4 % of the last hour, or 0.6 % of the last six: at ` +
    "this rate the 0.1 % that an objective of 99.9 % leaves for a month is used up within two days, or five. And it goes on: " +
    "the last five minutes, or the last half an hour, exceed that too. No other alert about it has fired within the hour: it is late " +
    "again and again, or a little for long. Time in which its lag was unknown does not count.",
  look: [
    'The lag over time, from one sample a second: `histogram_quantile(0.99, rate(pgrepl_standby_lag_sampled_seconds_bucket{instance="NAME"}[5m]))`.',
    "The standby's row on the page at `/` shows its lag over the last hour.",
    "`pgrepl_standby_stage == 1` at such a moment: where WAL waits. `pgrepl_standby_reason`: why.",
  ],
  steps: [
    "Is it at regular times (a nightly load, a vacuum, a backup)? Compare with `pg_wal_generation_rate` of the primary: spread the load, or accept it.",
    "Do queries on the standby hold replay up? `pgrepl_recovery_conflicts_total`, and reason `conflict`: shorten them. A lower `max_standby_streaming_delay` cancels them earlier.",
    "Otherwise it is one of the stages of PgreplStandbyLagWarning, only shorter: see its runbook.",
    `Is ${OBJECTIVE_SECONDS} s not what you need from this standby? Change \`le\` in the four recording rules \`${
      lateRatio("5m").replace("5m", "…")
    }\` to another bound of the histogram, and the limits in this alert for another share.`,
  ],
};
