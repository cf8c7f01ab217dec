/**
 * Families of standbys, configured or not, and their measurements.
 *
 * @module
 */
import { CATCH_UP_VERDICTS, LAG_STAGES, STANDBY_REASONS, type StandbyView } from "../../domain/standby.ts";
import { LAG_UNKNOWN_REASONS, type StandbyLag } from "../../domain/lag.ts";
import type { View } from "../../domain/view.ts";
import { type FamilyDefinition, measure, type Measurement, measureStates } from "../../metrics/family.ts";
import { defineGauge } from "../define_gauge.ts";

const LAG_SOURCES = ["clock", "sender", "replay_timestamp"];

const connected = defineGauge(
  "pgrepl_standby_connected",
  "Whether the standby receives WAL by streaming: pg_stat_wal_receiver.status, or its row in pg_stat_replication upstream.",
);
const lagSeconds = defineGauge(
  "pgrepl_standby_lag_seconds",
  "Seconds since the primary's WAL went past what the standby replayed; 0 when it replayed all, however long the primary was idle.",
  { unit: "seconds" },
);
const lagSource = defineGauge(
  "pgrepl_standby_lag_source",
  "Where pgrepl_standby_lag_seconds comes from: the lag clock, the primary's replay_lag, or the age of the last replayed transaction (an upper bound).",
  { labels: ["source"] },
);
const lagUnknown = defineGauge(
  "pgrepl_standby_lag_unknown",
  "Why pgrepl_standby_lag_seconds has no sample; all 0 when it has one.",
  { labels: ["reason"] },
);
const lagBytes = defineGauge(
  "pgrepl_standby_lag_bytes",
  "Bytes between the primary's pg_current_wal_lsn() and what the standby replayed; with the primary unreachable, its last known position.",
  { unit: "bytes" },
);
const replayRate = defineGauge(
  "pgrepl_standby_replay_bytes_per_second",
  "Bytes of WAL per second the standby replayed between the last two readings of pg_last_wal_replay_lsn().",
);
const connectionAge = defineGauge(
  "pgrepl_standby_connection_age_seconds",
  "Seconds since pgrepl_standby_connected took its present value; absent while it is what it was when first seen.",
  { unit: "seconds" },
);
const lastPosition = defineGauge(
  "pgrepl_standby_last_position_bytes",
  "The furthest position the standby is known to have applied, also when it is gone: pg_last_wal_replay_lsn(), its replay_lsn upstream, or its slot's restart_lsn.",
  { unit: "bytes" },
);
const upstreamLag = defineGauge(
  "pgrepl_standby_upstream_lag_seconds",
  "Seconds since the standby it receives from replayed past what it replayed itself; only of cascading standbys.",
  { unit: "seconds" },
);
const reason = defineGauge(
  "pgrepl_standby_reason",
  "Why the standby is where it is, 0 or 1: exactly one reason is 1 when it can be told.",
  { labels: ["reason"] },
);
const stage = defineGauge(
  "pgrepl_standby_stage",
  "Where the WAL that the standby lacks is stuck, 0 or 1; all 0 when it lacks nothing.",
  { labels: ["stage"] },
);
const canCatchUp = defineGauge(
  "pgrepl_standby_can_catch_up",
  "How the standby can still reach its primary, 0 or 1: by streaming, only from the archive, or not without a rebuild.",
  { labels: ["verdict"] },
);
const catchUp = defineGauge(
  "pgrepl_standby_catchup_seconds",
  "Seconds until the standby has caught up at the present rates of replay and WAL generation; absent when it falls behind.",
  { unit: "seconds" },
);
const fallingBehind = defineGauge(
  "pgrepl_standby_falling_behind",
  "Whether the standby lacks WAL and replays more slowly than the primary writes.",
);

/** Families of standbys. */
export const standbyFamilies: readonly FamilyDefinition[] = [
  connected,
  connectionAge,
  lagSeconds,
  lagSource,
  lagUnknown,
  lagBytes,
  upstreamLag,
  lastPosition,
  replayRate,
  reason,
  stage,
  canCatchUp,
  catchUp,
  fallingBehind,
];

type Labels = Readonly<Record<string, string>>;

/**
 * Measures every family of {@linkcode standbyFamilies}.
 *
 * @param view Everything known.
 */
export function* measureStandbys(view: View): Generator<Measurement> {
  const configured = new Map(
    view.standbys.filter((each) => each.configured).map((each) => [each.name, each]),
  );
  for (const standby of view.standbys) {
    if (!standby.configured) {
      yield* measureStandby(standby, { instance: standby.name, cluster: standby.cluster }, view.at);
    }
  }
  for (const server of view.servers) {
    const labels = { instance: server.server, cluster: server.cluster };
    // A second name of a standby keeps series of its own.
    const standby = configured.get(server.aliasOf ?? server.server);
    if (standby !== undefined) yield* measureStandby(standby, labels, view.at);
    // A server that belongs to no known cluster: its lag is unknown, and that is published too.
    else if (server.lag !== null) yield* measureLag(server.lag, labels);
    if (server.lag !== null) yield* measure(replayRate, labels, server.replayBytesPerSecond);
  }
}

function* measureLag(lag: StandbyLag, labels: Labels): Generator<Measurement> {
  yield* measure(lagSeconds, labels, lag.seconds);
  yield* measureStates(lagSource, labels, LAG_SOURCES, lag.source);
  for (const each of LAG_UNKNOWN_REASONS) {
    yield* measure(lagUnknown, { ...labels, reason: each }, lag.unknownReason === each);
  }
  yield* measure(lagBytes, labels, lag.bytes);
}

function* measureStandby(standby: StandbyView, labels: Labels, at: number): Generator<Measurement> {
  const { connectedChangedAt: changedAt } = standby;
  yield* measure(connected, labels, standby.connected);
  yield* measureLag(standby.lag, labels);
  yield* measure(connectionAge, labels, changedAt === null ? null : Math.max(0, at - changedAt));
  yield* measure(upstreamLag, labels, standby.upstreamLagSeconds);
  yield* measure(lastPosition, labels, standby.lastPosition);
  yield* measureStates(reason, labels, STANDBY_REASONS, standby.reason);
  if (standby.stage !== null || standby.lag.bytes === 0) {
    for (const each of LAG_STAGES) {
      yield* measure(stage, { ...labels, stage: each }, standby.stage === each);
    }
  }
  yield* measureStates(canCatchUp, labels, CATCH_UP_VERDICTS, standby.catchUp);
  yield* measure(catchUp, labels, standby.catchUpSeconds);
  yield* measure(fallingBehind, labels, standby.fallingBehind);
}
