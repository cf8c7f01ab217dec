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
  pgrepl_cluster_edge: {
    help: "Which standby (downstream) currently receives from which server (upstream); always 1.",
    labels: ["upstream", "downstream"],
  },
  pgrepl_cluster_edge_join_info: {
    help:
      "How standby and upstream were matched: slot (and its active_pid), application_name, cluster_name, " +
      "address (client_addr), or the standby's own receiver (sender_host, sender_port); always 1.",
    labels: ["upstream", "downstream", "by"],
  },
  pgrepl_slot_lost_in_seconds: {
    help:
      "Seconds until the slot is lost or the disk is full at the current WAL rate; 0 when it is lost; absent " +
      "without a limit or without growth.",
    labels: ["slot"],
  },
});
const {
  pgrepl_cluster_primaries: primaries,
  pgrepl_cluster_expected_standbys: expected,
  pgrepl_cluster_connected_standbys: connected,
  pgrepl_cluster_split_brain: splitBrain,
  pgrepl_cluster_stranded_servers: strandedServers,
  pgrepl_cluster_failovers_total: failovers,
} = CLUSTER;
const {
  pgrepl_server_stranded: stranded,
  pgrepl_cluster_edge: edge,
  pgrepl_cluster_edge_join_info: edgeInfo,
  pgrepl_slot_lost_in_seconds: slotLost,
} = MEMBERS;

/** Families of clusters: who follows whom, failovers, forecasts of slots. */
export const topologyFamilies: readonly FamilyDefinition[] = Object.values({ ...CLUSTER, ...MEMBERS });

/**
 * Measures every family of {@linkcode topologyFamilies}.
 *
 * @param view Everything known.
 */
export function* measureTopology(view: View): Generator<Measurement> {
  for (const { systemIdentifier, cluster, servers, ...status } of view.clusters) {
    const labels = { instance: "cluster", cluster, system_identifier: systemIdentifier };
    const isStranded = (server: string) => view.stranded.includes(server);
    yield* measure(primaries, labels, status.primaries.length);
    yield* measure(expected, labels, status.expectedStandbys);
    yield* measure(connected, labels, status.connectedStandbys);
    yield* measure(splitBrain, labels, status.primaries.length > 1);
    yield* measure(strandedServers, labels, servers.filter(isStranded).length);
    yield* measure(failovers, labels, view.failovers.get(systemIdentifier));
    for (const server of servers) yield* measure(stranded, labelsOf(view, server), isStranded(server));
  }
  for (const { upstream, downstream, by } of view.edges) {
    const labels = { ...labelsOf(view, upstream), instance: "cluster", upstream, downstream };
    yield* measure(edge, labels, 1);
    yield* measure(edgeInfo, { ...labels, by }, 1);
  }
  for (const { server, slot, lostInSeconds } of view.slotForecasts) {
    const facts = view.servers.find((each) => each.server === server)?.facts.slots ?? [];
    // A temporary slot is named after a process, and ends with its connection.
    if (facts.some((each) => each.slot === slot && each.temporary)) continue;
    yield* measure(slotLost, { ...labelsOf(view, server), slot }, lostInSeconds);
  }
}

function labelsOf(view: View, server: string): { readonly instance: string; readonly cluster: string } {
  const cluster = view.servers.find((each) => each.server === server)?.cluster ?? "";
  return { instance: server, cluster };
}
