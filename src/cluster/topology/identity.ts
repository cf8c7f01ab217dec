/**
 * Which servers form one cluster.
 *
 * @module
 */
import type { ServerFact } from "../../domain/facts.ts";
import type { ServerSnapshot } from "../../domain/view.ts";

/** The row of the `server` collector; null when the server was never reached. */
export function serverFact(snapshot: ServerSnapshot): ServerFact | null {
  return snapshot.facts.server?.[0] ?? null;
}

/** The timeline a server last reported; null when unknown. */
export function timelineOf(snapshot: ServerSnapshot): number | null {
  return serverFact(snapshot)?.timeline ?? null;
}

/**
 * The key of a cluster: its system identifier, and the name given by the user, because a copy of a cluster (a restored
 * backup, a staging system) has the system identifier of the original.
 *
 * @param cluster Name given by the user; "" when none.
 * @param systemIdentifier `system_identifier`.
 */
export function clusterKeyOf(cluster: string, systemIdentifier: string): string {
  return cluster === "" ? systemIdentifier : `${cluster} ${systemIdentifier}`;
}

/**
 * The key of a server's cluster, as last read.
 *
 * @param snapshot The server.
 * @returns null when its system identifier is unknown.
 */
export function keyOfServer(snapshot: ServerSnapshot): string | null {
  const identifier = serverFact(snapshot)?.systemIdentifier ?? null;
  return identifier === null ? null : clusterKeyOf(snapshot.cluster, identifier);
}

/** The servers of one cluster. */
export interface ServerGroup {
  /** See {@linkcode clusterKeyOf}. */
  readonly key: string;
  /** Name given by the user; "" when none. */
  readonly name: string;
  /** `system_identifier`. */
  readonly systemIdentifier: string;
  /** Its servers, in configured order. */
  readonly servers: readonly ServerSnapshot[];
}

/**
 * Groups servers into clusters by system identifier, within the border of a cluster name.
 *
 * A server that was never reached has no known identifier. It belongs to the only known cluster of the servers with the
 * same cluster name; with several, or none, to no cluster.
 *
 * @param snapshots All watched servers.
 * @returns Clusters, in configured order.
 */
export function groupServers(snapshots: readonly ServerSnapshot[]): readonly ServerGroup[] {
  const identifiers = new Map<string, Set<string>>();
  for (const snapshot of snapshots) {
    const identifier = serverFact(snapshot)?.systemIdentifier ?? null;
    if (identifier === null) continue;
    const known = identifiers.get(snapshot.cluster);
    if (known === undefined) identifiers.set(snapshot.cluster, new Set([identifier]));
    else known.add(identifier);
  }
  const groups = new Map<string, ServerGroup & { readonly servers: ServerSnapshot[] }>();
  for (const snapshot of snapshots) {
    const { cluster: name } = snapshot;
    const systemIdentifier = identifierOf(snapshot, identifiers.get(name));
    if (systemIdentifier === null) continue;
    const key = clusterKeyOf(name, systemIdentifier);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, { key, name, systemIdentifier, servers: [snapshot] });
    else group.servers.push(snapshot);
  }
  return [...groups.values()];
}

function identifierOf(snapshot: ServerSnapshot, known: ReadonlySet<string> | undefined): string | null {
  const fact = serverFact(snapshot);
  if (fact !== null) return fact.systemIdentifier;
  const [only = null, ...others] = known ?? [];
  return others.length === 0 ? only : null;
}
