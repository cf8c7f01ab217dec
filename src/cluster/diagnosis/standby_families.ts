import { CATCH_UP_VERDICTS, LAG_STAGES, STANDBY_REASONS, type StandbyView } from "../../domain/standby.ts";
import { LAG_UNKNOWN_REASONS, type StandbyLag } from "../../domain/lag.ts";
import type { View } from "../../domain/view.ts";
import {
  defineFamilies,
  type FamilyDefinition,
  measure,
  type Measurement,
  measureStates,
} from "../../metrics/family.ts";

const LAG_SOURCES = ["clock", "sender", "replay_timestamp"];

const STANDBYS = defineFamilies({
  pgrepl_standby_connected:
    "Whether the standby streams WAL: pg_stat_wal_receiver.status, or its row in pg_stat_replication upstream.",
  pgrepl_standby_connection_age_seconds:
    "Seconds since pgrepl_standby_connected last changed; absent if unchanged since the standby was first seen.",
  pgrepl_standby_lag_seconds:
    "Seconds since the primary's WAL passed the standby's replay position; 0 when it has replayed everything, however " +
    "long the primary was idle.",
  pgrepl_standby_lag_source: {
    help:
      "Source of pgrepl_standby_lag_seconds: the lag clock, the primary's replay_lag, or the age of the last " +
      "replayed transaction (an upper bound).",
    labels: ["source"],
  },
  pgrepl_standby_lag_unknown: {
    help: "Why pgrepl_standby_lag_seconds has no sample; all 0 when it has one.",
    labels: ["reason"],
  },
  pgrepl_standby_lag_bytes:
    "Bytes of WAL between the primary's pg_current_wal_lsn() and the standby's replay position; while the primary is " +
    "unreachable, from its last known position.",
  pgrepl_standby_upstream_lag_seconds:
    "Seconds since the replay of the upstream standby passed this one's replay position; cascading standbys only.",
  pgrepl_standby_last_position_bytes:
    "Furthest position the standby is known to have applied, kept after it is gone: pg_last_wal_replay_lsn(), its " +
    "replay_lsn upstream, or its slot's restart_lsn.",
  pgrepl_standby_replay_bytes_per_second:
    "Bytes of WAL per second the standby replayed between the last two readings of pg_last_wal_replay_lsn().",
  pgrepl_standby_reason: {
    help: "Why the standby is in its current state, 0 or 1: exactly one reason is 1 when it is known.",
    labels: ["reason"],
  },
  pgrepl_standby_stage: {
    help:
      "Stage (transport, write, flush, replay) that holds the standby's WAL backlog, 0 or 1; all 0 when caught up.",
    labels: ["stage"],
  },
  pgrepl_standby_can_catch_up: {
    help:
      "How the standby can still catch up with its primary, 0 or 1: by streaming, only from the archive, or not " +
      "without a rebuild.",
    labels: ["verdict"],
  },
  pgrepl_standby_catchup_seconds:
    "Seconds until the standby has caught up at the current rates of replay and WAL generation; absent when it falls " +
    "behind.",
  pgrepl_standby_falling_behind:
    "Whether the standby has a WAL backlog and replays more slowly than the primary writes.",
});
const {
  pgrepl_standby_connected: connected,
  pgrepl_standby_connection_age_seconds: connectionAge,
  pgrepl_standby_lag_seconds: lagSeconds,
  pgrepl_standby_lag_source: lagSource,
  pgrepl_standby_lag_unknown: lagUnknown,
  pgrepl_standby_lag_bytes: lagBytes,
  pgrepl_standby_upstream_lag_seconds: upstreamLag,
  pgrepl_standby_last_position_bytes: lastPosition,
  pgrepl_standby_replay_bytes_per_second: replayRate,
  pgrepl_standby_reason: reason,
  pgrepl_standby_stage: stage,
  pgrepl_standby_can_catch_up: canCatchUp,
  pgrepl_standby_catchup_seconds: catchUp,
  pgrepl_standby_falling_behind: fallingBehind,
} = STANDBYS;

/** Families of standbys, configured or not. */
export const standbyFamilies: readonly FamilyDefinition[] = Object.values(STANDBYS);

type Labels = Readonly<Record<string, string>>;

/**
 * Measures every family of {@linkcode standbyFamilies}.
 *
 * @param view Everything known.
 */
export function* measureStandbys(view: View): Generator<Measurement> {
  const named = new Set(view.standbys.map((standby) => standby.name));
  for (const standby of view.standbys) {
    const labels = { instance: standby.name, cluster: standby.cluster };
    yield* measure(connected, labels, standby.connected);
    yield* measureLag(standby.lag, labels);
    yield* measureStandby(standby, { labels, at: view.at });
    if (standby.configured) yield* measure(replayRate, labels, view.replayBytesPerSecond.get(standby.name));
  }
  // A server that belongs to no cluster we know of: that, too, is said.
  for (const { server, cluster } of view.servers) {
    const lag = view.lags.get(server);
    if (lag === undefined || named.has(server)) continue;
    const labels = { instance: server, cluster };
    yield* measure(connected, labels, view.connected.get(server));
    yield* measureLag(lag, labels);
    yield* measure(replayRate, labels, view.replayBytesPerSecond.get(server));
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

function* measureStandby(
  standby: StandbyView,
  { labels, at }: { readonly labels: Labels; readonly at: number },
): Generator<Measurement> {
  const { connectedChangedAt: changedAt } = standby;
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
