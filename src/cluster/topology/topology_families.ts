/**
 * Families of clusters: who follows whom, failovers, forecasts of slots.
 *
 * @module
 */
import type { View } from "../../domain/view.ts";
import { type FamilyDefinition, measure, type Measurement } from "../../metrics/family.ts";
import { defineGauge } from "../define_gauge.ts";

const CLUSTER_LABELS = ["instance", "cluster", "system_identifier"];

function defineOfCluster(name: string, help: string): FamilyDefinition {
  return { name, type: "gauge", help, labels: CLUSTER_LABELS };
}

const primaries = defineOfCluster(
  "pgrepl_cluster_primaries",
  "Servers of the cluster that were reached and are not in recovery; more than 1 is a split brain.",
);
const expected = defineOfCluster(
  "pgrepl_cluster_expected_standbys",
  "Standbys the cluster should have, from the configuration.",
);
const connected = defineOfCluster(
  "pgrepl_cluster_connected_standbys",
  "Standbys of the cluster that receive WAL by streaming, configured or not, cascading ones too.",
);
const splitBrain = defineOfCluster(
  "pgrepl_cluster_split_brain",
  "Whether two or more servers of the cluster were reached and are not in recovery.",
);
const strandedServers = defineOfCluster(
  "pgrepl_cluster_stranded_servers",
  "Servers on a timeline that the cluster has left: they must be rewound or rebuilt.",
);
const failovers: FamilyDefinition = {
  name: "pgrepl_cluster_failovers_total",
  type: "counter",
  help: "Promotions of servers of the cluster seen since the exporter started.",
  labels: CLUSTER_LABELS,
};
const stranded = defineGauge(
  "pgrepl_server_stranded",
  "Whether the server is on a timeline that its cluster has left: it must be rewound or rebuilt.",
);
const edge = defineGauge(
  "pgrepl_cluster_edge",
  "Which standby (downstream) receives from which server (upstream) now; always 1.",
  { labels: ["upstream", "downstream"] },
);
const edgeInfo: FamilyDefinition = {
  name: "pgrepl_cluster_edge_join_info",
  type: "info",
  help: "What joined standby and upstream: slot (and its active_pid), application_name, cluster_name, " +
    "address (client_addr), or the standby's own receiver (sender_host, sender_port); always 1.",
  labels: ["instance", "cluster", "upstream", "downstream", "by"],
};
const slotLost = defineGauge(
  "pgrepl_slot_lost_in_seconds",
  "Seconds until the slot is lost or the disk is full at the present WAL rate; 0 when it is lost; absent without a limit or without growth.",
  { labels: ["slot"], unit: "seconds" },
);

/** Families of clusters. */
export const topologyFamilies: readonly FamilyDefinition[] = [
  primaries,
  expected,
  connected,
  splitBrain,
  strandedServers,
  failovers,
  stranded,
  edge,
  edgeInfo,
  slotLost,
];

/**
 * Measures every family of {@linkcode topologyFamilies}.
 *
 * @param view Everything known.
 */
export function* measureTopology(view: View): Generator<Measurement> {
  for (const { systemIdentifier, cluster, ...status } of view.clusters) {
    const labels = { instance: "cluster", cluster, system_identifier: systemIdentifier };
    yield* measure(primaries, labels, status.primaries.length);
    yield* measure(expected, labels, status.expectedStandbys);
    yield* measure(connected, labels, status.connectedStandbys);
    yield* measure(splitBrain, labels, status.primaries.length > 1);
    yield* measure(strandedServers, labels, status.strandedServers);
    yield* measure(failovers, labels, status.failovers);
  }
  for (const server of view.servers) {
    if (server.clusterKey === null) continue;
    yield* measure(stranded, { instance: server.server, cluster: server.cluster }, server.isStranded);
  }
  const clusterOf = new Map(
    view.clusters.flatMap(({ cluster, servers }) => servers.map((server) => [server, cluster] as const)),
  );
  for (const { upstream, downstream, by } of view.edges) {
    const labels = { instance: "cluster", cluster: clusterOf.get(upstream) ?? "", upstream, downstream };
    yield* measure(edge, labels, 1);
    yield* measure(edgeInfo, { ...labels, by }, 1);
  }
  const servers = new Map(view.servers.map((server) => [server.server, server]));
  for (const { server: instance, slot, lostInSeconds } of view.slotForecasts) {
    const server = servers.get(instance);
    // A temporary slot is named after a process, and ends with its connection.
    if (server?.facts.slots?.some((each) => each.slot === slot && each.temporary)) continue;
    yield* measure(slotLost, { instance, cluster: server?.cluster ?? "", slot }, lostInSeconds);
  }
}
