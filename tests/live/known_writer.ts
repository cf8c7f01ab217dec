/**
 * A client that writes to whichever server takes it, and knows when which position was written: the truth of every lag.
 *
 * @module
 */
import type { SqlClient } from "../../compose/lab/sql_client.ts";
import { parseLsn } from "../../src/domain/lsn.ts";

/** A server to write to. */
export interface Writable {
  /** Its name. */
  readonly name: string;
  /** Opens a connection. */
  connect(user: "postgres"): SqlClient;
}

/** One acknowledged write. */
interface KnownWrite {
  readonly at: number;
  readonly position: bigint;
}

/** Now, seconds of this process's monotonic clock. */
export function monotonic(): number {
  return performance.now() / 1000;
}

/** Writes a row every tenth of a second, with the next server after every failure. */
export class KnownWriter implements AsyncDisposable {
  readonly #servers: readonly Writable[];
  readonly #clients: ReadonlyMap<Writable, SqlClient>;
  readonly #ended: Promise<void>;
  readonly #writes: KnownWrite[] = [];
  #isStopped = false;

  /** Writes from now on. */
  constructor(servers: readonly Writable[]) {
    this.#servers = servers;
    this.#clients = new Map(servers.map((server) => [server, server.connect("postgres")]));
    this.#ended = this.#run();
  }

  /** Longest time without a write since a moment, seconds. */
  longestGap(since: number): number {
    const times = [since, ...this.#writes.map(({ at }) => at).filter((at) => at > since), monotonic()];
    return Math.max(...times.slice(1).map((at, index) => at - (times[index] ?? at)));
  }

  /** Seconds at a moment since the first write beyond a position; 0 when there was none. */
  lagOf(position: bigint, at: number): number {
    const missing = this.#writes.find((write) => write.position > position);
    return missing === undefined ? 0 : Math.max(0, at - missing.at);
  }

  /** Seconds at a moment since the first write after another moment; 0 when there was none. */
  writtenSince(since: number, at: number): number {
    const first = this.#writes.find((write) => write.at > since);
    return first === undefined ? 0 : Math.max(0, at - first.at);
  }

  /** Stops. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#isStopped = true;
    await this.#ended;
    await Promise.all([...this.#clients.values()].map((client) => client.close()));
  }

  async #run(): Promise<void> {
    for (let index = 0; !this.#isStopped;) {
      const server = this.#servers[index % this.#servers.length];
      try {
        const rows = await (server && this.#clients.get(server))?.query(
          "WITH written AS (INSERT INTO test_data (data) VALUES (repeat('x', 100)) RETURNING id) " +
            "SELECT pg_current_wal_insert_lsn()::text AS position FROM written",
          2,
        );
        const position = parseLsn(String(rows?.[0]?.["position"]));
        this.#writes.push({ at: monotonic(), position });
      } catch {
        index++;
      }
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}
