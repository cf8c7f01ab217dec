/**
 * One server under several names: a node and a virtual IP address, a proxy or a DNS alias in front of it.
 *
 * @module
 */
import type { ServerSnapshot } from "../../domain/view.ts";
import { serverFact } from "./identity.ts";

interface KnownName {
  /** Identifier and start of the postmaster that last answered under this name; null when none did. */
  postmaster: string | null;
  /** When that was, by its own clock. */
  readUnixSeconds: number;
  /** Whether it was in recovery then. */
  wasInRecovery: boolean;
  /** Whether the name has led to different servers: a virtual address, which is never the server's own name. */
  isFloating: boolean;
  /** The name it was an alias of when last resolved. */
  aliasOf: string | null;
}

/** Servers without their second names. */
export interface DistinctServers {
  /** Each postmaster once, in configured order. */
  readonly servers: readonly ServerSnapshot[];
  /** The server that each further name leads to. */
  readonly aliases: ReadonlyMap<string, string>;
  /** What was read under the further names. */
  readonly aliasSnapshots: readonly ServerSnapshot[];
}

/**
 * Remembers which names lead to one postmaster: one system identifier and one `pg_postmaster_start_time()` to the
 * microsecond are one server.
 */
export class Aliases {
  readonly #names = new Map<string, KnownName>();

  /**
   * Records which postmaster answered under a name.
   *
   * One that had started before the last reading of another one is no restart of that. When it writes and so did the other
   * one, it may yet be the next primary behind the only name that the exporter has of both: that is a failover.
   *
   * @param snapshot The outcome of a collection; one that failed changes nothing.
   * @returns Whether the name leads to another server now, to which nothing has happened.
   */
  observe(snapshot: ServerSnapshot): boolean {
    const fact = snapshot.up ? serverFact(snapshot) : null;
    const postmaster = postmasterOf(snapshot);
    if (fact === null || postmaster === null) return false;
    const known = this.#known(snapshot.server);
    const others = [...this.#names].filter(([name]) => name !== snapshot.server);
    const isPaired = known.aliasOf !== null || others.some(([, { aliasOf }]) => aliasOf === snapshot.server);
    const hasMoved = known.postmaster !== null && known.postmaster !== postmaster &&
      (known.isFloating || others.some(([, each]) => each.postmaster === postmaster) ||
        ((isPaired || known.wasInRecovery) && fact.startUnixSeconds < known.readUnixSeconds));
    // Those that were second names of it are so no longer.
    if (hasMoved) {
      for (const [, each] of others) if (each.aliasOf === snapshot.server) each.aliasOf = null;
    }
    this.#names.set(snapshot.server, {
      ...known,
      aliasOf: hasMoved ? null : known.aliasOf,
      postmaster,
      readUnixSeconds: fact.clockUnixSeconds,
      wasInRecovery: fact.inRecovery,
      isFloating: known.isFloating || hasMoved,
    });
    return hasMoved;
  }

  /**
   * Finds second names among the servers of one cluster. A name that is unreachable remains the alias that it was.
   *
   * @param servers All servers of the cluster, in configured order.
   */
  resolve(servers: readonly ServerSnapshot[]): DistinctServers {
    const byPostmaster = Map.groupBy(servers, ({ server }) => this.#known(server).postmaster ?? server);
    const aliases = new Map<string, string>();
    for (const same of byPostmaster.values()) {
      if (same.length === 1) continue;
      const own = same.find(({ server, up }) => up && !this.#known(server).isFloating) ??
        same.find(({ up }) => up) ?? same.find(({ server }) => this.#known(server).aliasOf === null);
      for (const { server } of same) if (own && server !== own.server) aliases.set(server, own.server);
    }
    const names = new Set(servers.map(({ server }) => server));
    for (const { server, up } of servers) {
      const known = this.#known(server);
      const last = known.aliasOf;
      if (!up && last !== null && names.has(last) && !aliases.has(server) && !aliases.has(last)) {
        aliases.set(server, last);
      }
      known.aliasOf = aliases.get(server) ?? null;
    }
    return {
      servers: servers.filter(({ server }) => !aliases.has(server)),
      aliases,
      aliasSnapshots: servers.filter(({ server }) => aliases.has(server)),
    };
  }

  /** The name that a server is known by, whatever it is called. */
  ownName(server: string): string {
    return this.#names.get(server)?.aliasOf ?? server;
  }

  /** Forgets a name that is no longer watched. */
  forget(server: string): void {
    this.#names.delete(server);
  }

  #known(server: string): KnownName {
    const known = this.#names.get(server) ?? {
      postmaster: null,
      readUnixSeconds: -Infinity,
      wasInRecovery: false,
      isFloating: false,
      aliasOf: null,
    };
    this.#names.set(server, known);
    return known;
  }
}

/** Postmaster of a server that was reached: no two of one cluster start within one microsecond. */
function postmasterOf(snapshot: ServerSnapshot): string | null {
  const fact = serverFact(snapshot);
  if (fact === null || fact.systemIdentifier === null) return null;
  return `${snapshot.cluster} ${fact.systemIdentifier} ${fact.startUnixSeconds}`;
}

/**
 * Whether two names lead to one postmaster.
 *
 * @param a A server, as last read.
 * @param b Another.
 */
export function isSamePostmaster(a: ServerSnapshot, b: ServerSnapshot): boolean {
  const [one, other] = [serverFact(a), serverFact(b)];
  return one !== null && other !== null && one.systemIdentifier === other.systemIdentifier &&
    one.startUnixSeconds === other.startUnixSeconds;
}
