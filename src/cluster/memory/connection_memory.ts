/**
 * Since when each standby is connected or not, and what it was last connected to.
 *
 * @module
 */

/** What is remembered of the connection of one standby. */
export interface Connection {
  /** Whether it receives WAL by streaming, when last known. */
  readonly connected: boolean;
  /** Since when: our monotonic seconds; null when it was so when first seen. */
  readonly changedAt: number | null;
  /** Name of the server it received from when last known; null when never known. */
  readonly upstream: string | null;
}

/** What is seen of one standby at a collection. */
export interface ConnectionSight {
  /** Its name. */
  readonly name: string;
  /** Whether it is connected; null when nobody can tell, which changes nothing. */
  readonly connected: boolean | null;
  /** The server it receives from; null when not known. */
  readonly upstream: string | null;
  /** When: our monotonic seconds. */
  readonly at: number;
  /** Whether it appeared now, where it was known not to be before. */
  readonly isNew: boolean;
}

/** Remembers the connections of the standbys of one cluster. */
export class ConnectionMemory {
  readonly #connections = new Map<string, Connection>();

  /**
   * What is remembered of a standby; null when its connection was never known.
   *
   * @param name Its name.
   */
  of(name: string): Connection | null {
    return this.#connections.get(name) ?? null;
  }

  /**
   * Takes in what is seen of a standby.
   *
   * @param sight What is seen.
   * @returns What happened to it: it attached, it detached, or nothing (null).
   */
  observe(sight: ConnectionSight): "attached" | "detached" | null {
    const { connected, at, isNew } = sight;
    const key = sight.name;
    const before = this.of(key);
    const upstream = sight.upstream ?? before?.upstream ?? null;
    if (connected === null) {
      if (before !== null) this.#connections.set(key, { ...before, upstream });
      return null;
    }
    const changed = before === null ? isNew : before.connected !== connected;
    this.#connections.set(key, { connected, upstream, changedAt: changed ? at : before?.changedAt ?? null });
    if (!changed) return null;
    return connected ? "attached" : "detached";
  }

  /** Forgets upstreams that are of another cluster. */
  forgetUpstreams(isForeign: (server: string) => boolean): void {
    for (const [name, connection] of this.#connections) {
      if (connection.upstream !== null && isForeign(connection.upstream)) {
        this.#connections.set(name, { ...connection, upstream: null });
      }
    }
  }

  /**
   * Forgets standbys that are no more.
   *
   * @param names Those that are.
   */
  keepOnly(names: ReadonlySet<string>): void {
    for (const name of this.#connections.keys()) if (!names.has(name)) this.#connections.delete(name);
  }
}
