import type { ClusterConfig } from "../config/config.ts";
import type { Family } from "../metrics/family.ts";
import type { Watch, WatchEntry } from "./watch_list.ts";

/** Labels by the name of the server whose series carry them. */
export type LabelsByServer = ReadonlyMap<string, ReadonlyMap<string, string>>;

/** The labels of every server that has any: its own, or those of the configured cluster in which it was discovered. */
export function labelsByServer(
  entries: readonly Pick<WatchEntry<Watch>, "config" | "isDiscovered">[],
  clusters: readonly ClusterConfig[] = [],
): LabelsByServer {
  return new Map(entries.flatMap(({ config, isDiscovered }) => {
    const labels = isDiscovered
      ? clusters.find(({ name }) => name === config.cluster)?.labels
      : config.labels;
    return labels?.size ? [[config.name, labels] as const] : [];
  }));
}

/**
 * Adds the labels of its configuration to every series of a server, after the family's own labels.
 *
 * A family's own label takes precedence; the configuration rejects such names. The families stay sorted, and added
 * labels cannot make two samples equal.
 */
export function withServerLabels(families: readonly Family[], byServer: LabelsByServer): readonly Family[] {
  if (byServer.size === 0) return families;
  const records = new Map([...byServer].map(([server, labels]) => [server, Object.fromEntries(labels)]));
  const names = [...new Set([...byServer.values()].flatMap((labels) => [...labels.keys()]))].sort();
  return families.map((family) => {
    const isConcerned = family.labels.includes("instance") &&
      family.samples.some(({ labels }) => records.has(labels.instance ?? ""));
    if (!isConcerned) return family;
    return {
      ...family,
      labels: [...family.labels, ...names.filter((name) => !family.labels.includes(name))],
      samples: family.samples.map((sample) => {
        const labels = records.get(sample.labels.instance ?? "");
        return labels === undefined ? sample : { ...sample, labels: { ...labels, ...sample.labels } };
      }),
    };
  });
}
