import type { View } from "../domain/view.ts";
import { defineFamilies, type FamilyDefinition, measure, type Measurement } from "../metrics/family.ts";
import { classicFamilies, measureClassic } from "./classic/classic_families.ts";
import { findingFamilies, measureFindings } from "./findings/families.ts";
import { measureStandbys, standbyFamilies } from "./diagnosis/standby_families.ts";
import { copyFamilies, measureCopies } from "./logical/copy_families.ts";
import { measureSubscriptions, subscriptionFamilies } from "./logical/subscription_families.ts";
import { syncStandingOf } from "./topology/sync_names.ts";
import { measureTopology, topologyFamilies } from "./topology/topology_families.ts";

const SERVERS = defineFamilies({
  pgrepl_up: "Whether the latest collection reached the server.",
  pgrepl_connect_duration_seconds:
    "Duration of the latest successful connection attempt, including name resolution and authentication.",
  pgrepl_sync_standbys_required:
    "Standbys that must confirm a commit, from synchronous_standby_names; 0 when it is empty.",
  pgrepl_sync_standbys_met:
    "Required synchronous standbys that stream now; if fewer than required, commits wait.",
  pgrepl_sync_standbys_spare: "Streaming standbys named in synchronous_standby_names beyond those required.",
});

/** Whether the server is reachable. */
export const up: FamilyDefinition = SERVERS.pgrepl_up;

/** Every family measured from the view: the classic ones and our own. */
export const clusterFamilies: readonly FamilyDefinition[] = [
  ...classicFamilies,
  ...Object.values(SERVERS),
  ...standbyFamilies,
  ...topologyFamilies,
  ...subscriptionFamilies,
  ...copyFamilies,
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
    yield* measure(SERVERS.pgrepl_connect_duration_seconds, labels, server.connectDurationSeconds);
    const sync = syncStandingOf(server);
    yield* measure(SERVERS.pgrepl_sync_standbys_required, labels, sync?.required);
    yield* measure(SERVERS.pgrepl_sync_standbys_met, labels, sync?.met);
    yield* measure(SERVERS.pgrepl_sync_standbys_spare, labels, sync?.spare);
  }
  yield* measureStandbys(view);
  yield* measureTopology(view);
  yield* measureSubscriptions(view);
  yield* measureCopies(view.slotCopies);
  yield* measureFindings(view);
}
