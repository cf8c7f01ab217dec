import { type AlertGroup, explainedBy, NO_PRIMARY, REASON, UNREACHABLE } from "./alert.ts";

const SEE_LAG =
  "The exporter's page at `/`: the standby's row shows its lag over the last hour and the reason.";
const SEE_REASON =
  '`pgrepl_standby_reason{instance="NAME"} == 1` names the reason; `pgrepl_standby_stage == 1` where WAL is stuck.';

/** Reasons that have an alert of their own: lag, and lag that is unknown, are their consequence. */
const WITH_ALERT = "disconnected|half_open|lost|paused|starting|stranded|unreachable";

/** The lag, where it is beyond a delay on purpose (which only a standby that responds reports) by so much as follows. */
const LAG =
  "pgrepl_standby_lag_seconds\nand (pgrepl_standby_lag_seconds - pgrepl_replay_apply_delay_seconds or pgrepl_standby_lag_seconds)";

/** Of a standby whose lag has an alert: its own, or that of the standby that it receives from. */
const EXPLAINED =
  `unless on (instance, cluster) (pgrepl_standby_reason{reason=~"${WITH_ALERT}"} == 1 or pgrepl_standby_upstream_lag_seconds < 60)`;

const LAG_SUMMARY =
  `Standby {{ $labels.instance }} is {{ $value | humanizeDuration }} behind its primary${REASON}`;

/** About standbys: connected, behind, stuck, lost. */
export const standbyAlerts: AlertGroup = {
  name: "pgrepl-standbys",
  title: "Standbys",
  alerts: [
    {
      name: "PgreplStandbyDisconnected",
      severity: "critical",
      // Other reasons have alerts of their own, or need no connection; without its upstream, that has one.
      expression:
        'pgrepl_standby_connected == 0\nand on (instance, cluster) pgrepl_standby_reason{reason="disconnected"} == 1\nunless on (instance, cluster) pgrepl_standby_upstream_up == 0',
      forSeconds: 60,
      summary: "Standby {{ $labels.instance }} does not stream",
      names: ["upstream_slot_missing", "standby_disconnected"],
      ...explainedBy("receiver_not_running", { look: [SEE_LAG, SEE_REASON] }),
    },
    {
      name: "PgreplStandbyUnreachable",
      severity: "critical",
      expression: `${UNREACHABLE}\nunless on (instance, cluster) pgrepl_server_stranded == 1`,
      forSeconds: 60,
      summary: "Standby {{ $labels.instance }} does not respond, and no upstream hears from it",
      ...explainedBy("standby_disconnected", {
        look: [SEE_LAG, "`pg-replication-exporter doctor` shows the last error of the connection."],
      }),
      meaning:
        "The exporter cannot query the standby, and its upstream, which responds, has no WAL sender for it, or one that " +
        "hears nothing: it is down, frozen or cut off, and there is one copy fewer. After a failover the old primary is " +
        "such a standby.",
    },
    {
      name: "PgreplStandbyLagWarning",
      severity: "warning",
      expression: `${LAG} > 60 <= 300\n${EXPLAINED}`,
      forSeconds: 60,
      summary: LAG_SUMMARY,
      ...explainedBy("lag_high", { look: [SEE_LAG, SEE_REASON] }),
    },
    {
      name: "PgreplStandbyLagCritical",
      severity: "critical",
      expression: `${LAG} > 300\n${EXPLAINED}`,
      forSeconds: 60,
      summary: LAG_SUMMARY,
      ...explainedBy("lag_high", { look: [SEE_LAG, SEE_REASON] }),
    },
    {
      name: "PgreplStandbyLagUnknown",
      severity: "warning",
      // Of a primary that does not respond, and of a standby that does not, there are other alerts.
      expression:
        `max by (instance, cluster, reason) (pgrepl_standby_lag_unknown{reason!="primary_unreachable"}) == 1\nunless on (instance, cluster) (pgrepl_up == 0 or pgrepl_standby_reason{reason=~"${WITH_ALERT}"} == 1)\nunless on (cluster) ${NO_PRIMARY}`,
      forSeconds: 300,
      summary: "The lag of standby {{ $labels.instance }} is unknown: {{ $labels.reason }}",
      names: ["diverged"],
      meaning: "No source reports how far behind the standby is. Unknown is not 0: treat it as behind.",
      look: [
        "The `reason` label: with `no_primary` no primary was ever seen to measure against, `never_seen`: the standby has never been reached, `diverged`: it has WAL that the primary does not have.",
      ],
      steps: [
        "Bring back the server that the reason names.",
        "`diverged` or `other_timeline`: it has WAL that the primary does not have, see `diverged` and `stranded`.",
      ],
    },
    {
      name: "PgreplStandbyReplayPaused",
      severity: "warning",
      // Settings that are too small pause it too, and must be fixed first.
      expression:
        'pgrepl_replay_pause_state{state="paused"} == 1\nunless on (instance, cluster) pgrepl_standby_lag_bytes == 0\nunless on (instance, cluster) pgrepl_finding{check="settings_mismatch"}',
      forSeconds: 300,
      summary: "Replay on {{ $labels.instance }} is paused, and WAL may be waiting for it",
      ...explainedBy("replay_paused"),
    },
    {
      name: "PgreplStandbyHalfOpen",
      severity: "critical",
      // With the usual timeouts PostgreSQL ends most such connections within a minute: then it is disconnected.
      expression:
        'pgrepl_standby_reason{reason="half_open"} == 1\nunless on (instance, cluster) pgrepl_standby_upstream_up == 0',
      forSeconds: 60,
      summary: "Standby {{ $labels.instance }} looks connected, but nothing arrives any more",
      ...explainedBy("half_open"),
    },
    {
      name: "PgreplStandbyMustBeRebuilt",
      severity: "critical",
      expression:
        'pgrepl_standby_can_catch_up{verdict!="streaming"} == 1\nand on (instance, cluster) pgrepl_standby_reason{reason="lost"} == 1',
      forSeconds: 60,
      summary: "Standby {{ $labels.instance }} cannot catch up: its upstream no longer has the WAL it needs",
      ...explainedBy("wal_removed", { look: [SEE_LAG] }),
    },
    {
      name: "PgreplStandbyFallingBehind",
      severity: "warning",
      // Only one that streams: other causes have alerts of their own, and so has a larger lag.
      expression:
        'pgrepl_standby_falling_behind == 1\nand on (instance, cluster) (pgrepl_standby_lag_seconds > 30 <= 60 and pgrepl_standby_lag_bytes >= 16777216)\nand on (instance, cluster) pgrepl_standby_reason{reason="streaming"} == 1',
      forSeconds: 300,
      summary: "Standby {{ $labels.instance }} replays more slowly than its primary writes",
      ...explainedBy("falling_behind", { look: [SEE_REASON] }),
    },
    {
      name: "PgreplServerStranded",
      severity: "critical",
      expression: "pgrepl_server_stranded == 1\nunless on (cluster) pgrepl_cluster_split_brain == 1",
      forSeconds: 60,
      summary: "Server {{ $labels.instance }} is on a timeline that its cluster has left",
      ...explainedBy("stranded"),
    },
  ],
};
