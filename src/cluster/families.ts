/**
 * Families derived from the view of all servers, and their measurements.
 *
 * @module
 */
import { LAG_UNKNOWN_REASONS, type View } from "../domain/view.ts";
import { type FamilyDefinition, measure, type Measurement, measureStates } from "../metrics/family.ts";
import { classicFamilies, measureClassic } from "./classic.ts";
import { findingFamilies, measureFindings } from "./findings/families.ts";
import { syncStandingOf } from "./sync_names.ts";

const LAG_SOURCES = ["clock", "sender", "replay_timestamp"];

function gauge(
  name: string,
  help: string,
  { labels = [], unit }: { readonly labels?: readonly string[]; readonly unit?: string } = {},
): FamilyDefinition {
  const base: FamilyDefinition = { name, type: "gauge", help, labels: ["instance", "cluster", ...labels] };
  return unit === undefined ? base : { ...base, unit };
}

const up = gauge("pgrepl_up", "Whether the latest collection reached the server.");
const connectDuration = gauge(
  "pgrepl_connect_duration_seconds",
  "How long the latest successful connect took, name resolution and authentication included.",
  { unit: "seconds" },
);
const standbyConnected = gauge(
  "pgrepl_standby_connected",
  "Whether the standby receives WAL by streaming: pg_stat_wal_receiver.status, or its row in pg_stat_replication upstream.",
);
const standbyLagSeconds = gauge(
  "pgrepl_standby_lag_seconds",
  "Seconds since the primary's WAL went past what the standby replayed; 0 when it replayed all, however long the primary was idle.",
  { unit: "seconds" },
);
const standbyLagSource = gauge(
  "pgrepl_standby_lag_source",
  "Where pgrepl_standby_lag_seconds comes from: the lag clock, the primary's replay_lag, or the age of the last replayed transaction (an upper bound).",
  { labels: ["source"] },
);
const standbyLagUnknown = gauge(
  "pgrepl_standby_lag_unknown",
  "Why pgrepl_standby_lag_seconds has no sample; all 0 when it has one.",
  { labels: ["reason"] },
);
const standbyLagBytes = gauge(
  "pgrepl_standby_lag_bytes",
  "Bytes between the primary's pg_current_wal_lsn() and what the standby replayed; with the primary unreachable, its last known position.",
  { unit: "bytes" },
);
const standbyReplayRate = gauge(
  "pgrepl_standby_replay_bytes_per_second",
  "Bytes of WAL per second the standby replayed between the last two readings of pg_last_wal_replay_lsn().",
);
const syncRequired = gauge(
  "pgrepl_sync_standbys_required",
  "Standbys that must confirm a commit, from synchronous_standby_names; 0 when it is empty.",
);
const syncMet = gauge(
  "pgrepl_sync_standbys_met",
  "How many of the required synchronous standbys stream now; fewer than required means that commits wait.",
);
const syncSpare = gauge(
  "pgrepl_sync_standbys_spare",
  "Streaming standbys named in synchronous_standby_names beyond those required.",
);
const clusterPrimaries: FamilyDefinition = {
  ...gauge(
    "pgrepl_cluster_primaries",
    "Servers of the cluster that were reached and are not in recovery; more than 1 is a split brain.",
  ),
  labels: ["instance", "cluster", "system_identifier"],
};
const clusterExpected: FamilyDefinition = {
  ...gauge("pgrepl_cluster_expected_standbys", "Standbys the cluster should have, from the configuration."),
  labels: ["instance", "cluster", "system_identifier"],
};
const clusterConnected: FamilyDefinition = {
  ...gauge(
    "pgrepl_cluster_connected_standbys",
    "Standbys of the cluster that receive WAL by streaming, configured or not, cascading ones too.",
  ),
  labels: ["instance", "cluster", "system_identifier"],
};

/** Every family measured from the view: the classic ones and our own. */
export const clusterFamilies: readonly FamilyDefinition[] = [
  ...classicFamilies,
  up,
  connectDuration,
  standbyConnected,
  standbyLagSeconds,
  standbyLagSource,
  standbyLagUnknown,
  standbyLagBytes,
  standbyReplayRate,
  syncRequired,
  syncMet,
  syncSpare,
  clusterPrimaries,
  clusterExpected,
  clusterConnected,
  ...findingFamilies,
];

/**
 * Measures every family of {@linkcode clusterFamilies}.
 *
 * @param view Everything known.
 */
export function* measureCluster(view: View): Generator<Measurement> {
  yield* measureClassic(view);
  for (const server of view.servers) {
    const labels = { instance: server.server, cluster: server.cluster };
    yield* measure(up, labels, server.up);
    yield* measure(connectDuration, labels, server.connectDurationSeconds);
    yield* measureStandby(view, server.server, labels);
    const sync = syncStandingOf(server);
    yield* measure(syncRequired, labels, sync?.required);
    yield* measure(syncMet, labels, sync?.met);
    yield* measure(syncSpare, labels, sync?.spare);
  }
  for (const cluster of view.clusters) {
    const labels = {
      instance: "cluster",
      cluster: cluster.cluster,
      system_identifier: cluster.systemIdentifier,
    };
    yield* measure(clusterPrimaries, labels, cluster.primaries.length);
    yield* measure(clusterExpected, labels, cluster.expectedStandbys);
    yield* measure(clusterConnected, labels, cluster.connectedStandbys);
  }
  yield* measureFindings(view);
}

function* measureStandby(
  view: View,
  server: string,
  labels: Readonly<Record<string, string>>,
): Generator<Measurement> {
  const lag = view.lags.get(server);
  if (lag === undefined) return;
  yield* measure(standbyConnected, labels, view.connected.get(server));
  yield* measure(standbyLagSeconds, labels, lag.seconds);
  yield* measureStates(standbyLagSource, labels, LAG_SOURCES, lag.source);
  for (const reason of LAG_UNKNOWN_REASONS) {
    yield* measure(standbyLagUnknown, { ...labels, reason }, lag.unknownReason === reason);
  }
  yield* measure(standbyLagBytes, labels, lag.bytes);
  yield* measure(standbyReplayRate, labels, view.replayBytesPerSecond.get(server));
}
