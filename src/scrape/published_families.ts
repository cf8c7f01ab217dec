import { compatFamilies } from "../cluster/compat/compat.ts";
import { clusterFamilies } from "../cluster/families.ts";
import type { Collector } from "../collectors/collector.ts";
import { consistencyFamilies } from "../consistency/consistency_families.ts";
import type { CompatExporter } from "../domain/compat.ts";
import { catalogueFamilies } from "../databases/catalogue_families.ts";
import type { FamilyDefinition } from "../metrics/family.ts";
import { selfFamilies } from "./self_metrics.ts";

/** Families derived from the view: of clusters, standbys, compared tables and databases. */
export const viewFamilies: readonly FamilyDefinition[] = [
  ...clusterFamilies,
  ...consistencyFamilies,
  ...catalogueFamilies,
];

/**
 * Every family that the exporter can publish, given every collector.
 *
 * @param compat Exporters whose families are published too; a name of theirs replaces ours.
 */
export function publishedFamilies(
  collectors: readonly Collector[],
  compat: Iterable<CompatExporter> = [],
): readonly FamilyDefinition[] {
  const theirs = compatFamilies(compat);
  const replaced = new Set(theirs.map(({ name }) => name));
  const ours = [...viewFamilies, ...collectors.flatMap(({ families }) => families), ...selfFamilies];
  return [...ours.filter(({ name }) => !replaced.has(name)), ...theirs];
}
