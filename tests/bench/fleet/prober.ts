/** Probes servers one by one, evenly over an interval, as Prometheus does. */
import { AS_PROMETHEUS } from "../http_client.ts";

/** Prometheus's interval, seconds. */
export const PROBE_SECONDS = 15;

/** What the probes of one round or more cost. */
export interface ProbeTimes {
  /** Milliseconds of each probe. */
  readonly ms: readonly number[];
  /** Probes without an answer of 200. */
  readonly failed: number;
}

/**
 * Probes every path once per interval until the time is over.
 *
 * @param origin Of the exporter, such as `http://127.0.0.1:9188`.
 * @param paths What to request.
 * @param options `seconds`: how long; `signal` ends it earlier.
 */
export async function probeEvenly(
  origin: string,
  paths: readonly string[],
  { seconds, signal }: { readonly seconds: number; readonly signal: AbortSignal },
): Promise<ProbeTimes> {
  const ms: number[] = [];
  let failed = 0;
  const probe = async (path: string) => {
    const before = performance.now();
    try {
      const response = await fetch(origin + path, { headers: AS_PROMETHEUS, signal });
      await response.bytes();
      if (!response.ok) failed += 1;
      ms.push(performance.now() - before);
    } catch (error) {
      signal.throwIfAborted();
      failed += error instanceof Error ? 1 : 0;
    }
  };
  const running = new Set<Promise<void>>();
  const startedAt = performance.now();
  const stepMs = PROBE_SECONDS * 1000 / paths.length;
  for (let index = 0;; index++) {
    const due = startedAt + index * stepMs;
    if (due > startedAt + seconds * 1000) break;
    const wait = due - performance.now();
    if (wait > 1) await new Promise((resolve) => setTimeout(resolve, wait));
    signal.throwIfAborted();
    const one = probe(paths[index % paths.length] ?? "").finally(() => running.delete(one));
    running.add(one);
  }
  await Promise.all(running);
  return { ms, failed };
}
