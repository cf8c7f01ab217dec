/**
 * Loopback addresses as hosts: a TCP forwarder with its own listen and source addresses.
 *
 * @module
 */
import net from "node:net";
import type { AddressInfo } from "node:net";

/** Listen address, target and source address of a forwarder. */
export interface ForwarderOptions {
  /** Address to listen on. */
  readonly listen: string;
  /** Port to listen on; a free one when absent. */
  readonly port?: number;
  /** Target port on 127.0.0.1, read for each connection. */
  readonly to: () => number;
  /** Source address of the connections. */
  readonly from: string;
}

/** A forwarder that listens. */
export interface Forwarder extends AsyncDisposable {
  /** Its port. */
  readonly port: number;
  /** Connections accepted so far. */
  readonly accepted: number;
}

/**
 * Starts a forwarder.
 *
 * @param options Its two ends.
 * @throws {Error} When the address is not available.
 */
export async function forward(options: ForwarderOptions): Promise<Forwarder> {
  const sockets = new Set<net.Socket>();
  let accepted = 0;
  const own = (socket: net.Socket, other: net.Socket) => {
    sockets.add(socket);
    socket.setNoDelay(true);
    socket.on("error", () => {}); // what counts is that it closes
    socket.on("close", () => {
      sockets.delete(socket);
      other.destroy();
    });
  };
  const server = net.createServer((client) => {
    accepted++;
    const onward = net.connect({ host: "127.0.0.1", port: options.to(), localAddress: options.from });
    own(client, onward);
    own(onward, client);
    client.pipe(onward);
    onward.pipe(client);
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(options.port ?? 0, options.listen, () => resolve());
  });
  const address: AddressInfo | string | null = server.address();
  if (address === null || typeof address === "string") throw new Error("A TCP server has a port");
  return {
    port: address.port,
    get accepted() {
      return accepted;
    },
    async [Symbol.asyncDispose]() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

/** Whether loopback addresses other than 127.0.0.1 can be bound on this machine; on Linux they can. */
export function hasLoopback(address: string): boolean {
  try {
    Deno.listen({ hostname: address, port: 0 }).close();
    return true;
  } catch {
    return false;
  }
}
