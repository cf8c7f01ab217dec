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

/** Whether a server has subscriptions, and so applies what others publish; null when unknown. */
export function subscribes(snapshot: ServerSnapshot): boolean | null {
  const { hasSubscriptions = false } = serverFact(snapshot) ?? {};
  return snapshot.role === "primary" ? hasSubscriptions : false;
}

/** Stands for the identifier of a cluster if the login may not read it on any of its servers. */
export const UNKNOWN_IDENTIFIER = "unknown";

/** Whether the identifier of a cluster is known. */
export function isKnownIdentifier(systemIdentifier: string): boolean {
  return !systemIdentifier.startsWith(UNKNOWN_IDENTIFIER);
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
  /** `system_identifier`; {@linkcode UNKNOWN_IDENTIFIER}, with a server of the cluster if there are several, when none shows it. */
  readonly systemIdentifier: string;
  /** Whether servers without a known identifier are among them, so that it is assumed that they belong together. */
  readonly isGuessed?: boolean;
  /** Its servers, in configured order. */
  readonly servers: readonly ServerSnapshot[];
}

/**
 * Groups servers into clusters by system identifier, within the border of a cluster name.
 *
 * The identifier of a server is unknown if it was never reached or the login may not read it. Such a server belongs to the
 * only known cluster of the servers with the same cluster name; with several, to no cluster. Without any, the servers that
 * were reached are a cluster without an identifier. One that was never reached keeps the identifier under which it wrote in an
 * earlier run, so that a subscriber which is down is no standby of its publisher.
 *
 * @param snapshots All watched servers.
 * @param writtenAs The identifier under which a server wrote in an earlier run; null when it did not.
 * @returns Clusters, in configured order.
 */
export function groupServers(
  snapshots: readonly ServerSnapshot[],
  writtenAs: (server: string) => string | null = () => null,
): readonly ServerGroup[] {
  const identifiers = new Map<string, Set<string>>();
  const reached = snapshots.filter((each) => serverFact(each) !== null);
  for (const [name, servers] of Map.groupBy(reached, ({ cluster }) => cluster)) {
    const known = servers.flatMap((each) => serverFact(each)?.systemIdentifier ?? []);
    identifiers.set(name, new Set(known.length > 0 ? known : [UNKNOWN_IDENTIFIER]));
  }
  const identified = snapshots.flatMap((snapshot) => {
    const before = serverFact(snapshot) === null ? writtenAs(snapshot.server) : null;
    const systemIdentifier = before ?? identifierOf(snapshot, identifiers.get(snapshot.cluster));
    return systemIdentifier === null ? [] : [{ snapshot, name: snapshot.cluster, systemIdentifier }];
  });
  const groups = Map.groupBy(identified, (each) => clusterKeyOf(each.name, each.systemIdentifier));
  return [...groups].flatMap(([key, members]) => {
    const servers = members.map(({ snapshot }) => snapshot);
    const isGuessed = servers.some((each) => serverFact(each)?.systemIdentifier === null);
    return members.slice(0, 1).map(({ name, systemIdentifier }) => (
      { key, name, systemIdentifier, servers, ...isGuessed ? { isGuessed } : {} }
    ));
  });
}

function identifierOf(snapshot: ServerSnapshot, known: ReadonlySet<string> | undefined): string | null {
  const own = serverFact(snapshot)?.systemIdentifier ?? null;
  if (own !== null) return own;
  const [only = null, ...others] = known ?? [];
  return others.length === 0 ? only : null;
}
