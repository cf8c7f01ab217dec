/** Probes servers one by one, evenly over an interval, as Prometheus does. */
import { AS_PROMETHEUS } from "../http_client.ts";

/** Prometheus's interval, seconds. */
export const PROBE_SECONDS = 15;

/** One probe. */
export interface Probe {
  /** Which path. */
  readonly path: string;
  /** How long it took, milliseconds. */
  readonly ms: number;
  /** Whether it was answered with 200. */
  readonly isOk: boolean;
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
): Promise<readonly Probe[]> {
  const probes: Probe[] = [];
  const probe = async (path: string) => {
    const before = performance.now();
    const isOk = await get(origin + path, signal);
    probes.push({ path, ms: performance.now() - before, isOk });
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
  return probes;
}

async function get(url: string, signal: AbortSignal): Promise<boolean> {
  try {
    const response = await fetch(url, { headers: AS_PROMETHEUS, signal });
    await response.bytes();
    return response.ok;
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof TypeError) return false; // the connection was lost
    throw error;
  }
}
