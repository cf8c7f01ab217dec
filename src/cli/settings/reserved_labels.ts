import type { Collector } from "../../collectors/collector.ts";
import { publishedFamilies } from "../../scrape/published_families.ts";

/** What Prometheus, or whoever relabels, uses. */
const OF_PROMETHEUS = ["job", "le", "quantile"];

/**
 * Names that the label of a server may not have: those of the program's own families.
 *
 * @param collectors Every collector there is.
 */
export function reservedLabels(collectors: readonly Collector[]): ReadonlySet<string> {
  const families = publishedFamilies(collectors);
  return new Set(["instance", "cluster", ...OF_PROMETHEUS, ...families.flatMap(({ labels }) => labels)]);
}
