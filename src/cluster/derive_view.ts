/**
 * Derives the view from the latest snapshots and what is remembered.
 *
 * @module
 */
import type { SenderFact } from "../domain/facts.ts";
import type { Edge, StandbyView } from "../domain/standby.ts";
import type { HealthThresholds } from "../domain/thresholds.ts";
import type { ClusterStatus, ServerSnapshot, ServerView, View } from "../domain/view.ts";
import { scorePrimary, scoreStandby, UNREACHABLE_SCORE } from "./classic/health.ts";
import { type ClusterContext, clusterContextOf, type RememberedGroup } from "./cluster_context.ts";
import { deriveStandbyView } from "./diagnosis/standby_view.ts";
import { forecastSlots } from "./lag/forecasts.ts";
import { slowestOf } from "./lag/slowest_standby.ts";
import { lagWithoutCluster } from "./lag/standby_lag.ts";
import type { TrackerMemory } from "./memory/tracker_memory.ts";
import { standbyContextsOf } from "./standby_context.ts";
import { countConnected } from "./topology/connected.ts";
import { subscribes } from "./topology/identity.ts";
import { deriveSubscriptions } from "./logical/derive_subscriptions.ts";
import { deriveSlotCopies } from "./logical/failover_slots.ts";
import { managerOf } from "./topology/manager.ts";
import { streamsFromNobody } from "./topology/receiver_facts.ts";
import { type Expectations, expectedStandbysOf } from "./topology/expected_standbys.ts";

/** What a view is derived from, besides the snapshots. */
export interface ViewOptions extends Expectations {
  /** The clusters that the servers form. */
  readonly groups: readonly RememberedGroup[];
  /** What is remembered. */
  readonly memory: TrackerMemory;
  /** The moment of the view: our monotonic seconds. */
  readonly at: number;
  /** Steps of the health score. */
  readonly health: HealthThresholds;
}

/** One cluster, derived. */
interface DerivedCluster {
  readonly context: ClusterContext;
  readonly status: ClusterStatus;
  readonly standbys: ReadonlyMap<string, StandbyView>;
  /** Names of standbys that are set up not to stream. */
  readonly apart: ReadonlySet<string>;
}

/**
 * Derives the view.
 *
 * @param snapshots The latest snapshot of every watched server, or of every server of some clusters.
 * @param options What else is known.
 */
export function deriveView(snapshots: readonly ServerSnapshot[], options: ViewOptions): View {
  const { groups, memory, at } = options;
  // Cluster names with servers other than subscribers.
  const publishing = new Set(groups.flatMap((each) => each.servers.every(subscribes) ? [] : [each.name]));
  const clusters = groups.map((group) =>
    deriveCluster(clusterContextOf(group, at), { ...options, publishing })
  );
  const clusterOf = new Map(
    clusters.flatMap((cluster) =>
      [...cluster.context.servers.map(({ server }) => server), ...cluster.context.aliases.keys()]
        .map((server) => [server, cluster] as const)
    ),
  );
  return {
    at,
    servers: snapshots.map((server) =>
      deriveServerView(server, clusterOf.get(server.server) ?? null, options)
    ),
    clusters: clusters.map(({ status }) => status),
    standbys: clusters.flatMap(({ standbys }) => [...standbys.values()]),
    edges: clusters.flatMap(edgesOf),
    subscriptions: deriveSubscriptions(snapshots, {
      contextOf: (server) => clusterOf.get(server)?.context ?? null,
      memories: memory.servers,
      at,
    }),
    slotCopies: clusters.flatMap(({ context }) => deriveSlotCopies(context)),
    slotForecasts: snapshots.flatMap((server) => forecastSlots(server, memory.servers.of(server.server))),
    findings: [],
    events: memory.events.latest,
    lagHistory: new Map(),
    lagSamples: new Map(),
    consistency: [],
  };
}

function deriveCluster(
  context: ClusterContext,
  options: Expectations & { readonly publishing: ReadonlySet<string> },
): DerivedCluster {
  const { key, name, systemIdentifier, servers, senders, primaries, primary, memory } = context;
  const standbys = new Map(
    standbyContextsOf(context).map((each) => [each.name, deriveStandbyView(each, context)]),
  );
  const feeds = new Map<SenderFact, string>();
  for (const { name: standby, sender } of standbys.values()) if (sender !== null) feeds.set(sender, standby);
  const apart = new Set(
    servers.filter((each) => streamsFromNobody(each, standbys.get(each.server)?.reason === "archive"))
      .map(({ server }) => server),
  );
  const connected = [...standbys.values()].map((each) => each.connected);
  return {
    context,
    standbys,
    apart,
    status: {
      key,
      systemIdentifier,
      cluster: name,
      servers: servers.map(({ server }) => server),
      primaries: primaries.map(({ server }) => server),
      primary: primary?.server ?? null,
      expectedStandbys: expectedStandbysOf(options, {
        name,
        servers: servers.length - apart.size,
        isAside: standbys.size === 0 && servers.every(subscribes) && options.publishing.has(name),
      }),
      connectedStandbys: countConnected({ servers, senders }, connected),
      strandedServers: servers.filter(({ server }) => memory.changes.stranded.has(server)).length,
      failovers: memory.changes.failovers,
      manager: managerOf(servers),
      feeds,
    },
  };
}

/** Edges of configured servers, and of standbys that nobody configured, known only by their rows. */
function edgesOf({ context, standbys }: DerivedCluster): readonly Edge[] {
  const unconfigured = [...standbys.values()].flatMap((standby): readonly Edge[] => {
    const { configured, sender, connected, upstream, name } = standby;
    if (configured || sender === null || connected === false || upstream === null) return [];
    return [{ upstream, downstream: name, by: "application_name" }];
  });
  return [...context.edges.values(), ...unconfigured];
}

function deriveServerView(
  snapshot: ServerSnapshot,
  cluster: DerivedCluster | null,
  { memory, health }: ViewOptions,
): ServerView {
  const aliasOf = cluster?.context.aliases.get(snapshot.server) ?? null;
  const name = aliasOf ?? snapshot.server;
  const standby = cluster?.standbys.get(name) ?? null;
  const remembered = memory.servers.of(snapshot.server);
  const isLive = cluster?.status.primaries.includes(name) ?? false;
  const derived = {
    clusterKey: cluster?.status.key ?? null,
    aliasOf,
    lag: standby?.lag ??
      (cluster === null && snapshot.role !== "primary" ? lagWithoutCluster(snapshot) : null),
    connected: standby?.connected ?? null,
    slowestStandby: cluster === null || !isLive
      ? null
      : slowestOf([...cluster.standbys.values()].map(({ lag }) => lag), snapshot),
    isStranded: cluster?.context.memory.changes.stranded.has(name) ?? false,
    manager: cluster === null ? managerOf([snapshot]) : cluster.status.manager,
    movedIdleSlots: remembered.movedIdleSlots,
    confirmedSince: remembered.logical.confirmedSince(snapshot.facts.slots ?? [], remembered.wal),
    walEnd: remembered.wal.newest?.position ?? null,
    walBytesPerSecond: snapshot.up ? remembered.walBytesPerSecond : null,
    replayBytesPerSecond: snapshot.up ? remembered.replayBytesPerSecond : null,
  };
  const known = { ...snapshot, ...derived, facts: withTimeline(snapshot, remembered.timeline) };
  return { ...known, healthScore: scoreOf(known, { cluster, health }) };
}

/** Facts with the remembered timeline: without a receiver a standby may report a timeline that it has left. */
function withTimeline({ facts }: ServerSnapshot, timeline: number | null): ServerSnapshot["facts"] {
  const [server] = facts.server ?? [];
  if (server === undefined || timeline === null || server.timeline === timeline) return facts;
  return { ...facts, server: [{ ...server, timeline }] };
}

function scoreOf(
  server: Omit<ServerView, "healthScore">,
  { cluster, health }: { readonly cluster: DerivedCluster | null; readonly health: HealthThresholds },
): number {
  if (!server.up) return UNREACHABLE_SCORE;
  if (server.role !== "primary") {
    return scoreStandby(
      { lagBytes: server.lag?.bytes ?? null, lagSeconds: server.lag?.seconds ?? null },
      health,
    );
  }
  // Standbys of a cascade that has lost its primary do not count for the primary.
  const ownStandbys = server.facts.senders?.filter(({ kind }) => kind === "standby").length;
  const status = cluster?.status;
  const hasStandbys = cluster !== null &&
    [...cluster.standbys.keys()].some((each) => !cluster.apart.has(each));
  return scorePrimary({
    hasStandbys,
    connectedStandbys: ownStandbys === 0 ? 0 : status?.connectedStandbys ?? null,
    expectedStandbys: status?.expectedStandbys ?? 0,
    lagBytes: server.slowestStandby?.bytes ?? null,
    primaries: status?.primaries.length ?? 1,
  }, health);
}
