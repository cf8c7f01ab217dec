import { connect } from "node:net";
import type { Clock } from "../domain/clock.ts";
import type { NodeServer } from "./node_server.ts";
import { addressOf, bindTo, codeOf } from "./bind.ts";

/** How often it is looked whether a connection to ourselves was accepted, milliseconds. */
const LOOK_MS = 100;
/**
 * After how many looks in vain nobody accepts. A process that was stopped for a while, or a machine that has no time for
 * it, makes one look late, not all of them: what has come meanwhile is still seen between two.
 */
const MOST_LOOKS = 10;
/** How long to wait before another try to listen, seconds. */
const RETRY_SECONDS = 0.1;

/** What a connection to ourselves tells: all is well, nobody accepts or no descriptor is left for it, or nothing. */
type Verdict = "accepted" | "deaf" | "unknown";

/**
 * Keeps a server listening: Deno 2.9 never looks again at a listener that once could not accept for want of a
 * descriptor, and tells nobody. So the server is called on its own address now and then; when nobody accepts the call,
 * connections that wait are closed and the address is listened on anew.
 *
 * @param node The server, which listens.
 * @param options `seconds` between calls; `signal` ends it; `onError` is told when something had to be done.
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
    const verdict = await call(node, signal);
    if (signal.aborted || verdict !== "deaf") continue;
    options.onError?.(
      new Error("Connections are not accepted, most likely for want of file descriptors: raise ulimit -n"),
    );
    node.evictConnection();
    const { hostname, port } = addressOf(node.server);
    node.server.close();
    while (!signal.aborted) {
      try {
        await bindTo(node.server, { hostname, port });
        break;
      } catch {
        await pause(RETRY_SECONDS); // The old listener is not gone yet.
      }
    }
  }
}

function call({ server, hasAccepted }: NodeServer, signal: AbortSignal): Promise<Verdict> {
  // Before Deno 2.9 servers do not tell of connections; nothing can be concluded from silence there.
  if (!hasAccepted()) return Promise.resolve("unknown");
  const { hostname, port } = addressOf(server);
  const host = hostname === "::" ? "::1" : hostname === "0.0.0.0" ? "127.0.0.1" : hostname;
  return new Promise((resolve) => {
    const socket = connect({ host, port });
    const end = (verdict: Verdict) => {
      clearInterval(looking);
      server.off("connection", onConnection);
      signal.removeEventListener("abort", onAbort);
      socket.destroy();
      resolve(verdict);
    };
    const onConnection = () => end("accepted");
    const onAbort = () => end("unknown");
    let looks = 0;
    const looking = setInterval(() => {
      if (++looks === MOST_LOOKS) end("deaf");
    }, LOOK_MS);
    server.on("connection", onConnection);
    signal.addEventListener("abort", onAbort);
    socket.on("error", (error) => end(/^E[MN]FILE$/.test(codeOf(error)) ? "deaf" : "unknown"));
  });
}
