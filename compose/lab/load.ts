/** A light write load: one connection that inserts rows into `test_data` at a constant rate. */
import type { Server } from "./server.ts";
import type { SqlClient } from "./sql_client.ts";

// A shorter pause costs more than it adds.
const SHORTEST_PAUSE_SECONDS = 0.05;

/** Inserts until it is disposed; silently retries a server that is down. */
export class WriteLoad implements AsyncDisposable {
  /** Rows per second; may be changed at any time, 0 pauses. */
  rowsPerSecond: number;
  readonly #stopping = new AbortController();
  readonly #running: Promise<void>;
  #server: Server;
  #client: SqlClient;
  #written = 0;

  /** Starts writing to the server. */
  constructor(server: Server, rowsPerSecond: number) {
    this.rowsPerSecond = rowsPerSecond;
    this.#server = server;
    this.#client = server.connect("postgres");
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
    this.#client = server.connect("postgres");
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
      // After an outage the load continues at its rate, without catching up on missed rows.
      due = Math.min(due + (now - last) / 1000 * this.rowsPerSecond, 2 * this.rowsPerSecond + 1);
      last = now;
      const rows = Math.floor(due);
      if (rows === 0 || signal.aborted) continue;
      const text = `INSERT INTO test_data (data) SELECT md5(random()::text) FROM generate_series(1, ${rows})`;
      try {
        await this.#client.query(text, 60);
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
