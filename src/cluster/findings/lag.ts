/**
 * Standbys that connect but lag: where the WAL is stuck, and links that only look alive.
 *
 * @module
 */
import { formatBytes, formatSeconds } from "../../domain/quantities.ts";
import type { LagSource } from "../../domain/lag.ts";
import type { LagStage, StandbyReason, StandbyView } from "../../domain/standby.ts";
import type { View } from "../../domain/view.ts";
import type { Check } from "./check.ts";
import { quoteText } from "../../domain/sql_text.ts";
import { freshRow, placeOfStandby, senderOf, serverNamed } from "./view_queries.ts";

/** Less than this behind is the ordinary to and fro of a busy cluster, bytes. */
const SMALL_BACKLOG_BYTES = 16 * 1024 * 1024;

const BY_STAGE: Readonly<Record<LagStage, string>> = {
  transport:
    "The network or the sender is the bottleneck: look at bandwidth and loss between the two hosts, at the upstream's load, and at who else sends much (base backups)",
  write: "The standby receives slowly: look at its load and the disk of pg_wal (iostat -x)",
  flush: "The disk of pg_wal on the standby syncs slowly: look at its write latency (iostat -x)",
  replay:
    "Replay, a single process, is the bottleneck: look at the startup process (top, pg_stat_recovery_prefetch), the disk of the data directory, shared_buffers, and queries that hold replay up; on 15 and later recovery_prefetch = on helps",
};

const BY_REASON: Partial<Readonly<Record<StandbyReason, string>>> = {
  paused:
    "Replay is paused; resume it there, unless replay_paused says otherwise: SELECT pg_wal_replay_resume()",
  conflict: "A query on the standby holds replay up: see replay_conflict",
  disconnected: "It receives nothing: see receiver_not_running",
  half_open: "Its link is dead although it looks alive: see half_open",
  unreachable: "It is not reached: see what stands in the way",
  stranded: "It must be rewound or rebuilt: see stranded",
  lost: "It must be rebuilt: see wal_removed",
  archive:
    "It follows the archive: lower archive_timeout on the primary, or let it stream (primary_conninfo)",
};

/** What the lag is taken from when it is not our own clock. */
const BY_SOURCE: Readonly<Record<LagSource, string>> = {
  clock: "",
  sender: " (as the upstream's replay_lag says)",
  replay_timestamp: " (at most: since its last replayed transaction)",
};

const lagHigh: Check = {
  name: "lag_high",
  title: "No standby lags much",
  looksAt: "the lag clock, less recovery_min_apply_delay",
  reads: ["server"],
  severities: ["critical", "warning"],
  meaning:
    "A standby is behind its primary by more than a minute, critical by more than five, besides a delay that is configured.",
  remedy: "Look at the stage where the WAL is stuck: transport, write, flush or replay.",
  *find(view, { lagWarningSeconds, lagCriticalSeconds }) {
    for (const standby of view.standbys) {
      if (standby.lag.seconds === null) continue;
      const delay = delayOf(view, standby);
      const seconds = standby.lag.seconds - delay;
      if (seconds <= lagWarningSeconds) continue;
      yield {
        severity: seconds > lagCriticalSeconds ? "critical" : "warning",
        ...placeOfStandby(standby),
        summary: `Standby "${standby.name}" is ${formatSeconds(seconds)} behind` +
          (delay > 0 ? " more than its configured delay" : ""),
        evidence: tell(view, standby),
        advice: advise(standby),
      };
    }
  },
};

const fallingBehind: Check = {
  name: "falling_behind",
  title: "No standby that streams and replays falls further behind",
  looksAt: "the rates of pg_current_wal_lsn() and pg_last_wal_replay_lsn()",
  reads: ["server"],
  severities: ["warning"],
  meaning: "The primary writes WAL faster than the standby applies it: the lag grows and no end is in sight.",
  remedy: "Look at the stage where the WAL is stuck; slow the writer down, or speed the standby up.",
  *find(view) {
    for (const standby of view.standbys) {
      if (standby.fallingBehind !== true || (standby.lag.bytes ?? 0) < SMALL_BACKLOG_BYTES) continue;
      // One that stands still for a reason of its own does not merely replay too slowly.
      if (standby.reason !== null && BY_REASON[standby.reason] !== undefined) continue;
      yield {
        severity: "warning",
        ...placeOfStandby(standby),
        summary: `Standby "${standby.name}" falls further behind`,
        evidence: tell(view, standby),
        advice: advise(standby),
      };
    }
  },
};

const halfOpen: Check = {
  name: "half_open",
  title: "No link only looks alive",
  looksAt: "reply_time in pg_stat_replication, last_msg_receipt_time in pg_stat_wal_receiver",
  reads: ["senders"],
  severities: ["critical"],
  meaning:
    "Both ends show a connection, but nothing arrives any more: the standby is frozen or packets vanish. The row " +
    "disappears only at wal_sender_timeout.",
  remedy: "Look at the standby's host and the network; end the dead sender with pg_terminate_backend().",
  *find(view) {
    for (const standby of view.standbys) {
      if (standby.reason !== "half_open") continue;
      const upstream = serverNamed(view, standby.upstream);
      const row = senderOf(view, standby);
      const timeout = upstream === null ? null : freshRow(upstream, "settings");
      yield {
        severity: "critical",
        ...placeOfStandby(standby),
        summary: `The link of standby "${standby.name}" is dead although it looks alive`,
        evidence: [
          standby.reasonText === ""
            ? "nothing arrives although both ends show a connection"
            : standby.reasonText,
          ...row === null || row.replyAgeSeconds === null
            ? []
            : [`last reply ${formatSeconds(row.replyAgeSeconds)} ago`],
          ...timeout === null ? [] : [
            `wal_sender_timeout = ${
              timeout.walSenderTimeoutSeconds === null
                ? "0 (off)"
                : formatSeconds(timeout.walSenderTimeoutSeconds)
            }`,
          ],
        ].filter((text) => text !== "").join("; "),
        advice:
          "Look at the standby's host (frozen?) and the network between; to end the dead sender at once, on " +
          `${standby.upstream === null ? "its upstream" : `"${standby.upstream}"`}: ${
            row !== null
              ? `SELECT pg_terminate_backend(${row.pid})`
              : `SELECT pg_terminate_backend(pid) FROM pg_stat_replication WHERE application_name = ${
                quoteText(standby.name)
              }`
          }`,
      };
    }
  },
};

/** Lag, and what looks like none. */
export const lagChecks: readonly Check[] = [halfOpen, lagHigh, fallingBehind];

function delayOf(view: View, { name }: StandbyView): number {
  return serverNamed(view, name)?.facts.recovery?.[0]?.applyDelaySeconds ?? 0;
}

function tell(view: View, standby: StandbyView): string {
  const { lag, reason, reasonText, stage } = standby;
  const written = standby.upstream === null ? undefined : view.walBytesPerSecond.get(standby.upstream);
  const replayed = view.replayBytesPerSecond.get(standby.name);
  return [
    lag.seconds === null ? "" : `lag ${formatSeconds(lag.seconds)}${BY_SOURCE[lag.source ?? "clock"]}`,
    lag.bytes === null ? "" : formatBytes(lag.bytes),
    stage === null ? "" : `stuck at stage ${stage}`,
    reason === null ? "" : `reason ${reason}${reasonText === "" ? "" : `: ${reasonText}`}`,
    written === undefined ? "" : `its upstream's WAL grows by ${formatBytes(Math.round(written))} per second`,
    replayed === undefined ? "" : `it replays ${formatBytes(Math.round(replayed))} per second`,
  ].filter((text) => text !== "").join("; ");
}

function advise({ reason, stage }: StandbyView): string {
  const byReason = reason === null ? undefined : BY_REASON[reason];
  if (byReason !== undefined) return byReason;
  return stage === null
    ? "See where the WAL is stuck: compare sent_lsn, write_lsn, flush_lsn and replay_lsn in pg_stat_replication on its upstream"
    : BY_STAGE[stage];
}
