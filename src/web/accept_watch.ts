import type { Clock } from "../domain/clock.ts";
import type { NodeServer } from "./node_server.ts";
import { bindErrorCode, bindTo, listenAddressOf } from "./bind.ts";

/** Interval at which a test connection is checked, milliseconds. */
const CHECK_MS = 100;
/**
 * Checks after which the test connection has failed. When the process was stopped or the machine is busy, one check is
 * late, not all of them: an event that arrived meanwhile is still handled between two.
 */
const MAX_CHECKS = 10;
/** Delay before listening is tried again, seconds. */
const REBIND_SECONDS = 0.1;

/** Result of a test connection: accepted; not accepted, or no file descriptor left for it; or unknown. */
type AcceptVerdict = "accepted" | "deaf" | "unknown";

/**
 * Keeps a server listening: in Deno 2.9 a listener that once failed to accept for lack of file descriptors never accepts
 * again, without an error. So the server regularly connects to its own address; when the connection is not accepted, it
 * closes idle connections and listens again.
 *
 * @param node The server, which listens.
 * @param options `seconds` between test connections; `signal` ends it; `onError` is called when one failed.
 */
export async function watchAccepting(
  node: NodeServer,
  options: {
    readonly seconds: number;
    readonly signal: AbortSignal;
    readonly clock: Clock;
    readonly onError?: (error: unknown) => void;
  },
): Promise<void> {
  const { signal, clock } = options;
  const pause = (seconds: number) => clock.sleep(seconds, signal).catch(() => {});
  for (await pause(options.seconds); !signal.aborted; await pause(options.seconds)) {
    const verdict = await testConnection(node, signal);
    if (signal.aborted || verdict !== "deaf") continue;
    options.onError?.(
      new Error("Connections are not accepted, probably for lack of file descriptors: raise ulimit -n"),
    );
    node.closeOldestIdle();
    const { hostname, port } = listenAddressOf(node.server);
    node.server.close();
    while (!signal.aborted) {
      try {
        await bindTo(node.server, { hostname, port });
        break;
      } catch {
        await pause(REBIND_SECONDS); // The old listener still exists.
      }
    }
  }
}

function testConnection({ server, hasAccepted }: NodeServer, signal: AbortSignal): Promise<AcceptVerdict> {
  // Before Deno 2.9 servers emit no event for connections.
  if (!hasAccepted()) return Promise.resolve("unknown");
  const { hostname, port } = listenAddressOf(server);
  const host = hostname === "::" ? "::1" : hostname === "0.0.0.0" ? "127.0.0.1" : hostname;
  return new Promise((resolve) => {
    const connecting = Deno.connect({ hostname: host, port });
    const end = (verdict: AcceptVerdict) => {
      clearInterval(timer);
      server.off("connection", onConnection);
      signal.removeEventListener("abort", onAbort);
      connecting.then((connection) => connection.close(), () => {});
      resolve(verdict);
    };
    const onConnection = () => end("accepted");
    const onAbort = () => end("unknown");
    let checks = 0;
    const timer = setInterval(() => {
      if (++checks === MAX_CHECKS) end("deaf");
    }, CHECK_MS);
    server.on("connection", onConnection);
    signal.addEventListener("abort", onAbort);
    connecting.catch((error) => end(/^E[MN]FILE$/.test(bindErrorCode(error)) ? "deaf" : "unknown"));
  });
}
