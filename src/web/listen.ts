import type { ListenAddress } from "../config/config.ts";
import { type Clock, systemClock } from "../domain/clock.ts";
import type { App } from "./handler.ts";
import { DEFAULT_HTTP_LIMITS, type HttpLimits } from "./http1/limits.ts";
import { HttpServer } from "./http1/server.ts";

/** How long scrapes in flight may take to finish at the end, seconds; the process must end within 2 s. */
const GRACE_SECONDS = 1.5;

/** How to listen. */
export interface ListenOptions {
  /** Where; `hostname` "" is every address of both IP versions, `port` 0 a port the system chooses. */
  readonly addresses: readonly ListenAddress[];
  /** Ends it: no new connections, answers in flight within 1.5 s, then everything is closed. */
  readonly signal: AbortSignal;
  /** For deadlines; the machine's clock when absent. */
  readonly clock?: Clock;
  /** Bounds that differ from {@linkcode DEFAULT_HTTP_LIMITS}. */
  readonly limits?: Partial<HttpLimits>;
  /** Told when connections can no longer be accepted, once until they can again. */
  readonly onError?: (error: unknown) => void;
}

/** A server that listens. */
export interface Listening {
  /** Where, with the ports the system chose. */
  readonly addresses: readonly ListenAddress[];
  /** Settles when the signal has ended it and nothing is open any more. */
  readonly finished: Promise<void>;
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
export function listen(app: App, options: ListenOptions): Listening {
  const { addresses, signal, clock = systemClock } = options;
  const listeners: Deno.TcpListener[] = [];
  try {
    for (const address of addresses) listeners.push(...bind(address));
  } catch (error) {
    for (const listener of listeners) listener.close();
    throw error;
  }
  const server = new HttpServer({
    app,
    clock,
    limits: { ...DEFAULT_HTTP_LIMITS, ...options.limits },
    ...(options.onError ? { onError: options.onError } : {}),
  });
  for (const listener of listeners) server.serve(listener);
  const aborted = new Promise<void>((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
  return {
    addresses: listeners.map(({ addr }) => ({ hostname: addr.hostname, port: addr.port })),
    finished: aborted.then(() => server.close({ graceSeconds: GRACE_SECONDS })),
  };
}

/**
 * Writes an address as a user would.
 *
 * @param address The address.
 * @returns For example `127.0.0.1:9188`, `[::1]:9188`, `:9188`.
 */
export function formatListenAddress({ hostname, port }: ListenAddress): string {
  return `${hostname.includes(":") ? `[${hostname}]` : hostname}:${port}`;
}

function bind(address: ListenAddress): Deno.TcpListener[] {
  const { hostname, port } = address;
  try {
    return hostname === "" ? bindEverywhere(port) : [Deno.listen({ hostname, port })];
  } catch (error) {
    throw new ListenError(describe(address, error), { address, cause: error });
  }
}

/** Both IP versions, with one socket where the system's IPv6 sockets take IPv4 too, or IPv4 alone without IPv6. */
function bindEverywhere(port: number): Deno.TcpListener[] {
  let ipv6: Deno.TcpListener;
  try {
    ipv6 = Deno.listen({ hostname: "::", port });
  } catch (error) {
    if (error instanceof Deno.errors.AddrInUse || error instanceof Deno.errors.PermissionDenied) throw error;
    return [Deno.listen({ hostname: "0.0.0.0", port })];
  }
  try {
    return [ipv6, Deno.listen({ hostname: "0.0.0.0", port: ipv6.addr.port })];
  } catch {
    return [ipv6]; // It has the port for IPv4 as well.
  }
}

function describe(address: ListenAddress, error: unknown): string {
  const where = `"${formatListenAddress(address)}"`;
  const flag = "--web.listen-address";
  if (error instanceof Deno.errors.AddrInUse) {
    return `Cannot listen on ${where}: another process has the port; stop it or choose another with ${flag}`;
  }
  if (error instanceof Deno.errors.AddrNotAvailable) {
    return `Cannot listen on ${where}: this machine does not have the address; choose one of its own with ${flag}`;
  }
  if (error instanceof Deno.errors.PermissionDenied || error instanceof Deno.errors.NotCapable) {
    return `Cannot listen on ${where}: not permitted; choose a port above 1023 with ${flag}`;
  }
  const reason = error instanceof Error ? error.message : String(error);
  return `Cannot listen on ${where}: ${reason}; check ${flag}`;
}
