/**
 * What checks ask of a view: fresh facts only, and who belongs to whom.
 *
 * @module
 */
import type { CollectorName, Facts, SenderFact } from "../../domain/facts.ts";
import { nameForCommand } from "../../domain/shell_text.ts";
import type { ClusterManager } from "../../domain/manager.ts";
import { memoized } from "../../domain/memoized.ts";
import type { StandbyView } from "../../domain/standby.ts";
import type { SubscriptionView } from "../../domain/subscription.ts";
import type { ClusterStatus, ServerSnapshot, ServerView, View } from "../../domain/view.ts";

/** The rows of one collector. */
export type RowsOf<K extends CollectorName> = NonNullable<Facts[K]>;

/**
 * The rows a collector read in the latest collection.
 *
 * @param server The server.
 * @param collector The collector.
 * @returns null when they are currently unknown: the server was unreachable, or the collector did not run or failed.
 */
export function freshRows<K extends CollectorName>(server: ServerSnapshot, collector: K): RowsOf<K> | null {
  return server.up ? server.facts[collector] ?? null : null;
}

/**
 * The only row of a collector that has one, under the conditions of {@linkcode freshRows}.
 *
 * @param server The server.
 * @param collector The collector.
 */
export function freshRow<K extends CollectorName>(
  server: ServerSnapshot,
  collector: K,
): RowsOf<K>[number] | null {
  return freshRows(server, collector)?.[0] ?? null;
}

/** Looked up once per view: with hundreds of servers, or thousands of slots, every check asks for each by name. */
const indexOf = memoized((view: View) => {
  const clusters = new Map(view.clusters.map((cluster) => [cluster.key, cluster]));
  return {
    servers: new Map(view.servers.map((server) => [server.server, server])),
    standbys: new Map(view.standbys.map((standby) => [standby.name, standby])),
    clusters: new Map(view.servers.flatMap(({ server, clusterKey }) => {
      const cluster = clusterKey === null ? undefined : clusters.get(clusterKey);
      return cluster === undefined ? [] : [[server, cluster] as const];
    })),
    upstreams: new Map(view.edges.map(({ downstream, upstream }) => [downstream, upstream])),
    readers: new Map(
      view.subscriptions.flatMap((each) =>
        each.publisher === null ? [] : [[slotKey(each.publisher.server, each.fact.slot), each] as const]
      ),
    ),
    forecasts: new Map(view.slotForecasts.map((each) => [slotKey(each.server, each.slot), each])),
  };
});

/** The server of that name; null when it is not watched. */
export function serverNamed(view: View, name: string | null): ServerView | null {
  return name === null ? null : indexOf(view).servers.get(name) ?? null;
}

/** Name of the upstream of a standby; null when none is known. */
export function upstreamNamed(view: View, standby: string): string | null {
  return indexOf(view).upstreams.get(standby) ?? null;
}

/** The standby of that name; null when the view has none. */
export function standbyNamed(view: View, name: string): StandbyView | null {
  return indexOf(view).standbys.get(name) ?? null;
}

/** Seconds until a slot is lost at the current rate; null when no loss is in sight. */
export function lossOfSlot(view: View, server: string, slot: string): number | null {
  return indexOf(view).forecasts.get(slotKey(server, slot))?.lostInSeconds ?? null;
}

/** The watched subscription that reads a slot; null when none is known. */
export function readerOfSlot(view: View, server: string, slot: string): SubscriptionView | null {
  return indexOf(view).readers.get(slotKey(server, slot)) ?? null;
}

/** No slot has a blank in its name. */
function slotKey(server: string, slot: string): string {
  return `${slot} ${server}`;
}

/** The cluster of a server, whatever it is called; null when it is unknown. */
export function clusterOf(view: View, server: string): ClusterStatus | null {
  return indexOf(view).clusters.get(server) ?? null;
}

/** The servers of a cluster, each postmaster once. */
export function serversOf(view: View, cluster: ClusterStatus): readonly ServerView[] {
  return cluster.servers.map((name) => serverNamed(view, name)).filter((each) => each !== null);
}

/** Every server once: those that have a second name are looked at under one. */
export function distinctServers(view: View): readonly ServerView[] {
  return view.servers.filter(({ aliasOf }) => aliasOf === null);
}

/** The servers with the rows of a collector, where {@linkcode freshRows} has them; each postmaster once. */
export function* serversWithRows<K extends CollectorName>(
  view: View,
  collector: K,
): Generator<readonly [ServerView, RowsOf<K>]> {
  for (const server of distinctServers(view)) {
    const rows = freshRows(server, collector);
    if (rows !== null) yield [server, rows];
  }
}

/** The primary that the cluster of a server has now; null when it is unreachable, or there are several. */
export function livePrimaryOf(view: View, server: string): ServerView | null {
  const { primaries = [], primary = null } = clusterOf(view, server) ?? {};
  return primaries.length === 1 && primaries[0] === primary ? serverNamed(view, primary) : null;
}

/** The `server` of findings about a whole cluster, and `instance` of their families. */
export const CLUSTER_INSTANCE = "cluster";

/** Server and subject of a finding about a whole cluster: its name, or its key where the name is not unique. */
export function placeOfCluster(
  { cluster: name, key }: ClusterStatus,
  { clusters }: Pick<View, "clusters">,
): { readonly server: string; readonly subject: string } {
  const isNamed = name !== "" && clusters.every((each) => each.key === key || each.cluster !== name);
  return { server: CLUSTER_INSTANCE, subject: isNamed ? name : key };
}

/** The cluster that a finding concerns, or whose server it concerns; null when there is none, or several. */
export function clusterOfFinding(
  view: View,
  { server, subject }: { readonly server: string; readonly subject: string },
): ClusterStatus | null {
  if (server !== CLUSTER_INSTANCE) return clusterOf(view, server);
  return view.clusters.find((each) => placeOfCluster(each, view).subject === subject) ?? null;
}

/** A configured standby is a server; another one is a subject of its upstream. */
export function placeOfStandby(
  { name, configured, upstream }: StandbyView,
): { readonly server: string; readonly subject: string } {
  return configured ? { server: name, subject: "" } : { server: upstream ?? "cluster", subject: name };
}

/** The configured server that a sender row feeds; null when it is none, or that is unknown. */
export function downstreamOf(view: View, upstream: string, row: SenderFact): ServerView | null {
  return serverNamed(view, clusterOf(view, upstream)?.feeds.get(row) ?? null);
}

/** The name by which a sender row's standby is listed; where it is unknown, that of the row, which a server may have too. */
export function fedByRow(view: View, upstream: string, row: SenderFact): string {
  return clusterOf(view, upstream)?.feeds.get(row) ?? row.standby;
}

/** Host and port of a server as a person writes them into pg_basebackup; its name when they are unknown. */
export function hostOf(view: View, name: string | null): string {
  const address = serverNamed(view, name)?.address;
  return address === undefined ? name ?? "UPSTREAM" : `${address.host} -p ${address.port}`;
}

/** Host and port as configured, for a connection string. */
export function hostAndPort({ address, server }: ServerSnapshot): string {
  if (address === undefined) return `host=${server} port=5432`;
  return `host=${address.host} port=${address.port}`;
}

/** Who manages the cluster, or one of the clusters, that a finding concerns; null when nobody is known to. */
export function managerOfFinding(
  view: View,
  finding: { readonly server: string; readonly subject: string },
): ClusterManager | null {
  const { server, subject } = finding;
  return serverNamed(view, server)?.manager ?? clusterOfFinding(view, finding)?.manager ??
    view.clusters.find(({ cluster, systemIdentifier, manager }) =>
      manager !== null && (cluster === subject || systemIdentifier === subject)
    )?.manager ?? null;
}

/**
 * The server or standby that a finding is about, with the name that its manager gives it where that can be seen: the
 * `application_name` of its sender, or its slot, which Patroni names after it (`_` stands for several characters).
 */
export function memberOf(
  view: View,
  { server, subject }: { readonly server: string; readonly subject: string },
): { readonly server: string; readonly applicationName: string | null } {
  const standby = standbyNamed(view, subject) ?? standbyNamed(view, server);
  const slot = serverNamed(view, server)?.facts.recovery?.[0]?.primarySlotName ?? "";
  return {
    server,
    applicationName: standby?.sender?.applicationName ?? (/^[a-z0-9]+$/.test(slot) ? slot : null),
  };
}

/** The beginning of advice for the primary of a server's cluster, by name where it is known. */
export function onPrimary(view: View, server: string): string {
  const primary = clusterOf(view, server)?.primary ?? null;
  return primary === null ? "On the primary" : `On "${primary}"`;
}

/** The role that standbys log in with, from the sender rows of a server or another of its cluster; else a placeholder. */
export function replicationRoleOf(view: View, upstream: string | null): string {
  const cluster = clusterOf(view, upstream ?? "");
  const servers = [serverNamed(view, upstream), ...cluster === null ? [] : serversOf(view, cluster)];
  const row = servers.flatMap((server) => server?.facts.senders ?? [])
    .find(({ kind, user }) => kind === "standby" && user !== "");
  return nameForCommand(row?.user ?? null, "REPLICATION_ROLE");
}
