/**
 * One server under several names: its own, and a virtual IP address, a proxy or a DNS alias.
 *
 * @module
 */
import type { ServerSnapshot } from "../../domain/view.ts";
import { keyOfServer, serverFact } from "./identity.ts";

interface KnownName {
  /** Cluster and start time of the postmaster that last responded under this name; null when none did. */
  postmaster: string | null;
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
}

/**
 * Remembers which names lead to one postmaster: one system identifier and one `pg_postmaster_start_time()` to the
 * microsecond are one server.
 */
export class Aliases {
  readonly #names = new Map<string, KnownName>();

  /**
   * Records which postmaster responded under a name.
   *
   * @param snapshot The outcome of a collection; one that failed changes nothing.
   * @returns Whether the name moved to a server that is known under another name, which is no event of that server.
   */
  observe(snapshot: ServerSnapshot): boolean {
    const postmaster = snapshot.up ? postmasterOf(snapshot) : null;
    const known = this.#known(snapshot.server);
    if (postmaster === null || postmaster === known.postmaster) return false;
    const hasMoved = known.postmaster !== null &&
      [...this.#names.values()].some((each) => each !== known && each.postmaster === postmaster);
    known.postmaster = postmaster;
    known.isFloating ||= hasMoved;
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
        same.find(({ up }) => up) ?? same[0];
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
    return { servers: servers.filter(({ server }) => !aliases.has(server)), aliases };
  }

  /** Forgets a name that is no longer watched. */
  forget(server: string): void {
    this.#names.delete(server);
  }

  #known(server: string): KnownName {
    const known = this.#names.get(server) ?? { postmaster: null, isFloating: false, aliasOf: null };
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
