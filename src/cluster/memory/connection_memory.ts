/**
 * Since when each standby is connected or disconnected, and its last upstream.
 *
 * @module
 */

/** What is remembered of the connection of one standby. */
export interface Connection {
  /** Whether it receives WAL by streaming, when last known. */
  readonly connected: boolean;
  /** Since when: our monotonic seconds; null when it has not changed since first seen. */
  readonly changedAt: number | null;
  /** Name of the server it received from when last known; null when never known. */
  readonly upstream: string | null;
}

/** State of one standby at a collection. */
export interface ConnectionState {
  /** Its name. */
  readonly name: string;
  /** Whether it is connected; null when unknown, which changes nothing. */
  readonly connected: boolean | null;
  /** The server it receives from; null when unknown. */
  readonly upstream: string | null;
  /** When: our monotonic seconds. */
  readonly at: number;
  /** Whether it is known to have been absent before. */
  readonly isNew: boolean;
}

/** Remembers the connections of the standbys of one cluster. */
export class ConnectionMemory {
  readonly #connections = new Map<string, Connection>();

  /** What is remembered of a standby; null when its connection was never known. */
  of(name: string): Connection | null {
    return this.#connections.get(name) ?? null;
  }

  /**
   * Records the state of a standby.
   *
   * @returns Whether it attached or detached; null when neither.
   */
  observe(state: ConnectionState): "attached" | "detached" | null {
    const { name: key, connected, at, isNew } = state;
    const before = this.of(key);
    const upstream = state.upstream ?? before?.upstream ?? null;
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
   * Forgets all other standbys.
   *
   * @param names Those to keep.
   */
  keepOnly(names: ReadonlySet<string>): void {
    for (const name of this.#connections.keys()) if (!names.has(name)) this.#connections.delete(name);
  }
}
