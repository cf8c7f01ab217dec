/**
 * The view, derived from the latest snapshots and what is remembered.
 *
 * @module
 */
import type { Edge, StandbyView } from "../domain/standby.ts";
import type { HealthThresholds } from "../domain/thresholds.ts";
import type { StandbyLag } from "../domain/lag.ts";
import type { ClusterStatus, ServerSnapshot, SlowestStandby, View } from "../domain/view.ts";
import { deriveConfiguredLag, isStandby, lagOfStranger, slowestOf } from "./lag/cluster_lags.ts";
import type { ClusterMemory } from "./memory/cluster_memory.ts";
import { connectedStandbys, deriveConnected } from "./topology/connected.ts";
import { scorePrimary, scoreStandby, UNREACHABLE_SCORE } from "./classic/health.ts";
import { groupByCluster } from "./topology/identity.ts";
import { livePrimaries } from "./lag/reference_primary.ts";
import { deriveStandbys } from "./diagnosis/standbys.ts";
import { deriveEdges, rememberedEdges } from "./topology/edges.ts";

/** What a view is derived from, besides the snapshots. */
export interface ViewInput {
  /** What is remembered. */
  readonly memory: ClusterMemory;
  /** The moment of the view: our monotonic seconds. */
  readonly at: number;
  /** Standbys the primary of a cluster should have, by the user's name of the cluster. */
  readonly expectedStandbys: (cluster: string) => number;
  /** Steps of the health score. */
  readonly health: HealthThresholds;
}

/**
 * Derives the view.
 *
 * @param snapshots The latest knowledge of every configured server.
 * @param input What else is known.
 */
export function deriveView(snapshots: readonly ServerSnapshot[], input: ViewInput): View {
  const { memory, at, expectedStandbys } = input;
  const lags = new Map<string, StandbyLag>();
  const connected = new Map<string, boolean>();
  const slowest = new Map<string, SlowestStandby>();
  const clusters: ClusterStatus[] = [];
  const standbys: StandbyView[] = [];
  const edges: Edge[] = [];
  const grouped = new Set<ServerSnapshot>();
  for (const [systemIdentifier, group] of groupByCluster(snapshots)) {
    const senders = memory.joinSenders(group);
    const scene = { systemIdentifier, group, senders, lagClock: memory.lagClock, at };
    for (const server of group) {
      grouped.add(server);
      if (!isStandby(server, group)) continue;
      lags.set(server.server, deriveConfiguredLag(server, memory.servers.of(server.server), scene));
      const isConnected = deriveConnected(server, group, senders);
      if (isConnected !== null) connected.set(server.server, isConnected);
    }
    const cluster = group.find((each) => each.cluster !== "")?.cluster ?? "";
    const remembered = memory.remembered.of(systemIdentifier);
    const ofCluster = [...deriveEdges(group, senders), ...rememberedEdges(remembered)];
    edges.push(...ofCluster);
    const skeletons = deriveStandbys({
      ...scene,
      cluster,
      edges: ofCluster,
      lags,
      connected,
      remembered,
      memories: memory.servers,
      connections: memory.connections,
    });
    const its = memory.why.explain(skeletons, {
      ...scene,
      remembered,
      memories: memory.servers,
      stranded: memory.changes.stranded,
    });
    standbys.push(...its);
    const primaries = livePrimaries(group);
    for (const primary of primaries) {
      slowest.set(primary.server, slowestOf(its.map((standby) => standby.lag), primary));
    }
    clusters.push({
      systemIdentifier,
      cluster,
      servers: group.map((each) => each.server),
      primaries: primaries.map((each) => each.server),
      expectedStandbys: expectedStandbys(cluster),
      connectedStandbys: connectedStandbys(group, senders, connected),
    });
  }
  for (const server of snapshots) {
    if (!grouped.has(server) && server.role !== "primary") lags.set(server.server, lagOfStranger(server));
  }
  const health = new Map(
    snapshots.map((server) => [server.server, scoreOf(server, { lags, slowest, clusters, input })]),
  );
  return {
    at,
    servers: snapshots,
    lags,
    walBytesPerSecond: memory.servers.rates(snapshots, (each) => each.wal),
    walEnds: memory.servers.walEnds(snapshots),
    replayBytesPerSecond: memory.servers.rates(snapshots, (each) => each.replay),
    connected,
    slowest,
    health,
    clusters,
    standbys,
    edges,
    stranded: snapshots.map((each) => each.server).filter((name) => memory.changes.stranded.has(name)),
    failovers: new Map(
      clusters.map(({ systemIdentifier: each }) => [each, memory.changes.failovers.get(each) ?? 0]),
    ),
    slotForecasts: memory.why.forecastSlots(snapshots),
    findings: [],
    events: memory.events.latest,
    lagHistory: new Map(),
    consistency: [],
  };
}

function scoreOf(
  server: ServerSnapshot,
  { lags, slowest, clusters, input }: Pick<View, "lags" | "slowest" | "clusters"> & {
    readonly input: ViewInput;
  },
): number {
  if (!server.up) return UNREACHABLE_SCORE;
  const cluster = clusters.find((each) => each.servers.includes(server.server));
  if (server.role === "primary") {
    // Standbys behind a standby that is itself cut off do not keep a primary safe.
    const ownStandbys = server.facts.senders?.filter(({ kind }) => kind === "standby").length;
    return scorePrimary({
      connectedStandbys: ownStandbys === 0 ? 0 : cluster?.connectedStandbys ?? null,
      expectedStandbys: cluster?.expectedStandbys ?? input.expectedStandbys(server.cluster),
      lagBytes: slowest.get(server.server)?.bytes ?? null,
      primaries: cluster?.primaries.length ?? 1,
    }, input.health);
  }
  const lag = lags.get(server.server);
  return scoreStandby({ lagBytes: lag?.bytes ?? null, lagSeconds: lag?.seconds ?? null }, input.health);
}
