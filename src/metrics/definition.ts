import type { FamilyDefinition } from "./family.ts";

/** Metric names both formats can carry; `:` is reserved for recording rules and a leading `_` by OpenMetrics. */
const METRIC_NAME = /^[a-zA-Z][a-zA-Z0-9_]*$/;

/** Label names both formats can carry; OpenMetrics reserves a leading `_`. */
const LABEL_NAME = /^[a-zA-Z][a-zA-Z0-9_]*$/;

/**
 * The family's name in OpenMetrics metadata, which leaves out the suffix that the type implies.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 *
 * const family = { name: "x_failures_total", type: "counter", help: "Failures", labels: [] } as const;
 * assertEquals(openMetricsName(family), "x_failures");
 * ```
 *
 * @param family The family.
 * @returns The name without `_total` (counter) or `_info` (info).
 */
export function openMetricsName(family: FamilyDefinition): string {
  const suffix = typeSuffix(family);
  return suffix !== "" && family.name.endsWith(suffix) ? family.name.slice(0, -suffix.length) : family.name;
}

/**
 * Every name the family occupies on an OpenMetrics page; two families may not share one.
 *
 * A counter occupies `_created` even when it is not written, because a reader must reckon with it
 * (OpenMetrics 1.0, "Suffixes").
 *
 * @param family The family.
 * @returns Its metadata name and the names its samples could have.
 */
export function occupiedNames(family: FamilyDefinition): readonly string[] {
  const name = openMetricsName(family);
  switch (family.type) {
    case "counter":
      return [name, `${name}_total`, `${name}_created`];
    case "info":
      return [name, `${name}_info`];
    case "gauge":
      return [name];
  }
}

/**
 * What would make a page with this family unreadable, in either format.
 *
 * This is about the grammar only; whether a name is a good one is asked by `lint.ts`.
 *
 * @param family The family.
 * @returns A sentence, or `null` when the family can be written.
 */
export function definitionProblem(family: FamilyDefinition): string | null {
  const { name, type, labels, unit } = family;
  if (!METRIC_NAME.test(name)) {
    return `Cannot publish a family named "${name}": a name starts with a letter and continues with letters, digits and "_"`;
  }
  const suffix = typeSuffix(family);
  if (!name.endsWith(suffix) || name === suffix) {
    return `Cannot publish ${type} "${name}": its name must end in "${suffix}"`;
  }
  const badLabel = labels.find((label) => !LABEL_NAME.test(label));
  if (badLabel !== undefined) {
    return `Cannot publish "${name}" with a label named "${badLabel}": a label name starts with a letter and continues with letters, digits and "_"`;
  }
  if (new Set(labels).size !== labels.length) {
    return `Cannot publish "${name}": it declares a label twice: ${labels.join(", ")}`;
  }
  if (unit !== undefined && type === "info") {
    return `Cannot publish info "${name}" with unit "${unit}": an info family has no unit`;
  }
  if (unit !== undefined && (unit === "" || !openMetricsName(family).endsWith(`_${unit}`))) {
    return `Cannot publish "${name}" with unit "${unit}": the unit must be the last word of the name`;
  }
  return null;
}

/**
 * Whether two definitions say the same.
 *
 * @param a One definition.
 * @param b Another.
 * @returns True when both would be written alike.
 */
export function isSameDefinition(a: FamilyDefinition, b: FamilyDefinition): boolean {
  return a === b ||
    (a.name === b.name && a.type === b.type && a.help === b.help && a.unit === b.unit &&
      a.labels.length === b.labels.length && a.labels.every((label, index) => label === b.labels[index]));
}

function typeSuffix(family: FamilyDefinition): "_total" | "_info" | "" {
  switch (family.type) {
    case "counter":
      return "_total";
    case "info":
      return "_info";
    case "gauge":
      return "";
  }
}
