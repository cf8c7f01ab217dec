import { withCompat } from "../cluster/compat/compat.ts";
import { measureCluster } from "../cluster/families.ts";
import { measureConsistency } from "../consistency/consistency_families.ts";
import { measureCatalogues } from "../databases/catalogue_families.ts";
import type { Collector } from "../collectors/collector.ts";
import type { CompatExporter } from "../domain/compat.ts";
import type { ServerSnapshot, View } from "../domain/view.ts";
import type { Measurement } from "../metrics/family.ts";
import { measureWatch, serverLabels, type WatchCounters } from "./self_metrics.ts";

/** What is measured. */
export interface Measured {
  /** Snapshot and counters of each watch. */
  readonly watches: readonly WatchCounters[];
  /** The view derived from the snapshots. */
  readonly view: View;
  /** The collectors that run. */
  readonly collectors: readonly Collector[];
  /** Our monotonic seconds. */
  readonly now: number;
  /** Exporters whose names are published too; absent: none. */
  readonly compat?: ReadonlySet<CompatExporter> | undefined;
}

/** Measures everything about servers: the watches, the facts, the view. */
export function* measureServers(
  { watches, view, collectors, now, compat }: Measured,
): Generator<Measurement> {
  for (const watch of watches) yield* measureWatch(watch, now);
  for (const server of view.servers) {
    // Facts of a server that is down are outdated; the cluster's families report what is still known of it.
    if (server.up) yield* measureCollectors(server, collectors);
  }
  const ours = measureCluster(view);
  yield* compat?.size ? withCompat(ours, { view, exporters: compat }) : ours;
  yield* measureConsistency(view);
  yield* measureCatalogues(view);
}

function* measureCollectors(
  snapshot: ServerSnapshot,
  collectors: readonly Collector[],
): Generator<Measurement> {
  for (const collector of collectors) {
    const facts = snapshot.facts[collector.name];
    if (facts !== undefined) yield* collector.measure(facts, serverLabels(snapshot));
  }
}
