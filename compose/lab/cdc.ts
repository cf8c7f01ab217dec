/** A consumer of change data capture: a program that reads a logical slot and is no subscription, as Debezium is. */
import { Buffer } from "node:buffer";
import type { Writable } from "node:stream";
import postgres from "postgres";
import type { Server } from "./server.ts";

/** Output plugins that PostgreSQL itself has. */
export type CdcPlugin = "pgoutput" | "test_decoding";

/** What a consumer reads. */
export interface CdcOptions {
  /** The server with the slot. */
  readonly server: Server;
  /** The database of the slot. */
  readonly database: string;
  /** Password of the role `replicator`, as which it logs in. */
  readonly password: string;
  /** The slot, and its `application_name`. */
  readonly slot: string;
  /** The output plugin. */
  readonly plugin: CdcPlugin;
  /** What it reads, when the plugin is pgoutput. */
  readonly publication: string;
}

/** What a consumer does. */
export type CdcState = "stopped" | "connecting" | "confirming" | "reading";

const RETRY_MS = 500;
const STATUS_MS = 500;

/** One stream of changes, from the server's first message until it ends. */
interface Session {
  readonly sql: postgres.Sql;
  stream: Writable | null;
}

/** Reads a slot, and confirms what it has read, unless that is switched off. It connects again after every loss. */
export class CdcConsumer implements AsyncDisposable {
  readonly #options: CdcOptions;
  #server: Server;
  #stopping: AbortController | null = null;
  #running: Promise<void> = Promise.resolve();
  #session: Session | null = null;
  #confirms = true;
  #received = 0n;
  #confirmed = 0n;

  /** Nothing is read until {@linkcode CdcConsumer.start}. */
  constructor(options: CdcOptions) {
    this.#options = options;
    this.#server = options.server;
  }

  /** Name of its slot. */
  get slot(): string {
    return this.#options.slot;
  }

  /** The server that it reads from. */
  get server(): Server {
    return this.#server;
  }

  /** What it does: `reading` when it does not confirm. */
  get state(): CdcState {
    if (this.#stopping === null) return "stopped";
    if (!this.#session?.stream) return "connecting";
    return this.#confirms ? "confirming" : "reading";
  }

  /** Creates the slot unless it exists. */
  async createSlot(): Promise<void> {
    const { slot, plugin, database } = this.#options;
    await this.#server.client(database).query(
      `SELECT pg_create_logical_replication_slot('${slot}', '${plugin}')
       WHERE NOT EXISTS (SELECT FROM pg_replication_slots WHERE slot_name = '${slot}')`,
    );
  }

  /** Reads from now on; nothing happens when it already does. */
  start(): void {
    if (this.#stopping !== null) return;
    this.#stopping = new AbortController();
    this.#running = this.#run(this.#stopping.signal);
  }

  /** Stops reading and closes the connection. */
  async stop(): Promise<void> {
    this.#stopping?.abort();
    this.#stopping = null;
    await this.#session?.sql.end({ timeout: 0 }).catch(() => {});
    await this.#running;
  }

  /** Goes on reading, but confirms nothing any longer. */
  stopConfirming(): void {
    this.#confirms = false;
  }

  /** Confirms everything it has read. */
  startConfirming(): void {
    this.#confirms = true;
    this.#report();
  }

  /** Reads from another server from now on. */
  async moveTo(server: Server): Promise<void> {
    const reads = this.#stopping !== null;
    await this.stop();
    this.#server = server;
    if (reads) this.start();
  }

  /** Stops it. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  async #run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.#read(signal).catch(() => {}); // the server is down, or the slot is lost: try again
      if (!signal.aborted) await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
    }
  }

  async #read(signal: AbortSignal): Promise<void> {
    const { database, password, slot, plugin, publication } = this.#options;
    const sql = postgres({
      ...{ host: "127.0.0.1", port: this.#server.port, database, username: "replicator", password },
      ...{ ssl: false, max: 1, prepare: false, fetch_types: false, backoff: false, connect_timeout: 30 },
      ...{ idle_timeout: 0, max_lifetime: null, onnotice: () => {} },
      connection: { application_name: slot, replication: "database" },
    });
    const session: Session = { sql, stream: null };
    this.#session = session;
    const timer = setInterval(() => this.#report(), STATUS_MS);
    try {
      const parameters = plugin === "pgoutput"
        ? ` (proto_version '1', publication_names '${publication}')`
        : "";
      const stream = await sql.unsafe(`START_REPLICATION SLOT "${slot}" LOGICAL 0/0${parameters}`).writable();
      if (signal.aborted) return;
      this.#received = this.#confirmed = 0n;
      const ended = new Promise<void>((resolve) => {
        for (const event of ["error", "close", "end"]) stream.on(event, () => resolve());
      });
      stream.on("data", (message: Buffer) => this.#take(message));
      session.stream = stream;
      await ended;
    } finally {
      clearInterval(timer);
      session.stream = null;
      await sql.end({ timeout: 0 }).catch(() => {});
    }
  }

  /** Takes a message of the streaming replication protocol: changes (w), or a keepalive (k). */
  #take(message: Buffer): void {
    const kind = String.fromCharCode(message[0] ?? 0);
    if (kind !== "w" && kind !== "k") return;
    const position = message.readBigUInt64BE(1);
    if (position > this.#received) this.#received = position;
    if (kind === "k" && message[17] === 1) this.#report();
  }

  /** Sends a standby status update: written up to what was received, flushed up to what is confirmed, never applied. */
  #report(): void {
    const stream = this.#session?.stream;
    if (stream === null || stream === undefined || !stream.writable) return;
    if (this.#confirms) this.#confirmed = this.#received;
    const status = Buffer.alloc(34);
    status.write("r", 0);
    status.writeBigUInt64BE(this.#received, 1);
    status.writeBigUInt64BE(this.#confirmed, 9);
    status.writeBigInt64BE(BigInt(Date.now() - Date.UTC(2000, 0, 1)) * 1000n, 25);
    stream.write(status);
  }
}
