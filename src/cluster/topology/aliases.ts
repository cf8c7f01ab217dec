/**
 * One server under several names: its own, and a virtual IP address, a proxy or a DNS alias.
 *
 * @module
 */
import type { ServerFact } from "../../domain/facts.ts";
import type { ServerSnapshot } from "../../domain/view.ts";
import { serverFact, type ServerGroup, timelineOf } from "./identity.ts";

/** No two postmasters of one cluster start within one microsecond. */
interface Postmaster {
  /** Name given by the user; "" when none. */
  readonly cluster: string;
  /** When it started, by its own clock. */
  readonly startUnixSeconds: number;
  /** Null when the login may not read it. */
  readonly systemIdentifier: string | null;
}

interface KnownName {
  /** The postmaster that last responded under this name; null when none did. */
  readonly postmaster: Postmaster | null;
  /** When it was last read, by its own clock. */
  readonly readUnixSeconds: number;
  /** Whether it was in recovery then. */
  readonly wasInRecovery: boolean;
  /** Whether the name has moved between servers: a virtual address, which is never a server's own name. */
  readonly isFloating: boolean;
  /** Number of the latest observation that reached it, and of the first after that which did not. */
  readonly readAt: number;
  readonly lostAt: number;
  /** The name it was an alias of when last resolved. */
  aliasOf: string | null;
}

const UNKNOWN_NAME: KnownName = {
  postmaster: null,
  readUnixSeconds: -Infinity,
  wasInRecovery: false,
  isFloating: false,
  readAt: 0,
  lostAt: 0,
  aliasOf: null,
};

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
  #observations = 0;

  /**
   * Records which postmaster responded under a name.
   *
   * @param snapshot The outcome of a collection.
   * @returns Whether the name moved to another server, which is no event of that server.
   */
  observe(snapshot: ServerSnapshot): boolean {
    const known = this.#known(snapshot.server);
    const readAt = ++this.#observations;
    if (!snapshot.up && known.lostAt < known.readAt) {
      this.#names.set(snapshot.server, { ...known, lostAt: readAt });
    }
    const fact = snapshot.up ? serverFact(snapshot) : null;
    const postmaster = fact === null ? null : postmasterOf(fact, snapshot.cluster);
    if (fact === null || postmaster === null) return false;
    const isSame = isOne(known.postmaster, postmaster);
    const hasMoved = known.postmaster !== null && !isSame &&
      !this.#isRestart(snapshot.server, postmaster) &&
      (known.isFloating || this.#isElsewhere(snapshot.server, postmaster));
    // Those that were second names of it are so no longer.
    if (hasMoved) {
      for (const each of this.#names.values()) if (each.aliasOf === snapshot.server) each.aliasOf = null;
    }
    this.#names.set(snapshot.server, {
      ...known,
      postmaster: isSame && postmaster.systemIdentifier === null ? known.postmaster : postmaster,
      readUnixSeconds: fact.clockUnixSeconds,
      wasInRecovery: fact.inRecovery,
      isFloating: known.isFloating || hasMoved,
      readAt,
      aliasOf: hasMoved ? null : known.aliasOf,
    });
    return hasMoved;
  }

  /**
   * Whether a postmaster that responds under a name for the first time is the previous one's successor on the same server: it
   * started after that one was last read, and no name of another server leads to it.
   */
  #isRestart(server: string, postmaster: Postmaster): boolean {
    return postmaster.startUnixSeconds >= this.#known(server).readUnixSeconds &&
      [...this.#names].every(([name, each]) =>
        !isOne(each.postmaster, postmaster) || this.ownName(name) === this.ownName(server)
      );
  }

  /**
   * Whether a postmaster that responds under a name for the first time is another server than the previous one: it is known
   * under another name, or it had started before that one was last read, so that this is no restart. With a single name for
   * both, a primary behind a primary may be a failover.
   */
  #isElsewhere(server: string, postmaster: Postmaster): boolean {
    const known = this.#known(server);
    const others = [...this.#names].filter(([name]) => name !== server).map(([, each]) => each);
    const isPaired = known.aliasOf !== null || others.some(({ aliasOf }) => aliasOf === server);
    return others.some((each) => isOne(each.postmaster, postmaster)) ||
      ((isPaired || known.wasInRecovery) && postmaster.startUnixSeconds < known.readUnixSeconds);
  }

  /**
   * Finds aliases among the servers of one cluster. An unreachable name remains the alias that it was.
   *
   * @param servers All servers of the cluster, in configured order.
   */
  resolve(servers: readonly ServerSnapshot[]): DistinctServers {
    const namesOf = Map.groupBy(servers.map(({ server }) => server), (server) => this.ownName(server));
    const byPostmaster = Map.groupBy(
      servers,
      ({ server }) => this.#postmasterOf(server, namesOf.get(this.ownName(server)) ?? []) ?? server,
    );
    const aliases = new Map<string, string>();
    for (const same of byPostmaster.values()) {
      if (same.length === 1) continue;
      const current = same.filter((each) => each.up && !this.#isPast(each, { same, servers }));
      const gone = same.filter(({ up }) => !up);
      const own = current.find(({ server }) => !this.#known(server).isFloating) ?? current[0] ??
        gone.find(({ server }) => this.#known(server).aliasOf === null) ?? gone[0];
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

  /**
   * Whether a server is not what was last read under a name: it has become unreachable under another one since, and a
   * later primary was read.
   */
  #isPast(
    read: ServerSnapshot,
    { same, servers }: {
      readonly same: readonly ServerSnapshot[];
      readonly servers: readonly ServerSnapshot[];
    },
  ): boolean {
    const { readAt } = this.#known(read.server);
    const timeline = timelineOf(read) ?? Infinity;
    return same.some((each) => !each.up && this.#known(each.server).lostAt > readAt) &&
      servers.some((each) => each.up && each.role === "primary" && (timelineOf(each) ?? 0) > timeline);
  }

  /** The postmaster under a name; after a restart it may have been read under another name of the server only. */
  #postmasterOf(server: string, names: readonly string[]): string | null {
    const known = this.#known(server);
    const isLost = known.lostAt > known.readAt;
    const restarted = names.map((name) => this.#known(name)).find((each) =>
      each.readAt > known.readAt &&
      (each.postmaster?.startUnixSeconds ?? -Infinity) >= known.readUnixSeconds &&
      !(isLost && each.isFloating)
    );
    const last = known.postmaster && (restarted?.postmaster ?? known.postmaster);
    if (last === null) return null;
    // An identifier that the login may not read is the one that was read under another name of the server.
    const { systemIdentifier } = last;
    const [only = "", ...others] = systemIdentifier !== null ? [systemIdentifier] : new Set(
      [...this.#names.values()].flatMap(({ postmaster }) =>
        isOne(postmaster, last) ? postmaster?.systemIdentifier ?? [] : []
      ),
    );
    return [last.cluster, last.startUnixSeconds, others.length === 0 ? only : ""].join(" ");
  }

  #known(server: string): KnownName {
    const known = this.#names.get(server) ?? { ...UNKNOWN_NAME };
    this.#names.set(server, known);
    return known;
  }
}

function postmasterOf(fact: ServerFact, cluster: string): Postmaster | null {
  const { systemIdentifier, startUnixSeconds } = fact;
  return startUnixSeconds === null ? null : { cluster, startUnixSeconds, systemIdentifier };
}

function isOne(a: Postmaster | null, b: Postmaster | null): boolean {
  return a !== null && b !== null && a.cluster === b.cluster && a.startUnixSeconds === b.startUnixSeconds &&
    (a.systemIdentifier ?? b.systemIdentifier) === (b.systemIdentifier ?? a.systemIdentifier);
}

/**
 * Whether two names lead to one postmaster.
 *
 * @param a A server, as last read.
 * @param b Another.
 */
export function isSamePostmaster(a: ServerSnapshot, b: ServerSnapshot): boolean {
  const [one, other] = [serverFact(a), serverFact(b)];
  return one !== null && other !== null && isOne(postmasterOf(one, ""), postmasterOf(other, ""));
}
