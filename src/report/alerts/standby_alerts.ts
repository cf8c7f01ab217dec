import { type AlertGroup, explainedBy } from "./alert.ts";

const SEE_LAG =
  "The exporter's page at `/`: the standby's row shows its lag over the last hour and the reason.";
const SEE_REASON =
  '`pgrepl_standby_reason{instance="NAME"} == 1` names the reason; `pgrepl_standby_stage == 1` where WAL is stuck.';

/** About standbys: connected, behind, stuck, lost. */
export const standbyAlerts: AlertGroup = {
  name: "pgrepl-standbys",
  title: "Standbys",
  alerts: [
    {
      name: "PgreplStandbyDisconnected",
      severity: "critical",
      // An unreachable one has an alert of its own; one that follows the archive needs no connection.
      expression:
        'pgrepl_standby_connected == 0 unless on (instance, cluster) pgrepl_standby_reason{reason=~"archive|unreachable"} == 1',
      forSeconds: 60,
      summary: "Standby {{ $labels.instance }} receives no WAL",
      ...explainedBy("receiver_not_running", { look: [SEE_LAG, SEE_REASON] }),
    },
    {
      name: "PgreplStandbyUnreachable",
      severity: "critical",
      expression: 'pgrepl_standby_reason{reason="unreachable"} == 1',
      forSeconds: 60,
      summary: "Standby {{ $labels.instance }} is unreachable, and its upstream does not see it either",
      ...explainedBy("standby_disconnected", {
        look: [SEE_LAG, "`pg-replication-exporter doctor` shows the last error of the connection."],
      }),
    },
    {
      name: "PgreplStandbyLagWarning",
      severity: "warning",
      expression: "pgrepl_standby_lag_seconds > 60",
      forSeconds: 60,
      summary: "Standby {{ $labels.instance }} is {{ $value | humanizeDuration }} behind its primary",
      ...explainedBy("lag_high", { look: [SEE_LAG, SEE_REASON] }),
    },
    {
      name: "PgreplStandbyLagCritical",
      severity: "critical",
      expression: "pgrepl_standby_lag_seconds > 300",
      forSeconds: 60,
      summary: "Standby {{ $labels.instance }} is {{ $value | humanizeDuration }} behind its primary",
      ...explainedBy("lag_high", { look: [SEE_LAG, SEE_REASON] }),
    },
    {
      name: "PgreplStandbyLagUnknown",
      severity: "warning",
      expression: "max by (instance, cluster, reason) (pgrepl_standby_lag_unknown) == 1",
      forSeconds: 300,
      summary: "The lag of standby {{ $labels.instance }} is unknown: {{ $labels.reason }}",
      meaning: "No source reports how far behind the standby is. Unknown is not 0: treat it as behind.",
      look: [
        "The `reason` label: with `no_primary` and `primary_unreachable` there is no primary to measure against, `never_seen`: the standby has never been reached, `diverged`: it has WAL that the primary does not have.",
      ],
      steps: [
        "Bring back the server that the reason names.",
        "`diverged` or `other_timeline`: it has WAL that the primary does not have, see `diverged` and `stranded`.",
      ],
    },
    {
      name: "PgreplStandbyReplayPaused",
      severity: "warning",
      expression:
        'pgrepl_replay_pause_state{state="paused"} == 1 and on (instance, cluster) pgrepl_standby_lag_bytes > 0',
      forSeconds: 300,
      summary: "Replay on {{ $labels.instance }} is paused, and there is WAL to replay",
      ...explainedBy("replay_paused"),
    },
    {
      name: "PgreplStandbyHalfOpen",
      severity: "critical",
      expression: 'pgrepl_standby_reason{reason="half_open"} == 1',
      forSeconds: 30,
      summary: "Standby {{ $labels.instance }} looks connected, but nothing arrives any more",
      ...explainedBy("half_open"),
    },
    {
      name: "PgreplStandbyMustBeRebuilt",
      severity: "critical",
      expression: 'pgrepl_standby_can_catch_up{verdict="must_rebuild"} == 1',
      forSeconds: 60,
      summary: "Standby {{ $labels.instance }} cannot catch up: its upstream no longer has the WAL it needs",
      ...explainedBy("wal_removed", { look: [SEE_LAG] }),
    },
    {
      name: "PgreplStandbyFallingBehind",
      severity: "warning",
      // Only one that streams: other causes have alerts of their own.
      expression:
        'pgrepl_standby_falling_behind == 1 and on (instance, cluster) pgrepl_standby_lag_seconds > 30 and on (instance, cluster) pgrepl_standby_reason{reason="streaming"} == 1',
      forSeconds: 300,
      summary: "Standby {{ $labels.instance }} replays more slowly than its primary writes",
      ...explainedBy("falling_behind", { look: [SEE_REASON] }),
    },
    {
      name: "PgreplServerStranded",
      severity: "critical",
      expression: "pgrepl_server_stranded == 1",
      forSeconds: 60,
      summary: "Server {{ $labels.instance }} is on a timeline that its cluster has left",
      ...explainedBy("stranded"),
    },
  ],
};
