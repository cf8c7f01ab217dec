import type { FamilyDefinition, MetricType } from "./family.ts";

/** Names both formats can carry, of metrics and labels; `:` is for recording rules, OpenMetrics reserves a leading `_`. */
const WRITABLE_NAME = /^[a-zA-Z][a-zA-Z0-9_]*$/;

const TYPE_SUFFIX: Readonly<Record<MetricType, string>> = {
  counter: "_total",
  info: "_info",
  gauge: "",
  unknown: "",
  histogram: "",
};

/** Suffixes of a histogram's samples; `_created` is written in OpenMetrics only. */
const HISTOGRAM_SUFFIXES = ["_bucket", "_sum", "_count", "_created"] as const;

/** The label of a histogram's buckets, which the encoders add. */
const BUCKET_LABEL = "le";

/**
 * The family's name in OpenMetrics metadata: without `_total` (counter) or `_info` (info).
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 *
 * const family = { name: "x_failures_total", type: "counter", help: "Failures", labels: [] } as const;
 * assertEquals(openMetricsName(family), "x_failures");
 * ```
 */
export function openMetricsName(family: FamilyDefinition): string {
  const suffix = TYPE_SUFFIX[family.type];
  return suffix !== "" && family.name.endsWith(suffix) ? family.name.slice(0, -suffix.length) : family.name;
}

/**
 * Every name the family occupies on an OpenMetrics page, of its metadata and of its possible samples; two families may
 * not share one. A counter occupies `_created` even when it is not written, because a reader must expect it
 * (OpenMetrics 1.0, "Suffixes").
 */
export function occupiedNames(family: FamilyDefinition): readonly string[] {
  const name = openMetricsName(family);
  if (family.type === "counter") return [name, `${name}_total`, `${name}_created`];
  if (family.type === "histogram") return [name, ...HISTOGRAM_SUFFIXES.map((suffix) => name + suffix)];
  return family.type === "info" ? [name, `${name}_info`] : [name];
}

/**
 * What makes a page with this family invalid in either format, as a sentence; `null` when nothing does. This is grammar
 * only: `compose/build/metric_lint.ts` judges the choice of names.
 */
export function definitionProblem(family: FamilyDefinition): string | null {
  const { name, type, labels, unit } = family;
  if (!WRITABLE_NAME.test(name)) {
    return `Cannot publish a family named "${name}": a name starts with a letter and continues with letters, digits and "_"`;
  }
  const suffix = TYPE_SUFFIX[type];
  if (!name.endsWith(suffix) || name === suffix) {
    return `Cannot publish ${type} "${name}": its name must end in "${suffix}"`;
  }
  const badLabel = labels.find((label) => !WRITABLE_NAME.test(label));
  if (badLabel !== undefined) {
    return `Cannot publish "${name}" with a label named "${badLabel}": a label name starts with a letter and continues with letters, digits and "_"`;
  }
  if (new Set(labels).size !== labels.length) {
    return `Cannot publish "${name}": it declares a label twice: ${labels.join(", ")}`;
  }
  if (type === "histogram" && labels.includes(BUCKET_LABEL)) {
    return `Cannot publish histogram "${name}" with label "${BUCKET_LABEL}": its buckets have it`;
  }
  if (unit !== undefined && type === "info") {
    return `Cannot publish info "${name}" with unit "${unit}": an info family has no unit`;
  }
  if (unit !== undefined && (unit === "" || !openMetricsName(family).endsWith(`_${unit}`))) {
    return `Cannot publish "${name}" with unit "${unit}": the unit must be the last word of the name`;
  }
  return null;
}

/** Whether two definitions are equal in all that is written. */
export function isSameDefinition(a: FamilyDefinition, b: FamilyDefinition): boolean {
  return a === b ||
    (a.name === b.name && a.type === b.type && a.help === b.help && a.unit === b.unit &&
      a.textType === b.textType &&
      a.labels.length === b.labels.length && a.labels.every((label, index) => label === b.labels[index]));
}
