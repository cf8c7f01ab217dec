/**
 * Families derived from the view of all servers, and their measurements.
 *
 * @module
 */
import type { View } from "../domain/view.ts";
import { type FamilyDefinition, measure, type Measurement } from "../metrics/family.ts";
import { classicFamilies, measureClassic } from "./classic/classic_families.ts";
import { defineGauge } from "./define_gauge.ts";
import { findingFamilies, measureFindings } from "./findings/families.ts";
import { measureStandbys, standbyFamilies } from "./diagnosis/standby_families.ts";
import { syncStandingOf } from "./topology/sync_names.ts";
import { measureTopology, topologyFamilies } from "./topology/topology_families.ts";

/** Whether a server is reachable. */
export const up: FamilyDefinition = defineGauge(
  "pgrepl_up",
  "Whether the latest collection reached the server.",
);
const connectDuration = defineGauge(
  "pgrepl_connect_duration_seconds",
  "How long the latest successful connect took, name resolution and authentication included.",
  { unit: "seconds" },
);
const syncRequired = defineGauge(
  "pgrepl_sync_standbys_required",
  "Standbys that must confirm a commit, from synchronous_standby_names; 0 when it is empty.",
);
const syncMet = defineGauge(
  "pgrepl_sync_standbys_met",
  "How many of the required synchronous standbys stream now; fewer than required means that commits wait.",
);
const syncSpare = defineGauge(
  "pgrepl_sync_standbys_spare",
  "Streaming standbys named in synchronous_standby_names beyond those required.",
);

/** Every family measured from the view, the classic ones included. */
export const clusterFamilies: readonly FamilyDefinition[] = [
  ...classicFamilies,
  up,
  connectDuration,
  syncRequired,
  syncMet,
  syncSpare,
  ...standbyFamilies,
  ...topologyFamilies,
  ...findingFamilies,
];

/** Measures every family of {@linkcode clusterFamilies}. */
export function* measureCluster(view: View): Generator<Measurement> {
  yield* measureClassic(view);
  for (const server of view.servers) {
    const labels = { instance: server.server, cluster: server.cluster };
    yield* measure(up, labels, server.up);
    yield* measure(connectDuration, labels, server.connectDurationSeconds);
    const sync = syncStandingOf(server);
    yield* measure(syncRequired, labels, sync?.required);
    yield* measure(syncMet, labels, sync?.met);
    yield* measure(syncSpare, labels, sync?.spare);
  }
  yield* measureStandbys(view);
  yield* measureTopology(view);
  yield* measureFindings(view);
}
