/**
 * The first two steps to a server: resolve its name, connect to it. Both end with the caller's signal.
 *
 * The driver gets a connected socket, because it has neither an abort signal nor a deadline that covers name
 * resolution, and because only destroying the socket ends a connection to a server that no longer responds.
 *
 * @module
 */
import { lookup } from "node:dns/promises";
import { connect, isIP, type Socket } from "node:net";
import type { Endpoint } from "../config/libpq_settings.ts";
import { abortable } from "../domain/deadline.ts";
import type { ConnectionStep } from "./errors.ts";

/**
 * Opens a socket to a server. The addresses of a host are tried one after the other, as libpq does.
 *
 * @param options `signal` ends the attempt; `onStep` is called before each step, so that a deadline can name it; `order`
 *   orders several addresses; `isPaused`: whether the socket stays unread, for a caller that starts TLS before the
 *   server has sent anything: Deno 2.6 would wait for data and never start it.
 * @returns A connected socket, owned by the caller.
 */
export async function openSocket(
  endpoint: Endpoint,
  { signal, onStep, order = (addresses) => addresses, isPaused = false }: {
    readonly signal: AbortSignal;
    readonly onStep: (step: ConnectionStep) => void;
    readonly isPaused?: boolean;
    readonly order?: (addresses: readonly string[]) => readonly string[];
  },
): Promise<Socket> {
  const { host, port } = endpoint;
  if (host.startsWith("/")) {
    onStep("connect");
    return await untilConnected(connect({ path: `${host}/.s.PGSQL.${port}` }), signal);
  }
  onStep("resolve");
  const addresses = order(await resolve(endpoint, signal));
  onStep("connect");
  let failure: unknown = new Error(`Cannot resolve "${host}": it has no address`);
  for (const address of addresses) {
    try {
      const socket = connect({ host: address, port, noDelay: true });
      return await untilConnected(isPaused ? socket.pause() : socket, signal);
    } catch (error) {
      signal.throwIfAborted();
      failure = error;
    }
  }
  throw failure;
}

async function resolve(endpoint: Endpoint, signal: AbortSignal): Promise<readonly string[]> {
  const host = endpoint.hostAddress || endpoint.host;
  // The system reads the zone of an address (%eth0).
  if (isIP(host.replace(/%.*$/, "")) !== 0) return [host];
  const found = await abortable(lookup(host, { all: true }), signal);
  return found.map(({ address }) => address);
}

async function untilConnected(socket: Socket, signal: AbortSignal): Promise<Socket> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  socket.once("connect", resolve);
  // Stays for the life of the socket: its reader learns of the end by itself, and an error without a listener would end
  // the program.
  socket.on("error", reject);
  try {
    await abortable(promise, signal);
    return socket;
  } catch (error) {
    socket.destroy();
    throw error;
  }
}
