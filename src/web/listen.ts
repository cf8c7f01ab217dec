import { formatListenAddress } from "../config/listen_address.ts";
import type { ListenAddress } from "../config/config.ts";
import { type Clock, systemClock } from "../domain/clock.ts";
import { watchAccepting } from "./accept_watch.ts";
import { addressOf, bindTo, codeOf } from "./bind.ts";
import type { App } from "./handler.ts";
import type { TlsSettings } from "./security/security.ts";
import { createNodeServer, DEFAULT_HTTP_LIMITS, type HttpLimits, type NodeServer } from "./node_server.ts";

/** How long scrapes in flight may take to finish at the end, seconds; the process must end within 2 s. */
const GRACE_SECONDS = 1.5;

/** How to listen. */
export interface ListenOptions {
  /** Where; `hostname` "" is every address of both IP versions, `port` 0 a port the system chooses. */
  readonly addresses: readonly ListenAddress[];
  /** Ends it: no new connections, answers in flight within 1.5 s, then everything is closed. */
  readonly signal: AbortSignal;
  /** For the 1.5 s; the machine's clock when absent. */
  readonly clock?: Clock;
  /** Bounds that differ from {@linkcode DEFAULT_HTTP_LIMITS}. */
  readonly limits?: Partial<HttpLimits>;
  /** Told when connections cannot be accepted. */
  readonly onError?: (error: unknown) => void;
  /** TLS; answers go out in the clear when absent or null. */
  readonly tls?: TlsSettings | null;
  /** Told why a client did not get past the handshake, one sentence. */
  readonly onRefusedClient?: (reason: string) => void;
}

/** A server that listens. */
export interface Listening {
  /** Where, with the ports the system chose. */
  readonly addresses: readonly ListenAddress[];
  /** Settles when the signal has ended it and nothing is open any more. */
  readonly finished: Promise<void>;
  /** Takes other TLS settings: for connections from now on. */
  setTls(tls: TlsSettings): void;
}

/** An address that cannot be listened on. */
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
 * @param options Where, and until when.
 * @returns The addresses, already bound.
 * @throws {ListenError} When one of them cannot be bound; none is left bound then.
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
  const aborted = new Promise<void>((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
  const watches = bound.map((node) =>
    watchAccepting(node, { seconds: limits.callSeconds, signal, clock, ...(onError ? { onError } : {}) })
  );
  return {
    addresses: bound.map(({ server }) => addressOf(server)),
    finished: aborted.then(() => Promise.all([...watches, closeAll(bound, clock)])).then(() => {}),
    setTls(settings) {
      for (const node of bound) node.setTls(settings);
    },
  };
}

/** Stops accepting, lets answers in progress finish, then ends every connection. */
async function closeAll(servers: readonly NodeServer[], clock: Clock): Promise<void> {
  const closed = Promise.all(servers.map(close));
  const cut = new AbortController();
  const patience = clock.sleep(GRACE_SECONDS, cut.signal).catch(() => {});
  await Promise.race([closed, patience]);
  cut.abort();
  for (const server of servers) server.closeAll();
  await closed;
}

function close({ server, closeWaiting }: NodeServer): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    closeWaiting();
  });
}

type Start = (where: ListenAddress) => Promise<NodeServer>;

async function bind(address: ListenAddress, start: Start): Promise<readonly NodeServer[]> {
  try {
    return address.hostname === "" ? await bindEverywhere(address.port, start) : [await start(address)];
  } catch (error) {
    throw new ListenError(describe(address, error), { address, cause: error });
  }
}

/** Both IP versions, with one socket where the system's IPv6 sockets take IPv4 too, or IPv4 alone without IPv6. */
async function bindEverywhere(port: number, start: Start): Promise<readonly NodeServer[]> {
  let ipv6: NodeServer;
  try {
    ipv6 = await start({ hostname: "::", port });
  } catch (error) {
    if (codeOf(error) === "EADDRINUSE" || codeOf(error) === "EACCES") throw error;
    return [await start({ hostname: "0.0.0.0", port })];
  }
  try {
    return [ipv6, await start({ hostname: "0.0.0.0", port: addressOf(ipv6.server).port })];
  } catch {
    return [ipv6]; // It has the port for IPv4 as well.
  }
}

function describe(address: ListenAddress, error: unknown): string {
  const where = `"${formatListenAddress(address)}"`;
  const flag = "--web.listen-address";
  switch (codeOf(error)) {
    case "EADDRINUSE":
      return `Cannot listen on ${where}: another process has the port; stop it or choose another with ${flag}`;
    case "EADDRNOTAVAIL":
    case "EINVAL": // as Deno 2.9 has it
      return `Cannot listen on ${where}: this machine does not have the address; choose one of its own with ${flag}`;
    case "EACCES":
      return `Cannot listen on ${where}: not permitted; choose a port above 1023 with ${flag}`;
  }
  const reason = error instanceof Error ? error.message : String(error);
  return `Cannot listen on ${where}: ${reason}; check ${flag}`;
}
