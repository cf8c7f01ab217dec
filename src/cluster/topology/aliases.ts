/**
 * One server under several names: its own, and a virtual IP address, a proxy or a DNS alias.
 *
 * @module
 */
import type { ServerSnapshot } from "../../domain/view.ts";
import { keyOfServer, serverFact, type ServerGroup } from "./identity.ts";

interface KnownName {
  /** Cluster and start time of the postmaster that last responded under this name; null when none did. */
  postmaster: string | null;
  /** When that was, by its own clock. */
  readUnixSeconds: number;
  /** Whether it was in recovery then. */
  wasInRecovery: boolean;
  /** Whether the name has moved between servers: a virtual address, which is never a server's own name. */
  isFloating: boolean;
  /** The name it was an alias of when last resolved. */
  aliasOf: string | null;
}

/** Servers without their aliases. */
export interface DistinctServers {
  /** Each postmaster once, in configured order. */
  readonly servers: readonly ServerSnapshot[];
  /** Aliases: the server that each further name leads to. */
  readonly aliases: ReadonlyMap<string, string>;
  /** What was read under the further names. */
  readonly aliasSnapshots: readonly ServerSnapshot[];
}

/** The servers of one cluster, each postmaster once. */
export type DistinctGroup = ServerGroup & DistinctServers;

/**
 * Remembers which names lead to one postmaster: one system identifier and one `pg_postmaster_start_time()` to the
 * microsecond are one server.
 */
export class Aliases {
  readonly #names = new Map<string, KnownName>();

  /**
   * Records which postmaster responded under a name.
   *
   * One that had started before the last reading of another one is no restart of that. When it writes and so did the other
   * one, it may yet be the next primary behind the only name that the exporter has of both: that is a failover.
   *
   * @param snapshot The outcome of a collection; one that failed changes nothing.
   * @returns Whether the name moved to a server that is known under another name, which is no event of that server.
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
    this.#names.set(snapshot.server, {
      ...known,
      postmaster,
      readUnixSeconds: fact.clockUnixSeconds,
      wasInRecovery: fact.inRecovery,
      isFloating: known.isFloating || hasMoved,
    });
    return hasMoved;
  }

  /**
   * Finds aliases among the servers of one cluster. An unreachable name remains the alias that it was.
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

/** Cluster and start time of a postmaster: no two of one cluster start within one microsecond. */
function postmasterOf(snapshot: ServerSnapshot): string | null {
  const key = keyOfServer(snapshot);
  return key === null ? null : `${key} ${serverFact(snapshot)?.startUnixSeconds}`;
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
