/**
 * The first two steps towards a server: resolve its name, connect to it. Each ends with the caller's signal.
 *
 * The driver is handed a connected socket of ours, because it has neither an abort signal nor a deadline that covers
 * name resolution, and because destroying the socket is the only way to leave a server that has stopped answering.
 *
 * @module
 */
import { lookup } from "node:dns/promises";
import { connect, isIP, type Socket } from "node:net";
import type { Endpoint } from "../config/libpq_settings.ts";
import { abortable } from "../domain/deadline.ts";
import type { Step } from "./errors.ts";

/** Tells which step is under way, so that a deadline can name it. */
export type OnStep = (step: Step) => void;

/**
 * Opens a socket to a server.
 *
 * A host with several addresses is tried address by address, as libpq does.
 *
 * @param endpoint Where to.
 * @param options `signal` ends the attempt; `onStep` is told of every step; `order` arranges several addresses;
 *   `isPaused`: whether nothing is read yet, for who hands the socket on before the server has said a word. Deno 2.6
 *   would wait for that word and never begin TLS.
 * @returns A connected socket that belongs to the caller.
 */
export async function openSocket(
  endpoint: Endpoint,
  { signal, onStep, order = (addresses) => addresses, isPaused = false }: {
    readonly signal: AbortSignal;
    readonly onStep: OnStep;
    readonly isPaused?: boolean;
    readonly order?: (addresses: readonly string[]) => readonly string[];
  },
): Promise<Socket> {
  if (endpoint.host.startsWith("/")) {
    onStep("connect");
    return await connected(connect({ path: `${endpoint.host}/.s.PGSQL.${endpoint.port}` }), signal);
  }
  onStep("resolve");
  const addresses = order(await resolve(endpoint, signal));
  onStep("connect");
  let failure: unknown = new Error(`Cannot resolve "${endpoint.host}": it has no address`);
  for (const host of addresses) {
    try {
      const socket = connect({ host, port: endpoint.port, noDelay: true });
      return await connected(isPaused ? socket.pause() : socket, signal);
    } catch (error) {
      signal.throwIfAborted();
      failure = error;
    }
  }
  throw failure;
}

async function resolve(endpoint: Endpoint, signal: AbortSignal): Promise<readonly string[]> {
  const host = endpoint.hostAddress || endpoint.host;
  // The zone of an address (%eth0) is for the system to read.
  if (isIP(host) !== 0 || isIP(host.replace(/%.*$/, "")) !== 0) return [host];
  const found = await abortable(lookup(host, { all: true }), signal);
  return found.map((entry) => entry.address);
}

function connected(socket: Socket, signal: AbortSignal): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const settle = (finish: () => void) => {
      signal.removeEventListener("abort", onAbort);
      socket.off("connect", onConnect);
      socket.off("error", onError);
      finish();
    };
    const onConnect = () =>
      settle(() => {
        // Whoever reads from it hears of its end; an error with no listener would end the program.
        socket.on("error", () => {});
        resolve(socket);
      });
    const onError = (error: Error) =>
      settle(() => {
        socket.destroy();
        reject(error);
      });
    const onAbort = () =>
      settle(() => {
        // A destroyed socket may still say what it died of; nobody listens any more.
        socket.on("error", () => {});
        socket.destroy();
        reject(signal.reason);
      });
    if (signal.aborted) return onAbort();
    socket.once("connect", onConnect);
    socket.once("error", onError);
    signal.addEventListener("abort", onAbort, { once: true });
  });
}
