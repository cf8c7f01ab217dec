import type { View } from "../../domain/view.ts";
import { defineFamilies, type FamilyDefinition, measure, type Measurement } from "../../metrics/family.ts";

const CLUSTER = defineFamilies({
  pgrepl_cluster_primaries:
    "Reachable servers of the cluster that are not in recovery; more than 1 is a split brain.",
  pgrepl_cluster_expected_standbys: "Standbys the cluster should have, from the configuration.",
  pgrepl_cluster_connected_standbys:
    "Standbys of the cluster that stream WAL, configured or not, including cascading ones.",
  pgrepl_cluster_split_brain: "Whether two or more reachable servers of the cluster are not in recovery.",
  pgrepl_cluster_stranded_servers:
    "Servers on a timeline that the cluster has left: they must be rewound or rebuilt.",
  pgrepl_cluster_failovers_total: "Promotions of servers of the cluster seen since the exporter started.",
}, { common: ["instance", "cluster", "system_identifier"] });
const MEMBERS = defineFamilies({
  pgrepl_server_stranded:
    "Whether the server is on a timeline that its cluster has left: it must be rewound or rebuilt.",
  pgrepl_server_manager_info: {
    help:
      "Who manages the server's cluster: an HA manager (patroni, repmgr and so on) or a managed service, certain by two " +
      "independent signs or likely by one (pg_stat_activity, pg_settings.source, pg_roles, pg_replication_slots); always 1, " +
      "absent without a sign.",
    labels: ["manager", "certainty"],
  },
  pgrepl_cluster_edge: {
    help: "Which standby (downstream) currently receives from which server (upstream); always 1.",
    labels: ["upstream", "downstream"],
  },
  pgrepl_cluster_edge_join_info: {
    help:
      "How standby and upstream were matched: slot (and its active_pid), application_name, cluster_name, " +
      "address (client_addr), the standby's own receiver (sender_host, sender_port), or only_candidate (while the " +
      "standby cannot be asked, nothing else fits); always 1.",
    labels: ["upstream", "downstream", "by"],
  },
  pgrepl_slot_lost_in_seconds: {
    help:
      "Seconds until the slot is lost or the disk is full at the current WAL rate; 0 when it is lost; absent " +
      "without a limit or without growth.",
    labels: ["slot"],
  },
});

/** Families of clusters: who follows whom, failovers, forecasts of slots. */
export const topologyFamilies: readonly FamilyDefinition[] = Object.values({ ...CLUSTER, ...MEMBERS });

/**
 * Measures every family of {@linkcode topologyFamilies}.
 *
 * @param view Everything known.
 */
export function* measureTopology(view: View): Generator<Measurement> {
  for (const { systemIdentifier, cluster, ...status } of view.clusters) {
    const labels = { instance: "cluster", cluster, system_identifier: systemIdentifier };
    yield* measure(CLUSTER.pgrepl_cluster_primaries, labels, status.primaries.length);
    yield* measure(CLUSTER.pgrepl_cluster_expected_standbys, labels, status.expectedStandbys);
    yield* measure(CLUSTER.pgrepl_cluster_connected_standbys, labels, status.connectedStandbys);
    yield* measure(CLUSTER.pgrepl_cluster_split_brain, labels, status.primaries.length > 1);
    yield* measure(CLUSTER.pgrepl_cluster_stranded_servers, labels, status.strandedServers);
    yield* measure(CLUSTER.pgrepl_cluster_failovers_total, labels, status.failovers);
  }
  for (const { server, cluster, clusterKey, isStranded, manager } of view.servers) {
    const labels = { instance: server, cluster };
    if (clusterKey !== null) yield* measure(MEMBERS.pgrepl_server_stranded, labels, isStranded);
    if (manager === null) continue;
    const { manager: name, certainty } = manager;
    yield* measure(MEMBERS.pgrepl_server_manager_info, { ...labels, manager: name, certainty }, 1);
  }
  const clusterOf = new Map(
    view.clusters.flatMap(({ cluster, servers }) => servers.map((server) => [server, cluster] as const)),
  );
  for (const { upstream, downstream, by } of view.edges) {
    const labels = { instance: "cluster", cluster: clusterOf.get(upstream) ?? "", upstream, downstream };
    yield* measure(MEMBERS.pgrepl_cluster_edge, labels, 1);
    yield* measure(MEMBERS.pgrepl_cluster_edge_join_info, { ...labels, by }, 1);
  }
  const servers = new Map(view.servers.map((server) => [server.server, server]));
  for (const { server: instance, slot, lostInSeconds } of view.slotForecasts) {
    const server = servers.get(instance);
    // A temporary slot is named after a process, and ends with its connection.
    if (server?.facts.slots?.some((each) => each.slot === slot && each.temporary)) continue;
    yield* measure(
      MEMBERS.pgrepl_slot_lost_in_seconds,
      { instance, cluster: server?.cluster ?? "", slot },
      lostInSeconds,
    );
  }
}
