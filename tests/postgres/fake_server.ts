/**
 * A scripted server, for logins that no real server would offer.
 *
 * @module
 */
import { connect, type Socket } from "node:net";

/** A message of the protocol: its letter, and what follows the length. */
export function message(letter: string, body: string | readonly number[]): Uint8Array {
  const bytes = typeof body === "string" ? new TextEncoder().encode(body) : new Uint8Array(body);
  const all = new Uint8Array(bytes.length + 5);
  all.set(new TextEncoder().encode(letter));
  new DataView(all.buffer).setUint32(1, bytes.length + 4);
  all.set(bytes, 5);
  return all;
}

/** An authentication request. */
export function request(kind: number, body = ""): Uint8Array {
  return message("R", [0, 0, 0, kind, ...new TextEncoder().encode(body)]);
}

/** The messages of a server that is ready for queries. */
export const READY = [message("S", "server_version\x0015.0\0"), message("Z", "I")];

/**
 * Connects to a server that answers each message with the next of its answers; null closes the connection.
 *
 * @param answers The answers; a function builds one from the received message.
 * @param body The test, with the socket and the messages received so far.
 */
export async function withFakeServer(
  answers: readonly (readonly Uint8Array[] | null | ((heard: string) => readonly Uint8Array[]))[],
  body: (socket: Socket, heard: readonly string[]) => Promise<void>,
): Promise<void> {
  const heard: string[] = [];
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const served = (async () => {
    using connection = await listener.accept();
    const buffer = new Uint8Array(65536);
    for (let turn = 0;; turn++) {
      const count = await connection.read(buffer).catch(() => null);
      if (count === null) return;
      const text = new TextDecoder("latin1").decode(buffer.subarray(0, count));
      heard.push(text);
      const answer = answers[turn];
      if (answer === null) return;
      const parts = typeof answer === "function" ? answer(text) : answer ?? [];
      for (const part of parts) await connection.write(part).catch(() => 0);
    }
  })();
  const socket = connect({ host: "127.0.0.1", port: listener.addr.port });
  await new Promise((resolve) => socket.once("connect", resolve));
  socket.on("error", () => {});
  try {
    await body(socket, heard);
  } finally {
    const closed = new Promise((resolve) => socket.once("close", resolve));
    if (socket.destroyed) await served;
    else {
      socket.destroy();
      await Promise.all([closed, served]);
    }
  }
}
