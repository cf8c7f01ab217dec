/**
 * A program that reads WAL over the replication protocol and is no standby: it says nothing of use to the server.
 *
 * @module
 */

function message(type: string, payload: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(type.length + 4 + payload.length);
  bytes.set(new TextEncoder().encode(type));
  new DataView(bytes.buffer).setInt32(type.length, 4 + payload.length);
  bytes.set(payload, type.length + 4);
  return bytes;
}

function text(...parts: readonly string[]): Uint8Array {
  return new TextEncoder().encode(parts.map((part) => `${part}\0`).join(""));
}

/** A status update that reports no position: written, flushed and applied are 0. */
function emptyStatus(): Uint8Array {
  const payload = new Uint8Array(1 + 8 * 4 + 1);
  payload[0] = "r".charCodeAt(0);
  // Microseconds since 2000, in its own clock.
  new DataView(payload.buffer).setBigInt64(25, BigInt(Date.now() - Date.UTC(2000, 0, 1)) * 1000n);
  return message("d", payload);
}

/** What a reader is. */
export interface ReaderOptions {
  readonly port: number;
  /** A role that needs no password. */
  readonly user: string;
  /** Its `application_name`; "" for none. */
  readonly name: string;
  /** Where to start. */
  readonly position: string;
  /** The database that it connects to, as pgjdbc does; none when absent. */
  readonly database?: string;
  /** A physical slot; none when absent. */
  readonly slot?: string;
}

/** Reads WAL until it is disposed. */
export async function startWalReader(options: ReaderOptions): Promise<AsyncDisposable> {
  const { port, user, name, position, database, slot } = options;
  const connection = await Deno.connect({ hostname: "127.0.0.1", port });
  const version = new Uint8Array([0, 3, 0, 0]);
  const names = name === "" ? [] : ["application_name", name];
  const mode = database === undefined ? ["true"] : ["database", "database", database];
  const parameters = text("user", user, "replication", ...mode, ...names, "");
  await connection.write(message("", new Uint8Array([...version, ...parameters])));
  await connection.write(
    message("Q", text(`START_REPLICATION ${slot === undefined ? "" : `SLOT ${slot} `}PHYSICAL ${position}`)),
  );
  const timer = setInterval(() => connection.write(emptyStatus()).catch(() => {}), 500);
  const reading = (async () => {
    const buffer = new Uint8Array(65536);
    while (await connection.read(buffer) !== null);
  })().catch(() => {});
  return {
    async [Symbol.asyncDispose]() {
      clearInterval(timer);
      connection.close();
      await reading;
    },
  };
}
