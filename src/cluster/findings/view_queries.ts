/**
 * What checks ask of a view: fresh facts only, and who belongs to whom.
 *
 * @module
 */
import type { CollectorName, Facts, SenderFact } from "../../domain/facts.ts";
import type { StandbyView } from "../../domain/standby.ts";
import type { ClusterStatus, ServerSnapshot, View } from "../../domain/view.ts";
import { joinSenders } from "../topology/join_senders.ts";

/** The rows of one collector. */
export type RowsOf<K extends CollectorName> = NonNullable<Facts[K]>;

/**
 * The rows a collector read in the latest collection.
 *
 * @param server The server.
 * @param collector The collector.
 * @returns null when they are not known now: the server was not reached, or the collector did not run or failed.
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

/** The servers with the rows of a collector, where {@linkcode freshRows} has them. */
export function* serversWithRows<K extends CollectorName>(
  view: View,
  collector: K,
): Generator<readonly [ServerSnapshot, RowsOf<K>]> {
  for (const server of view.servers) {
    const rows = freshRows(server, collector);
    if (rows !== null) yield [server, rows];
  }
}

/** The server of that name; null when it is not configured. */
export function serverNamed(view: View, name: string | null): ServerSnapshot | null {
  return view.servers.find(({ server }) => server === name) ?? null;
}

/** The standby of that name; null when the view has none. */
export function standbyNamed(view: View, name: string): StandbyView | null {
  return view.standbys.find((standby) => standby.name === name) ?? null;
}

/** The cluster of a server; null when it is not known to which it belongs. */
export function clusterOf(view: View, server: string): ClusterStatus | null {
  return view.clusters.find(({ servers }) => servers.includes(server)) ?? null;
}

/** The one primary that the cluster of a server has now; null when it has none, or two. */
export function primaryOf(view: View, server: string): ServerSnapshot | null {
  const [primary, second] = clusterOf(view, server)?.primaries ?? [];
  return primary === undefined || second !== undefined ? null : serverNamed(view, primary);
}

/** What a finding that concerns a whole cluster is filed under, told apart from other clusters. */
export function placeOfCluster(
  cluster: ClusterStatus,
): { readonly server: string; readonly subject: string } {
  return { server: "cluster", subject: cluster.cluster === "" ? cluster.systemIdentifier : cluster.cluster };
}

/** A configured standby is a server; another one is a subject of its upstream. */
export function placeOfStandby(
  { name, configured, upstream }: StandbyView,
): { readonly server: string; readonly subject: string } {
  return configured ? { server: name, subject: "" } : { server: upstream ?? "cluster", subject: name };
}

/** The row of a standby's sender on its upstream, when it has one now. */
export function senderOf(view: View, standby: StandbyView): SenderFact | null {
  const joined = joinSenders(groupOf(view, standby.name)).joined.get(standby.name)?.sender;
  if (joined !== undefined || standby.configured) return joined ?? null;
  const upstream = serverNamed(view, standby.upstream);
  const rows = upstream === null ? null : freshRows(upstream, "senders");
  return rows?.find((row) => row.standby === standby.name) ?? null;
}

/** The configured server that a sender row feeds; null when it is none, or nobody can tell. */
export function downstreamOf(view: View, upstream: string, row: SenderFact): ServerSnapshot | null {
  for (const [name, joined] of joinSenders(groupOf(view, upstream)).joined) {
    if (joined.sender === row) return serverNamed(view, name);
  }
  return null;
}

/** Host and port of a server as a person writes them into pg_basebackup; its name when they are not told. */
export function hostOf(view: View, name: string | null): string {
  const address = serverNamed(view, name)?.address;
  return address === undefined ? name ?? "UPSTREAM" : `${address.host} -p ${address.port}`;
}

function groupOf(view: View, server: string): readonly ServerSnapshot[] {
  const names = clusterOf(view, server)?.servers ?? [];
  return names.map((name) => serverNamed(view, name)).filter((each) => each !== null);
}
