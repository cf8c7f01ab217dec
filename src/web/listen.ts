import { formatListenAddress } from "../config/listen_address.ts";
import type { ListenAddress } from "../config/config.ts";
import { type Clock, systemClock } from "../domain/clock.ts";
import { watchAccepting } from "./accept_watch.ts";
import { bindErrorCode, bindTo, listenAddressOf } from "./bind.ts";
import type { App } from "./handler.ts";
import type { TlsSettings } from "./security/security.ts";
import { createNodeServer, DEFAULT_HTTP_LIMITS, type HttpLimits, type NodeServer } from "./node_server.ts";
import { errorMessage } from "../domain/thrown.ts";

/** Longest wait for scrapes in flight at the end, seconds; the process must end within 2 s. */
const SHUTDOWN_SECONDS = 1.5;

/** How to listen. */
export interface ListenOptions {
  /** Addresses; `hostname` "" means all addresses of both IP versions, `port` 0 a port that the system chooses. */
  readonly addresses: readonly ListenAddress[];
  /** Stops the server: no new connections, 1.5 s for answers in flight, then all connections are closed. */
  readonly signal: AbortSignal;
  /** Clock; the system's when absent. */
  readonly clock?: Clock;
  /** Limits that differ from {@linkcode DEFAULT_HTTP_LIMITS}. */
  readonly limits?: Partial<HttpLimits>;
  /** Called when connections cannot be accepted. */
  readonly onError?: (error: unknown) => void;
  /** TLS; plain HTTP when absent or null. */
  readonly tls?: TlsSettings | null;
  /** Called with the reason, one sentence, when a TLS handshake fails or a client is refused. */
  readonly onRefusedClient?: (reason: string) => void;
}

/** A listening server. */
export interface Listening {
  /** Addresses, with the ports that the system chose. */
  readonly addresses: readonly ListenAddress[];
  /** Settles after the signal, when all connections are closed. */
  readonly finished: Promise<void>;
  /** Sets the TLS settings of new connections. */
  setTls(tls: TlsSettings): void;
}

/** The exporter cannot listen on an address. */
export class ListenError extends Error {
  /** Class name, for logs. */
  override readonly name = "ListenError";
  /** The address. */
  readonly address: ListenAddress;

  /** Describes the failure. */
  constructor(message: string, options: { readonly address: ListenAddress; readonly cause: unknown }) {
    super(message, { cause: options.cause });
    this.address = options.address;
  }
}

/**
 * Serves an app over HTTP/1.1.
 *
 * @param app Answers every request.
 * @param options Addresses, limits, and the signal that stops the server.
 * @returns The server, which listens on all addresses.
 * @throws {ListenError} When an address cannot be bound; then none is left bound.
 */
export async function listen(app: App, options: ListenOptions): Promise<Listening> {
  const { signal, onError, onRefusedClient, tls = null, clock = systemClock } = options;
  const limits = { ...DEFAULT_HTTP_LIMITS, ...options.limits };
  const start: Start = async (where) => {
    const node = createNodeServer(app, {
      limits,
      tls,
      isEnding: () => signal.aborted,
      ...(onError ? { onError } : {}),
      ...(onRefusedClient ? { onRefusedClient } : {}),
    });
    await bindTo(node.server, where);
    return node;
  };
  const bound: NodeServer[] = [];
  try {
    for (const address of options.addresses) bound.push(...await bind(address, start));
  } catch (error) {
    await Promise.all(bound.map(close));
    throw error;
  }
  const watches = bound.map((node) =>
    watchAccepting(node, { seconds: limits.callSeconds, signal, clock, ...(onError ? { onError } : {}) })
  );
  return {
    addresses: bound.map(({ server }) => listenAddressOf(server)),
    finished: untilAborted(signal).then(() => Promise.all([...watches, closeAll(bound, clock)])).then(
      () => {},
    ),
    setTls(settings) {
      for (const node of bound) node.setTls(settings);
    },
  };
}

/**
 * Waits for a signal.
 *
 * @param signal The signal.
 */
export function untilAborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
}

/** Stops accepting, waits for answers in progress, then closes every connection. */
async function closeAll(servers: readonly NodeServer[], clock: Clock): Promise<void> {
  const closed = Promise.all(servers.map(close));
  const cut = new AbortController();
  const patience = clock.sleep(SHUTDOWN_SECONDS, cut.signal).catch(() => {});
  await Promise.race([closed, patience]);
  cut.abort();
  for (const server of servers) server.closeAll();
  await closed;
}

function close({ server, closeIdle }: NodeServer): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    closeIdle();
  });
}

type Start = (where: ListenAddress) => Promise<NodeServer>;

async function bind(address: ListenAddress, start: Start): Promise<readonly NodeServer[]> {
  try {
    return address.hostname === "" ? await bindEverywhere(address.port, start) : [await start(address)];
  } catch (error) {
    throw new ListenError(explainBindError(address, error), { address, cause: error });
  }
}

/** Binds both IP versions: with one socket where IPv6 sockets take IPv4 too, IPv4 only where there is no IPv6. */
async function bindEverywhere(port: number, start: Start): Promise<readonly NodeServer[]> {
  let ipv6: NodeServer;
  try {
    ipv6 = await start({ hostname: "::", port });
  } catch (error) {
    if (bindErrorCode(error) === "EADDRINUSE" || bindErrorCode(error) === "EACCES") throw error;
    return [await start({ hostname: "0.0.0.0", port })];
  }
  try {
    return [ipv6, await start({ hostname: "0.0.0.0", port: listenAddressOf(ipv6.server).port })];
  } catch {
    return [ipv6]; // Its socket takes IPv4 too.
  }
}

function explainBindError(address: ListenAddress, error: unknown): string {
  const where = `"${formatListenAddress(address)}"`;
  const flag = "--web.listen-address";
  switch (bindErrorCode(error)) {
    case "EADDRINUSE":
      return `Cannot listen on ${where}: another process uses the port; stop it or choose another port with ${flag}`;
    case "EADDRNOTAVAIL":
    case "EINVAL": // in Deno 2.9
      return `Cannot listen on ${where}: the address does not belong to this machine; choose one that does with ${flag}`;
    case "EACCES":
      return `Cannot listen on ${where}: permission denied; choose a port above 1023 with ${flag}`;
  }
  const reason = errorMessage(error);
  return `Cannot listen on ${where}: ${reason}; check ${flag}`;
}
