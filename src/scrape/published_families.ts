import { clusterFamilies } from "../cluster/families.ts";
import type { Collector } from "../collectors/collector.ts";
import { consistencyFamilies } from "../consistency/consistency_families.ts";
import type { FamilyDefinition } from "../metrics/family.ts";
import { selfFamilies } from "./self_metrics.ts";

/** Families derived from the view: of clusters, standbys and compared tables. */
export const viewFamilies: readonly FamilyDefinition[] = [...clusterFamilies, ...consistencyFamilies];

/** Every family that the exporter can publish, given every collector. */
export function publishedFamilies(collectors: readonly Collector[]): readonly FamilyDefinition[] {
  return [...viewFamilies, ...collectors.flatMap(({ families }) => families), ...selfFamilies];
}
