/** A light write load: one persistent connection that inserts rows at a steady rate. */
import type { Server } from "./server.ts";
import type { SqlClient } from "./sql_client.ts";

// A shorter period costs more than it is worth.
const SHORTEST_PAUSE_SECONDS = 0.05;

/** Where a load writes. */
export interface LoadTarget {
  /** The database. */
  readonly database: string;
  /** The statement that writes so many rows. */
  readonly statement: (rows: number) => string;
}

const TEST_DATA: LoadTarget = {
  database: "postgres",
  statement: (rows) =>
    `INSERT INTO test_data (data) SELECT md5(random()::text) FROM generate_series(1, ${rows})`,
};

/** Inserts until it is disposed; silently retries while the server is down. */
export class WriteLoad implements AsyncDisposable {
  /** Rows per second; may be changed at any time, 0 pauses. */
  rowsPerSecond: number;
  readonly #stopping = new AbortController();
  readonly #running: Promise<void>;
  readonly #target: LoadTarget;
  #server: Server;
  #client: SqlClient;
  #written = 0;

  /** Starts writing to the server: to `test_data`, unless another target is given. */
  constructor(server: Server, rowsPerSecond: number, target: LoadTarget = TEST_DATA) {
    this.rowsPerSecond = rowsPerSecond;
    this.#target = target;
    this.#server = server;
    this.#client = server.connect("postgres", target.database);
    this.#running = this.#run();
  }

  /** Rows committed so far. */
  get written(): number {
    return this.#written;
  }

  /** Writes to another server from now on. */
  async moveTo(server: Server): Promise<void> {
    if (server === this.#server) return;
    const old = this.#client;
    this.#server = server;
    this.#client = server.connect("postgres", this.#target.database);
    await old.close();
  }

  /** Stops writing and closes the connection. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopping.abort();
    await this.#client.close();
    await this.#running;
    await this.#client.close();
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping;
    let due = 0;
    let last = performance.now();
    while (!signal.aborted) {
      await pause(Math.max(SHORTEST_PAUSE_SECONDS, Math.min(1, 1 / this.rowsPerSecond)), signal);
      const now = performance.now();
      // After an outage the load continues at its rate; it does not catch up on missed rows.
      due = Math.min(due + (now - last) / 1000 * this.rowsPerSecond, 2 * this.rowsPerSecond + 1);
      last = now;
      const rows = Math.floor(due);
      if (rows === 0 || signal.aborted) continue;
      try {
        await this.#client.query(this.#target.statement(rows), 60);
        this.#written += rows;
        due -= rows;
      } catch {
        await pause(0.2, signal);
      }
    }
  }
}

async function pause(seconds: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, seconds * 1000);
  const wake = () => resolve();
  signal.addEventListener("abort", wake, { once: true });
  await promise;
  clearTimeout(timer);
  signal.removeEventListener("abort", wake);
}
