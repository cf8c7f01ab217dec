import type { FamilyDefinition } from "../metrics/family.ts";

/**
 * Defines a gauge of a server or standby, with the labels `instance` and `cluster`.
 *
 * @param name Full name.
 * @param help What it is, in which unit, from which view and column.
 * @param options Further labels, and the base unit when the name ends in one.
 */
export function defineGauge(
  name: string,
  help: string,
  { labels = [], unit }: { readonly labels?: readonly string[]; readonly unit?: string } = {},
): FamilyDefinition {
  const base: FamilyDefinition = { name, type: "gauge", help, labels: ["instance", "cluster", ...labels] };
  return unit === undefined ? base : { ...base, unit };
}
