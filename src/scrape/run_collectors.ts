/**
 * Runs collectors side by side over one session and merges what they yield.
 *
 * All generators are started before any answer is awaited, so their statements leave in one round trip; a collector
 * commits its facts whole or not at all.
 *
 * @module
 */
import type { CollectContext, Collector } from "../collectors/collector.ts";
import type { Clock } from "../domain/clock.ts";
import type { CollectorName, Facts, FactsByCollector } from "../domain/facts.ts";
import type { CollectorRun } from "../domain/view.ts";

/** How one collector ended, with its facts when it succeeded. */
export interface CollectorResult {
  /** For the view. */
  readonly run: CollectorRun;
  /** When it was started, our monotonic seconds. */
  readonly startedAt: number;
  /** Its facts under its name; nothing when it failed. */
  readonly facts: Facts;
  /** What it threw; null when it succeeded. */
  readonly error: unknown;
}

/**
 * Runs collectors concurrently.
 *
 * @param collectors Which, in the order in which their statements are sent.
 * @param options What they work with.
 * @yields One result per collector, in the order in which they end.
 */
export async function* runCollectors(
  collectors: readonly Collector[],
  options: { readonly context: CollectContext; readonly clock: Clock },
): AsyncGenerator<CollectorResult> {
  const ended: CollectorResult[] = [];
  let wake = () => {};
  for (const collector of collectors) {
    drain(collector, options).then((result) => {
      ended.push(result);
      wake();
    });
  }
  for (let left = collectors.length; left > 0;) {
    if (ended.length === 0) await new Promise<void>((resolve) => wake = resolve);
    for (const result of ended.splice(0)) {
      left -= 1;
      yield result;
    }
  }
}

async function drain<K extends CollectorName>(
  collector: Collector<K>,
  { context, clock }: { readonly context: CollectContext; readonly clock: Clock },
): Promise<CollectorResult> {
  const startedAt = clock.monotonic();
  const run = (outcome: CollectorRun["outcome"], reason: string): CollectorRun => ({
    collector: collector.name,
    outcome,
    reason,
    durationSeconds: clock.monotonic() - startedAt,
  });
  try {
    const rows: FactsByCollector[K][] = [];
    for await (const fact of collector.collect(context)) rows.push(fact);
    const facts: Facts = {};
    // The compiler cannot follow that K's key takes K's rows; the contract of Collector<K> says so.
    Object.assign(facts, { [collector.name]: rows });
    return { run: run(rows.length === 0 ? "empty" : "ok", ""), startedAt, facts, error: null };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return { run: run("failed", reason), startedAt, facts: {}, error };
  }
}
