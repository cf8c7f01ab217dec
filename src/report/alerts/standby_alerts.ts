import type { AlertGroup } from "./alert.ts";

const SEE_LAG =
  "The page of the exporter at `/`: the standby's row has its lag over the last hour and the reason in words.";
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
      // One that nobody reaches has an alert of its own; one that is fed by the archive needs no connection.
      expression:
        'pgrepl_standby_connected == 0 unless on (instance, cluster) pgrepl_standby_reason{reason=~"archive|unreachable"} == 1',
      forSeconds: 60,
      summary: "Standby {{ $labels.instance }} receives no WAL",
      meaning:
        "Nobody streams to this standby. What is committed now is not on it, its lag grows, and its slot, when it has one, keeps WAL on the primary's disk.",
      look: [
        SEE_LAG,
        SEE_REASON,
        "On the standby: `SELECT * FROM pg_stat_wal_receiver;` has no row; its log says why (`could not connect to the primary server`).",
        "On the primary: `SELECT application_name, state FROM pg_stat_replication;` and `SELECT slot_name, active FROM pg_replication_slots;`",
      ],
      steps: [
        "Is the primary reachable from the standby's host? Network, `pg_hba.conf` (a `replication` line), password, `max_wal_senders`.",
        "Does `primary_conninfo` on the standby still name the present primary? After a failover it must be changed: `ALTER SYSTEM SET primary_conninfo = '…'; SELECT pg_reload_conf();`",
        "Log says `requested WAL segment … has already been removed`: see PgreplStandbyMustBeRebuilt.",
      ],
    },
    {
      name: "PgreplStandbyUnreachable",
      severity: "critical",
      expression: 'pgrepl_standby_reason{reason="unreachable"} == 1',
      forSeconds: 60,
      summary: "Standby {{ $labels.instance }} is not reached, and its upstream does not see it either",
      meaning: "The standby's server is down or cut off from everybody. There is one copy less.",
      look: [SEE_LAG, "`pg-replication-exporter doctor` says what the connection said last."],
      steps: [
        "Is the host up? Is PostgreSQL running there? Start it.",
        "If it stays away: drop its slot on the primary before the disk fills (PgreplSlotLostSoon), and rebuild it later.",
      ],
    },
    {
      name: "PgreplStandbyLagWarning",
      severity: "warning",
      expression: "pgrepl_standby_lag_seconds > 60",
      forSeconds: 60,
      summary: "Standby {{ $labels.instance }} is {{ $value | humanizeDuration }} behind its primary",
      meaning:
        "Seconds since the primary's WAL went past what the standby has replayed, by the exporter's own clock: true when the link is cut and 0 on an idle primary. Reads from the standby are this old; a failover to it may lose what it has not received.",
      look: [
        SEE_LAG,
        SEE_REASON,
        '`pgrepl_standby_catchup_seconds{instance="NAME"}` says when it will have caught up; `pgrepl_standby_falling_behind == 1` that it never will at this rate.',
      ],
      steps: [
        "Stuck in transport: the network, or a primary that writes more than the link carries.",
        "Stuck in replay: paused (PgreplStandbyReplayPaused), a conflict with a query (`SELECT pid, query FROM pg_stat_activity WHERE backend_xmin IS NOT NULL ORDER BY xact_start;` on the standby), or a disk that is too slow.",
        "A bulk load or a vacuum on the primary passes by itself: look at the catch-up forecast first.",
      ],
    },
    {
      name: "PgreplStandbyLagCritical",
      severity: "critical",
      expression: "pgrepl_standby_lag_seconds > 300",
      forSeconds: 60,
      summary: "Standby {{ $labels.instance }} is {{ $value | humanizeDuration }} behind its primary",
      meaning: "As PgreplStandbyLagWarning, for more than five minutes of lag.",
      look: [SEE_LAG, SEE_REASON],
      steps: [
        "As for PgreplStandbyLagWarning; take the standby out of read traffic (the routing checks do that by themselves).",
      ],
    },
    {
      name: "PgreplStandbyLagUnknown",
      severity: "warning",
      expression: "max by (instance, cluster, reason) (pgrepl_standby_lag_unknown) == 1",
      forSeconds: 300,
      summary: "The lag of standby {{ $labels.instance }} is not known: {{ $labels.reason }}",
      meaning: "No source tells how far behind it is. Unknown is not 0: treat it as behind.",
      look: [
        "The `reason` label: `no_primary` and `primary_unreachable` mean that there is nothing to measure against, `never_seen` that it has never been reached, `diverged` that it has WAL the primary does not have.",
      ],
      steps: [
        "Bring back the server that the reason names.",
        "`diverged` or `other_timeline`: the standby followed another primary; `pg_rewind` or rebuild it.",
      ],
    },
    {
      name: "PgreplStandbyReplayPaused",
      severity: "warning",
      expression:
        'pgrepl_replay_pause_state{state="paused"} == 1 and on (instance, cluster) pgrepl_standby_lag_bytes > 0',
      forSeconds: 300,
      summary: "Replay on {{ $labels.instance }} is paused, and there is WAL to replay",
      meaning:
        "Somebody paused replay, or a standby with too low settings paused itself. WAL is still received; reads grow old, and a promotion would first have to replay all of it.",
      look: ["On the standby: `SELECT pg_get_wal_replay_pause_state();` and its log."],
      steps: [
        "On the standby: `SELECT pg_wal_replay_resume();`",
        "The log says `recovery has paused` because of `max_connections` or the like: raise that setting to the primary's value and restart the standby.",
      ],
    },
    {
      name: "PgreplStandbyHalfOpen",
      severity: "critical",
      expression: 'pgrepl_standby_reason{reason="half_open"} == 1',
      forSeconds: 30,
      summary: "Standby {{ $labels.instance }} looks connected, but nothing arrives any more",
      meaning:
        "The connection is open on both ends and dead: the receiver is frozen or a firewall forgot it. PostgreSQL notices after `wal_receiver_timeout` and `wal_sender_timeout`, a minute each by default; until then its own views say that all is well.",
      look: [
        "`pgrepl_sender_reply_age_seconds` on the primary grows; `pgrepl_receiver_last_message_age_seconds` on the standby too.",
      ],
      steps: [
        "On the primary, to end it now: `SELECT pg_terminate_backend(pid) FROM pg_stat_replication WHERE application_name = 'NAME';` The standby connects anew.",
        "If it comes back: TCP keepalives (`tcp_keepalives_idle`) and the firewall's idle timeout.",
      ],
    },
    {
      name: "PgreplStandbyMustBeRebuilt",
      severity: "critical",
      expression: 'pgrepl_standby_can_catch_up{verdict="must_rebuild"} == 1',
      forSeconds: 60,
      summary: "Standby {{ $labels.instance }} cannot catch up: its upstream no longer has the WAL it needs",
      meaning: "Waiting does not help. It must get the missing WAL from an archive, or be made anew.",
      look: ["The standby's log: `requested WAL segment … has already been removed`.", SEE_LAG],
      steps: [
        "Is there an archive? Set `restore_command` on the standby and restart it.",
        "Otherwise rebuild it: `pg_basebackup -h PRIMARY -D DATADIR -R -C -S SLOT` into an empty data directory.",
        "To keep it from happening again: a replication slot, or a larger `wal_keep_size`; and `max_slot_wal_keep_size` that the disk can bear.",
      ],
    },
    {
      name: "PgreplStandbyFallingBehind",
      severity: "warning",
      // Only one that streams: what else keeps a standby from replaying has an alert of its own.
      expression:
        'pgrepl_standby_falling_behind == 1 and on (instance, cluster) pgrepl_standby_lag_seconds > 30 and on (instance, cluster) pgrepl_standby_reason{reason="streaming"} == 1',
      forSeconds: 300,
      summary: "Standby {{ $labels.instance }} replays more slowly than its primary writes",
      meaning: "At the present rates it never catches up.",
      look: [
        "`pgrepl_standby_replay_bytes_per_second` against `pg_wal_generation_rate` of the primary.",
        SEE_REASON,
      ],
      steps: [
        "Is one query in its way? `max_standby_streaming_delay`, `hot_standby_feedback`.",
        "Is its disk slower than the primary's? Replay is one process: `recovery_prefetch` (15 and later), `maintenance_io_concurrency`.",
        "Move read traffic away, or spread the write load.",
      ],
    },
    {
      name: "PgreplServerStranded",
      severity: "critical",
      expression: "pgrepl_server_stranded == 1",
      forSeconds: 60,
      summary: "Server {{ $labels.instance }} is on a timeline that its cluster has left",
      meaning:
        "After a failover it did not follow. It looks well from inside and serves data that no longer grows.",
      look: ["`pgrepl_timeline` of all servers of the cluster.", "`pg-replication-exporter doctor`"],
      steps: [
        "Stop it; then `pg_rewind --target-pgdata=DATADIR --source-server='host=NEW_PRIMARY …' -R` and start it, or rebuild it with `pg_basebackup`.",
      ],
    },
  ],
};
