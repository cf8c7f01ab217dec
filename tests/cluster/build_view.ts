/**
 * Views of described clusters, derived by the program itself from what the servers report.
 *
 * A description is what each server answers now, and what it answered a collection before where that differs. A test that
 * is about a derived value overrides it; everything else is what the program makes of the facts.
 */
import { clusterContextOf } from "../../src/cluster/cluster_context.ts";
import { deriveView, type ViewOptions } from "../../src/cluster/derive_view.ts";
import { TrackerMemory, type TrackerMemoryOptions } from "../../src/cluster/memory/tracker_memory.ts";
import { type StandbyContext, standbyContextsOf } from "../../src/cluster/standby_context.ts";
import type { Facts } from "../../src/domain/facts.ts";
import type { StandbyView } from "../../src/domain/standby.ts";
import { DEFAULT_HEALTH_THRESHOLDS } from "../../src/domain/thresholds.ts";
import type { ClusterStatus, ServerSnapshot, ServerView, View } from "../../src/domain/view.ts";

/** The moment of a view that names no other. */
export const NOW = 1000;

/** Between the two collections. */
export const COLLECT_SECONDS = 10;

/** Unix time less monotonic seconds. */
export const WALL_OFFSET = 1_795_000_000;

/** A cluster, or several. */
export interface Description
  extends Partial<Omit<ViewOptions, "memory">>, Omit<TrackerMemoryOptions, "clock"> {
  /** What the latest collection brought of each server, in configured order. */
  readonly snapshots: readonly ServerSnapshot[];
  /** What the collection before read of a server: the same facts by default; null when there was none. */
  readonly before?: Readonly<Record<string, Facts | null>>;
}

/** A derived value that a test is about, of one standby. */
export type StandbyOverride = Partial<Omit<StandbyView, "lag">> & {
  readonly lag?: Partial<StandbyView["lag"]>;
};

/** Derived values that a test is about. */
export interface Overrides {
  /** Of servers, by name. */
  readonly servers?: Readonly<Record<string, Partial<ServerView>>>;
  /** Of standbys, by the name that is derived; lag and connection are put into its server as well. */
  readonly standbys?: Readonly<Record<string, StandbyOverride>>;
  /** Of every cluster. */
  readonly cluster?: Partial<ClusterStatus>;
  /** Of the view. */
  readonly view?: Partial<View>;
}

/** A described cluster that was observed. */
export interface Built {
  /** What is remembered of it. */
  readonly memory: TrackerMemory;
  /** What is derived of it. */
  readonly view: View;
  /** Its standbys, in the order of the view. */
  readonly contexts: readonly StandbyContext[];
}

/** Observes a described cluster in two collections and derives everything from it. */
export function build({ snapshots, before = {}, ...options }: Description): Built {
  const { at = NOW } = options;
  let now = at - 1 - COLLECT_SECONDS;
  const memory = new TrackerMemory({
    servers: snapshots.map(({ server }) => server),
    ...options,
    clock: {
      monotonic: () => now,
      wall: () => now + WALL_OFFSET,
      sleep: () => Promise.reject(new Error("No sleeping")),
    },
  });
  memory.observe(snapshots.flatMap((snapshot) => earlier(snapshot, before[snapshot.server])));
  now = at - 1;
  memory.observe(snapshots);
  now = at;
  const view = deriveView(snapshots, {
    expectedStandbys: null,
    health: DEFAULT_HEALTH_THRESHOLDS,
    ...options,
    groups: memory.groups(snapshots),
    memory,
    at,
  });
  const contexts = memory.groups(snapshots).flatMap((group) =>
    standbyContextsOf(clusterContextOf(group, at))
  );
  return { memory, view, contexts };
}

/** The view of a described cluster, with what a test is about. */
export function buildView(description: Description, overrides: Overrides = {}): View {
  return override(build(description).view, overrides);
}

/** One that is unreachable now was reached when its facts were read; one never reached was not before either. */
function earlier(snapshot: ServerSnapshot, before: Facts | null | undefined): readonly ServerSnapshot[] {
  const { readAt, up } = snapshot;
  if (before === null) return [];
  if (readAt === null) return [snapshot];
  const facts = before ?? snapshot.facts;
  const [fact] = facts.server ?? [];
  return [{
    ...snapshot,
    up: true,
    trouble: null,
    role: fact === undefined ? snapshot.role : fact.inRecovery ? "standby" : "primary",
    readAt: up ? readAt - COLLECT_SECONDS : readAt,
    facts,
  }];
}

/** A view with other values of what a test is about. */
export function override(view: View, { servers = {}, standbys = {}, cluster, view: more }: Overrides): View {
  const unknown = [
    ...Object.keys(servers).filter((name) => view.servers.every(({ server }) => server !== name)),
    ...Object.keys(standbys).filter((name) => view.standbys.every((each) => each.name !== name)),
  ];
  if (unknown.length > 0) throw new Error(`Nothing is derived of ${unknown.join(", ")}`);
  const changed = new Map(view.standbys.map((standby) => {
    const { lag, ...others } = standbys[standby.name] ?? {};
    return [standby.name, { ...standby, ...others, lag: { ...standby.lag, ...lag } }];
  }));
  const overridden = view.servers.map((server) => {
    const standby = changed.get(server.server);
    const derived = standby === undefined ? {} : { lag: standby.lag, connected: standby.connected };
    return { ...server, ...derived, ...servers[server.server] };
  });
  const stranded = new Set(overridden.filter(({ isStranded }) => isStranded).map(({ server }) => server));
  return {
    ...view,
    servers: overridden,
    standbys: [...changed.values()],
    clusters: view.clusters.map((each) => ({
      ...each,
      strandedServers: each.servers.filter((server) => stranded.has(server)).length,
      ...cluster,
    })),
    ...more,
  };
}
