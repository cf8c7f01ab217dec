/**
 * Standbys that connect but lag, and connections that only look alive.
 *
 * @module
 */
import { formatBytes, formatSeconds } from "../../domain/quantities.ts";
import { quoteText } from "../../domain/sql_text.ts";
import type { LagSource } from "../../domain/lag.ts";
import type { LagStage, StandbyReason, StandbyView } from "../../domain/standby.ts";
import type { View } from "../../domain/view.ts";
import { type Check, joinEvidence, mayHaveStandbys, perStandby, type Unknown } from "./check.ts";
import { destructive } from "./destructive.ts";
import { freshRow, serverNamed } from "./view_queries.ts";

/** A smaller backlog than this is normal on a busy cluster, bytes. */
const SMALL_BACKLOG_BYTES = 16 * 1024 * 1024;

const BY_STAGE: Readonly<Record<LagStage, string>> = {
  transport:
    "The network or the sender is the bottleneck: look at bandwidth and loss between the two hosts, at the upstream's load, and at what else sends much (base backups)",
  write: "The standby receives slowly: look at its load and the disk of pg_wal (iostat -x)",
  flush: "The disk of pg_wal on the standby syncs slowly: look at its write latency (iostat -x)",
  replay:
    "Replay, a single process, is the bottleneck: look at the startup process (top, pg_stat_recovery_prefetch), the disk of the data directory, shared_buffers, and queries that block replay; on 15 and later recovery_prefetch = on helps",
};

const STEPS_BY_STAGE = Object.entries(BY_STAGE).map(([stage, advice]) => `Stage ${stage}: ${advice}.`);

const BY_REASON: Partial<Readonly<Record<StandbyReason, string>>> = {
  paused: "Replay is paused: see replay_paused",
  conflict: "A query on the standby blocks replay: see replay_conflict",
  disconnected: "It receives nothing: see receiver_not_running",
  half_open: "Its connection is dead although it looks alive: see half_open",
  unreachable: "It is unreachable: see the finding about its connection",
  stranded: "It must be rewound or rebuilt: see stranded",
  lost: "It must be rebuilt: see wal_removed",
  archive:
    "It follows the archive: lower archive_timeout on the primary, or let it stream (primary_conninfo)",
};

/** What the lag is taken from when it is not the exporter's clock. */
const BY_SOURCE: Readonly<Record<LagSource, string>> = {
  clock: "",
  sender: " (replay_lag on its upstream)",
  replay_timestamp: " (at most: since its last replayed transaction)",
};

/** Lag, and connections that hide it. */
export const lagChecks: readonly Check[] = [
  {
    name: "half_open",
    title: "Every open connection carries WAL",
    looksAt: "reply_time in pg_stat_replication, last_msg_receipt_time in pg_stat_wal_receiver",
    reads: ["senders"],
    applies: mayHaveStandbys,
    severities: ["critical"],
    meaning:
      "The standby, its upstream or both show an open connection, but nothing arrives any more: the standby is frozen, or a " +
      "firewall drops the packets. PostgreSQL notices only after `wal_receiver_timeout` and `wal_sender_timeout`, one minute each by default; " +
      "until then its own views show a healthy connection.",
    look: [
      "`pgrepl_sender_reply_age_seconds` on the primary grows; `pgrepl_receiver_last_message_age_seconds` on the standby too.",
    ],
    steps: [
      "Look at the standby's host (frozen?) and the network.",
      destructive({
        because: "A connection without replies only delays the standby's return",
        checkFirst:
          "on the primary: `SELECT pid, application_name, reply_time FROM pg_stat_replication;` twice: `reply_time` does not change.",
        step: "to end it now: `SELECT pg_terminate_backend(PID);`",
        loses: "a live standby connects again within seconds, and synchronous commits wait for that long.",
      }),
      "If it comes back: TCP keepalives (`tcp_keepalives_idle`) and the firewall's idle timeout.",
    ],
    find: perStandby((standby, view) => {
      if (standby.reason !== "half_open") return null;
      const upstream = serverNamed(view, standby.upstream);
      const row = standby.sender;
      const reply = row?.replyAgeSeconds ?? null;
      const timeout = upstream === null ? undefined : freshRow(upstream, "settings")?.walSenderTimeoutSeconds;
      const where = standby.upstream === null ? "its upstream" : `"${standby.upstream}"`;
      const end = row !== null
        ? `SELECT pg_terminate_backend(${row.pid});`
        : `SELECT pg_terminate_backend(pid) FROM pg_stat_replication WHERE application_name = ${
          quoteText(standby.name)
        };`;
      return {
        severity: "critical",
        summary: `The connection of standby "${standby.name}" is dead although it looks alive`,
        evidence: joinEvidence(
          standby.reasonText || "nothing arrives although both ends show a connection",
          reply !== null && `last reply ${formatSeconds(reply)} ago`,
          timeout !== undefined &&
            `wal_sender_timeout = ${timeout === null ? "0 (off)" : formatSeconds(timeout)}`,
        ),
        advice: "Look at the standby's host (frozen?) and the network between. " + destructive({
          because: "Nothing is behind this connection, and its end lets the standby come back sooner",
          checkFirst:
            `on ${where}, twice: SELECT pid, application_name, reply_time FROM pg_stat_replication; reply_time ` +
            "of its row may not change",
          step: `to end it at once, on ${where}: ${end}`,
          loses: "a live standby connects again within seconds, and synchronous commits wait for that long",
        }),
      };
    }),
  },
  {
    name: "lag_high",
    title: "No standby exceeds the lag threshold",
    looksAt: "the lag clock, less recovery_min_apply_delay",
    reads: ["server"],
    applies: mayHaveStandbys,
    severities: ["critical", "warning"],
    grades: "Warning above one minute, critical above five; both can be configured.",
    meaning:
      "The standby is too far behind its primary. Lag is the time since the primary's WAL position passed what the standby " +
      "has replayed, by the exporter's own clock: correct when the link is cut, and 0 on an idle primary. Reads from the " +
      "standby are this old; a failover to it may lose what it has not received. The finding subtracts a configured " +
      "`recovery_min_apply_delay`.",
    look: [
      '`pgrepl_standby_catchup_seconds{instance="NAME"}` forecasts when it has caught up; `pgrepl_standby_falling_behind == 1`: at the current rate never.',
    ],
    steps: [
      "A bulk load or a vacuum on the primary passes by itself: look at the catch-up forecast first.",
      "Find the stage where the WAL is stuck: transport (also when the primary writes more than the link carries), write, flush or replay.",
      ...STEPS_BY_STAGE,
      "Stuck in replay, also: `replay_paused`, or a conflict with a query (`SELECT pid, query FROM pg_stat_activity WHERE backend_xmin IS NOT NULL ORDER BY xact_start;` on the standby).",
      "Above five minutes: take the standby out of read traffic (the routing checks do that by themselves).",
    ],
    unknown: (view) => unknownLags(view.standbys),
    find: perStandby((standby, view, { lagWarningSeconds, lagCriticalSeconds }) => {
      if (standby.lag.seconds === null) return null;
      const delay = serverNamed(view, standby.name)?.facts.recovery?.[0]?.applyDelaySeconds ?? 0;
      const seconds = standby.lag.seconds - delay;
      if (seconds <= lagWarningSeconds) return null;
      return {
        severity: seconds > lagCriticalSeconds ? "critical" : "warning",
        summary: `Standby "${standby.name}" is ${formatSeconds(seconds)} behind` +
          (delay > 0 ? " in addition to its configured delay" : ""),
        evidence: lagEvidence(view, standby),
        extent: seconds,
        advice: adviseOnLag(standby),
      };
    }),
  },
  {
    name: "falling_behind",
    title: "No streaming standby falls further behind",
    looksAt: "the rates of pg_current_wal_lsn() and pg_last_wal_replay_lsn()",
    reads: ["server"],
    applies: mayHaveStandbys,
    severities: ["warning"],
    meaning:
      "The primary writes WAL faster than the standby replays it: at the current rates the standby never catches up.",
    look: [
      "`pgrepl_standby_replay_bytes_per_second` against `pg_wal_generation_rate` of the primary.",
    ],
    steps: [
      "Look at the stage where the WAL is stuck (`lag_high`).",
      "Does a query block it? `max_standby_streaming_delay`, `hot_standby_feedback`.",
      "Is its disk slower than the primary's? Replay is one process: `recovery_prefetch` (15 and later), `maintenance_io_concurrency`.",
      "Move read traffic away, or spread the write load.",
    ],
    find: perStandby((standby, view) => {
      if (standby.fallingBehind !== true || (standby.lag.bytes ?? 0) < SMALL_BACKLOG_BYTES) return null;
      // One that does not replay for a reason of its own is not merely too slow.
      if (standby.reason !== null && BY_REASON[standby.reason] !== undefined) return null;
      return {
        severity: "warning",
        summary: `Standby "${standby.name}" falls further behind`,
        evidence: lagEvidence(view, standby),
        advice: adviseOnLag(standby),
      };
    }),
  },
];

function lagEvidence(view: View, standby: StandbyView): string {
  const { lag, reason, reasonText, stage } = standby;
  const written = serverNamed(view, standby.upstream)?.walBytesPerSecond ?? null;
  const replayed = serverNamed(view, standby.name)?.replayBytesPerSecond ?? null;
  return joinEvidence(
    lag.seconds !== null && `lag ${formatSeconds(lag.seconds)}${BY_SOURCE[lag.source ?? "clock"]}`,
    lag.bytes !== null && formatBytes(lag.bytes),
    stage !== null && `stuck at stage ${stage}`,
    reason !== null && `reason ${reason}${reasonText === "" ? "" : `: ${reasonText}`}`,
    written !== null && `its upstream's WAL grows by ${formatBytes(Math.round(written))} per second`,
    replayed !== null && `it replays ${formatBytes(Math.round(replayed))} per second`,
  );
}

function adviseOnLag({ reason, stage, lag, upstream, upstreamLagSeconds }: StandbyView): string {
  const byReason = reason === null ? undefined : BY_REASON[reason];
  if (byReason !== undefined) return byReason;
  if (upstream !== null && upstreamLagSeconds !== null && upstreamLagSeconds < (lag.seconds ?? 0) / 2) {
    return `Its upstream "${upstream}" is itself behind: see the findings of "${upstream}" and fix those first`;
  }
  return stage === null
    ? "Find where the WAL is stuck: compare sent_lsn, write_lsn, flush_lsn and replay_lsn in pg_stat_replication on its upstream"
    : BY_STAGE[stage];
}

/** Standbys whose lag is unknown. */
function unknownLags(standbys: readonly StandbyView[]): readonly Unknown[] {
  const [known, unknown] = [true, false].map((isKnown) =>
    standbys.filter(({ lag }) => (lag.seconds !== null) === isKnown)
  );
  const measured = new Set(known?.map(({ clusterKey }) => clusterKey));
  return (unknown ?? []).map(({ name, clusterKey, lag }) => ({
    cluster: measured.has(clusterKey) ? "" : clusterKey,
    server: name,
    because: `Its lag is unknown: ${lag.unknownBecause}`,
  }));
}
