import { measureCluster } from "../cluster/families.ts";
import { measureConsistency } from "../consistency/consistency_families.ts";
import type { Collector } from "../collectors/collector.ts";
import type { ServerSnapshot, View } from "../domain/view.ts";
import type { Measurement } from "../metrics/family.ts";
import { measureWatch, serverLabels, type WatchCounters } from "./self_metrics.ts";

/** What is measured. */
export interface Measured {
  /** How each server is watched. */
  readonly watches: readonly WatchCounters[];
  /** What is derived from them. */
  readonly view: View;
  /** The collectors that run. */
  readonly collectors: readonly Collector[];
  /** Our monotonic seconds. */
  readonly now: number;
}

/**
 * Measures everything about servers: how they are watched, their facts, what is derived.
 *
 * @param measured The servers.
 */
export function* measureServers({ watches, view, collectors, now }: Measured): Generator<Measurement> {
  for (const watch of watches) {
    yield* measureWatch(watch, now);
    // Facts of a server that is down are stale; the families of the cluster publish what is known of it.
    if (watch.snapshot.up) yield* measureServerFacts(watch.snapshot, collectors);
  }
  yield* measureCluster(view);
  yield* measureConsistency(view);
}

function* measureServerFacts(
  snapshot: ServerSnapshot,
  collectors: readonly Collector[],
): Generator<Measurement> {
  for (const collector of collectors) {
    const facts = snapshot.facts[collector.name];
    if (facts !== undefined) yield* collector.measure(facts, serverLabels(snapshot));
  }
}
