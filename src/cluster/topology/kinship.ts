/**
 * Which servers of one system identifier, or of an identifier that the login may not read, form one cluster, when the user
 * did not name clusters.
 *
 * @module
 */
import type { ServerSnapshot } from "../../domain/view.ts";
import type { DistinctGroup } from "./aliases.ts";
import { deriveEdges } from "./edges.ts";
import { serverFact, type ServerGroup, timelineOf, UNKNOWN_IDENTIFIER } from "./identity.ts";
import { joinSenders } from "./join_senders.ts";
import { UpstreamIndex } from "./upstream_index.ts";

/**
 * Separates copies from members: a base backup that was restored and promoted elsewhere has the system identifier of the
 * original, but is another cluster.
 *
 * Two primaries belong to one cluster when one was seen as a standby of the other, when a watched standby follows or
 * followed both, or when both are on one timeline. Servers with a cluster name need no such evidence.
 */
export class Kinship {
  /** A relative of each server; one without is a relative of itself alone. */
  readonly #relatives = new Map<string, string>();
  readonly #keys = new Map<string, string>();
  /** The server whose cluster keeps the plain key, by that key. */
  readonly #first = new Map<string, string>();
  readonly #isOneByIdentifier: boolean;

  /**
   * Knows of no relation yet.
   *
   * @param isOneByIdentifier Whether servers that show one identifier are one cluster without further evidence.
   */
  constructor(isOneByIdentifier = false) {
    this.#isOneByIdentifier = isOneByIdentifier;
  }

  /** Whether it has to be found out which of the servers belong together. */
  mayDivide({ isGuessed = false }: Pick<ServerGroup, "isGuessed">): boolean {
    return isGuessed || !this.#isOneByIdentifier;
  }

  /**
   * Records who follows whom.
   *
   * @param group Servers of one system identifier, and the server that each further name of one leads to.
   */
  observe(group: DistinctGroup): void {
    const { name, servers, aliases } = group;
    if (name !== "") return;
    for (const [alias, server] of aliases) this.#relate(alias, server);
    if (servers.length < 2) return;
    const index = new UpstreamIndex(servers, group);
    const senders = joinSenders(servers, undefined, index);
    for (const [standby, { upstream }] of senders.joined) this.#relate(standby, upstream.server);
    for (const { upstream, downstream } of deriveEdges(servers, senders, index)) {
      this.#relate(downstream, upstream);
    }
  }

  /**
   * Separates servers of one system identifier into clusters.
   *
   * @param group The servers; with a cluster name, or no more than one primary, they are one cluster.
   */
  separate(group: DistinctGroup): readonly DistinctGroup[] {
    const { key, name, servers, aliases, aliasSnapshots } = group;
    const primaries = servers.filter(({ role }) => role === "primary");
    for (const { server } of servers) this.#keys.set(server, key);
    if (name !== "" || primaries.length < 2) return [group];
    // Without an identifier one timeline proves nothing: it is that of every cluster without a failover.
    const identified = new Set(
      [...servers, ...aliasSnapshots].filter((each) => (serverFact(each)?.systemIdentifier ?? null) !== null)
        .map(({ server }) => aliases.get(server) ?? server),
    );
    const isIdentified = ({ server }: ServerSnapshot) => identified.has(server);
    const alike = (this.#isOneByIdentifier ? servers : primaries).filter(isIdentified);
    const likeness = (each: ServerSnapshot) =>
      this.#isOneByIdentifier ? key : timelineOf(each) ?? each.server;
    for (const [, same] of Map.groupBy(alike, likeness)) {
      for (const each of same) this.#relate(each.server, same[0]?.server ?? each.server);
    }
    const families = [...Map.groupBy(servers, (each) => this.#familyOf(each, primaries)).entries()];
    if (families.length === 1) return [group];
    const known = families.filter(([, members]) => members.some(isIdentified));
    const original = originalOf(known.length > 0 ? known : families);
    const first = this.#first.get(key) ?? original?.server ?? "";
    this.#first.set(key, first);
    return families.map(([family, members]) => {
      const isFirst = members.some(({ server }) => server === first);
      const itsKey = isFirst ? key : `${key} of ${family}`;
      for (const { server } of members) this.#keys.set(server, itsKey);
      const unknown = isFirst ? UNKNOWN_IDENTIFIER : `${UNKNOWN_IDENTIFIER} of ${family}`;
      const systemIdentifier = members.some(isIdentified) ? group.systemIdentifier : unknown;
      return { ...group, key: itsKey, systemIdentifier, servers: members };
    });
  }

  /** The key of the cluster that a server last belonged to; null when unknown. */
  keyOf(server: string): string | null {
    return this.#keys.get(server) ?? null;
  }

  /** Forgets a server that is no longer watched; those that are related through it remain so. */
  forget(server: string): void {
    const near = [...this.#relatives].filter(([, relative]) => relative === server).map(([name]) => name);
    const root = this.#relatives.get(server) ?? near[0];
    this.#relatives.delete(server);
    for (const each of near) {
      if (root === undefined || each === root) this.#relatives.delete(each);
      else this.#relatives.set(each, root);
    }
    this.#keys.delete(server);
  }

  /** A server that follows none of the primaries belongs to the one on its timeline, else to the first. */
  #familyOf(server: ServerSnapshot, primaries: readonly ServerSnapshot[]): string {
    const own = this.#rootOf(server.server);
    if (primaries.some((each) => this.#rootOf(each.server) === own)) return own;
    const near = primaries.find((each) => timelineOf(each) === timelineOf(server)) ?? primaries[0];
    return this.#rootOf(near?.server ?? server.server);
  }

  #relate(a: string, b: string): void {
    const [one, other] = [this.#rootOf(a), this.#rootOf(b)];
    if (one !== other) this.#relatives.set(one, other);
  }

  #rootOf(server: string): string {
    let root = server;
    for (let next = this.#relatives.get(root); next !== undefined; next = this.#relatives.get(root)) {
      root = next;
    }
    return root;
  }
}

/** The original rather than the copy: with most members, else on the lowest timeline. */
function originalOf(
  families: readonly (readonly [string, readonly ServerSnapshot[]])[],
): ServerSnapshot | undefined {
  const lowest = (members: readonly ServerSnapshot[]) =>
    Math.min(...members.map((each) => timelineOf(each) ?? Infinity));
  const [most] = families.map(([, members]) => members)
    .toSorted((a, b) => b.length - a.length || lowest(a) - lowest(b));
  return most?.find(({ role }) => role === "primary");
}
