import type { Clock } from "../../domain/clock.ts";
import { startDeadline } from "../../domain/deadline.ts";
import type { App } from "../../web/handler.ts";

/** After the start, so that the first scrape comes first, seconds. */
const DELAY_SECONDS = 1;
/** How often everything is asked: code that has run a few times is faster. */
const WARM_UP_ROUNDS = 3;

/** How long a connection to ourselves may take, seconds. */
const KNOCK_SECONDS = 2;

/** What Prometheus and browsers send, with little patience. */
const HEADERS = {
  "accept": "application/openmetrics-text;version=1.0.0,text/html;q=0.9",
  "accept-encoding": "gzip",
  "x-prometheus-scrape-timeout-seconds": "1",
};

/** One request over a connection, for the code of connections; the shutdown waits for it, so it has a deadline. */
async function knock(address: Deno.ConnectOptions, path: string, signal: AbortSignal): Promise<void> {
  const headers = Object.entries({ ...HEADERS, host: "localhost", connection: "close" });
  const lines = [`GET ${path} HTTP/1.1`, ...headers.map((header) => header.join(": ")), "", ""];
  const connection = await Deno.connect({ ...address, signal });
  const hangUp = () => connection.close();
  signal.addEventListener("abort", hangUp, { once: true });
  await connection.write(new TextEncoder().encode(lines.join("\r\n")));
  await new Response(connection.readable).text();
  signal.removeEventListener("abort", hangUp);
}

/**
 * Answers what is asked first, once there is data, so that the first real answer does not wait until its code is loaded.
 *
 * @param answer The app.
 * @param options `paths` to answer; `address` of the app without TLS, null when it has none; `signal` ends it.
 */
export async function warmUp(
  answer: App,
  { paths, address, clock, signal }: {
    readonly paths: readonly string[];
    readonly address: Deno.ConnectOptions | null;
    readonly clock: Clock;
    readonly signal: AbortSignal;
  },
): Promise<void> {
  const ask = (path: string) => answer(new Request(`http://localhost${path}`, { headers: HEADERS }));
  const pause = () => clock.sleep(DELAY_SECONDS, signal).catch(() => {});
  do await pause(); while (!signal.aborted && (await ask("/-/ready")).status !== 200);
  if (signal.aborted) return;
  if (address !== null) {
    using deadline = startDeadline(KNOCK_SECONDS, { clock, outer: signal });
    for (const path of paths) await knock(address, path, deadline.signal).catch(() => {});
  }
  for (let round = 0; round < WARM_UP_ROUNDS; round++) {
    for (const path of paths) {
      if (signal.aborted) return;
      await (await ask(path)).body?.cancel();
    }
  }
}
