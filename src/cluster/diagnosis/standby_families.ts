import {
  CATCH_UP_VERDICTS,
  LAG_STAGES,
  seriesKey,
  STANDBY_REASONS,
  type StandbyView,
} from "../../domain/standby.ts";
import { LAG_UNKNOWN_REASONS, type StandbyLag } from "../../domain/lag.ts";
import type { View } from "../../domain/view.ts";
import { measureLagSamples } from "../lag/lag_sample_series.ts";
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
  pgrepl_standby_upstream_up:
    "Whether the server that the standby is to receive from responds: the standby that it last received from, otherwise " +
    "the primary of its cluster; absent when that is unknown.",
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
  pgrepl_standby_lag_sampled_seconds: {
    help:
      "Samples of the lag, usually one a second (--lag.sample-interval), where it was known: what happened between two " +
      "scrapes. That of a standby which is not watched itself is as its upstream reported it at the latest collection. Starts at 0 with the exporter.",
    type: "histogram",
  },
  pgrepl_standby_lag_sampled_unknown_total:
    "Samples at which the lag was unknown; pgrepl_standby_lag_sampled_seconds has the others.",
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

const SAMPLED = {
  seconds: STANDBYS.pgrepl_standby_lag_sampled_seconds,
  unknown: STANDBYS.pgrepl_standby_lag_sampled_unknown_total,
};

/** Families of standbys, configured or not. */
export const standbyFamilies: readonly FamilyDefinition[] = Object.values(STANDBYS);

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
      const labels = { instance: standby.name, cluster: standby.cluster };
      yield* measureStandby(standby, labels, view.at);
      yield* measureLagSamples(view.lagSamples.get(seriesKey(standby)), labels, SAMPLED);
    }
  }
  for (const server of view.servers) {
    const labels = { instance: server.server, cluster: server.cluster };
    // A second name of a standby keeps series of its own.
    const standby = configured.get(server.aliasOf ?? server.server);
    if (standby !== undefined) yield* measureStandby(standby, labels, view.at);
    // A server that belongs to no known cluster: its lag is unknown, and that is published too.
    else if (server.lag !== null) yield* measureLag(server.lag, labels);
    if (server.lag !== null) {
      yield* measure(STANDBYS.pgrepl_standby_replay_bytes_per_second, labels, server.replayBytesPerSecond);
      const name = server.server;
      yield* measureLagSamples(view.lagSamples.get(seriesKey({ ...labels, name })), labels, SAMPLED);
    }
  }
}

function* measureLag(lag: StandbyLag, labels: Labels): Generator<Measurement> {
  yield* measure(STANDBYS.pgrepl_standby_lag_seconds, labels, lag.seconds);
  yield* measureStates(STANDBYS.pgrepl_standby_lag_source, labels, LAG_SOURCES, lag.source);
  for (const each of LAG_UNKNOWN_REASONS) {
    yield* measure(
      STANDBYS.pgrepl_standby_lag_unknown,
      { ...labels, reason: each },
      lag.unknownReason === each,
    );
  }
  yield* measure(STANDBYS.pgrepl_standby_lag_bytes, labels, lag.bytes);
}

function* measureStandby(standby: StandbyView, labels: Labels, at: number): Generator<Measurement> {
  const { connectedChangedAt: changedAt } = standby;
  yield* measure(STANDBYS.pgrepl_standby_connected, labels, standby.connected);
  yield* measure(STANDBYS.pgrepl_standby_upstream_up, labels, standby.upstreamUp);
  yield* measureLag(standby.lag, labels);
  yield* measure(
    STANDBYS.pgrepl_standby_connection_age_seconds,
    labels,
    changedAt === null ? null : Math.max(0, at - changedAt),
  );
  yield* measure(STANDBYS.pgrepl_standby_upstream_lag_seconds, labels, standby.upstreamLagSeconds);
  yield* measure(STANDBYS.pgrepl_standby_last_position_bytes, labels, standby.lastPosition);
  yield* measureStates(STANDBYS.pgrepl_standby_reason, labels, STANDBY_REASONS, standby.reason);
  if (standby.stage !== null || standby.lag.bytes === 0) {
    for (const each of LAG_STAGES) {
      yield* measure(STANDBYS.pgrepl_standby_stage, { ...labels, stage: each }, standby.stage === each);
    }
  }
  yield* measureStates(STANDBYS.pgrepl_standby_can_catch_up, labels, CATCH_UP_VERDICTS, standby.catchUp);
  yield* measure(STANDBYS.pgrepl_standby_catchup_seconds, labels, standby.catchUpSeconds);
  yield* measure(STANDBYS.pgrepl_standby_falling_behind, labels, standby.fallingBehind);
}
