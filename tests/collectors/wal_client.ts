/**
 * A client that takes WAL without being a standby, as `pg_receivewal` does.
 *
 * @module
 */
import postgres from "postgres";
import type { Server } from "../../compose/lab/server.ts";
import type { Lsn } from "../../src/domain/lsn.ts";

/** A client; disposing it ends its connection. */
export interface WalClient extends AsyncDisposable {
  /** Reports what it has written, and nothing flushed or replayed. */
  report(written: Lsn): void;
}

/** Starts to stream WAL from the server's current position, without a slot. */
export async function takeWal(server: Server, applicationName: string): Promise<WalClient> {
  const position = await server.text("SELECT pg_current_wal_flush_lsn()");
  const url = new URL(server.dsn({ user: "replicator" }));
  const sql = postgres({
    host: "127.0.0.1",
    port: server.port,
    database: "postgres",
    username: "replicator",
    password: decodeURIComponent(url.password),
    ssl: false,
    max: 1,
    fetch_types: false,
    idle_timeout: 0,
    max_lifetime: null,
    backoff: false,
    onnotice: () => {},
    connection: { application_name: applicationName, replication: "true" },
  });
  const stream = await sql.unsafe(`START_REPLICATION PHYSICAL ${position}`).writable();
  stream.on("error", () => {});
  stream.on("data", () => {});
  return {
    report(written) {
      // Standby status update: https://www.postgresql.org/docs/current/protocol-replication.html
      const message = new DataView(new ArrayBuffer(34));
      message.setUint8(0, "r".charCodeAt(0));
      message.setBigInt64(1, written);
      stream.write(new Uint8Array(message.buffer));
    },
    async [Symbol.asyncDispose]() {
      stream.destroy();
      await sql.end({ timeout: 0 }).catch(() => {});
    },
  };
}
