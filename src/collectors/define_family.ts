/**
 * How the families of a server are defined: one prefix, `instance` and `cluster` first, the unit from the name.
 *
 * @module
 */
import type { FamilyDefinition, MetricType } from "../metrics/family.ts";

const UNITS = ["seconds", "bytes", "ratio"];

/**
 * Defines a family whose series belong to one server.
 *
 * @param name Name without the prefix `pgrepl_`; its ending decides the type (`_total` a counter, `_info` an info,
 * anything else a gauge) and the unit.
 * @param options `help`: what it is, its unit, its view and column; `labels`: those behind `instance` and `cluster`.
 * @returns The definition.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * const family = defineFamily("timeline", { help: "Timeline." });
 * assertEquals(family.labels, ["instance", "cluster"]);
 * ```
 */
export function defineFamily(
  name: string,
  options: { readonly help: string; readonly labels?: readonly string[] },
): FamilyDefinition {
  const unit = UNITS.find((unit) => name.replace(/_total$/, "").endsWith(`_${unit}`));
  return {
    name: `pgrepl_${name}`,
    type: typeOf(name),
    help: options.help,
    labels: ["instance", "cluster", ...options.labels ?? []],
    ...(unit === undefined ? {} : { unit }),
  };
}

function typeOf(name: string): MetricType {
  if (name.endsWith("_total")) return "counter";
  return name.endsWith("_info") ? "info" : "gauge";
}
