import { definitionProblem, isSameDefinition, occupiedNames } from "./definition.ts";
import type { Family, FamilyDefinition, Measurement, Sample } from "./family.ts";

/** Something that was left off the page so that the rest of it stays readable. */
export interface Rejection {
  /** Name of the family. */
  readonly family: string;
  /** Why, with the first sample concerned: one sentence for the log. */
  readonly reason: string;
  /** Samples of the family left out for this reason. */
  readonly samples: number;
}

/** A page's worth of families. */
export interface GatheredFamilies {
  /** Families by name, each with its samples by label values in declared order; no two samples alike. */
  readonly families: readonly Family[];
  /** What was left out, one entry per family and kind of reason. */
  readonly rejected: readonly Rejection[];
}

/** A sample with its label values in declared order. */
interface OrderedSample {
  readonly values: readonly string[];
  readonly sample: Sample;
}

/** A family in the making. */
interface Group {
  readonly definition: FamilyDefinition;
  readonly samples: OrderedSample[];
}

/**
 * Groups measurements into families that both text formats can carry, checked and in a stable order.
 *
 * Never throws for what a collector produced: a sample or family that would break the page is left out and reported.
 * Of two alike samples, or two definitions of one name, the first stays.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 *
 * const up = { name: "x_up", type: "gauge", help: "Whether it answers", labels: ["instance"] } as const;
 * const { families, rejected } = gatherFamilies([
 *   { family: up, labels: { instance: "b" }, value: 1 },
 *   { family: up, labels: { instance: "a" }, value: 0 },
 *   { family: up, labels: { instance: "a" }, value: 1 },
 * ]);
 * assertEquals(families[0]?.samples.map((sample) => sample.value), [0, 1]);
 * assertEquals(rejected[0]?.samples, 1);
 * ```
 *
 * @param measurements Measurements in any order.
 * @returns Families ready to be written, and what was left out.
 */
export function gatherFamilies(measurements: Iterable<Measurement>): GatheredFamilies {
  const rejections = new Rejections();
  const families: Family[] = [];
  const owners = new Map<string, string>();
  for (const { definition, samples } of byName(groupByFamily(measurements, rejections))) {
    const { names } = checked(definition);
    const taken = names.find((name) => owners.has(name));
    if (taken !== undefined) {
      const reason = `Cannot publish "${definition.name}" beside "${
        owners.get(taken)
      }": both are "${taken}" in OpenMetrics`;
      rejections.add(definition.name, { kind: "clash", reason, samples: samples.length });
      continue;
    }
    for (const name of names) owners.set(name, definition.name);
    families.push({ ...definition, samples: sortUnique({ definition, samples }, rejections) });
  }
  return { families, rejected: rejections.list() };
}

/** Definitions are constants of the program: what follows from one alone is worked out once. */
const CHECKED = new WeakMap<
  FamilyDefinition,
  { readonly problem: string | null; readonly names: readonly string[] }
>();

function checked(
  definition: FamilyDefinition,
): { readonly problem: string | null; readonly names: readonly string[] } {
  let result = CHECKED.get(definition);
  if (result === undefined) {
    result = { problem: definitionProblem(definition), names: occupiedNames(definition) };
    CHECKED.set(definition, result);
  }
  return result;
}

function groupByFamily(measurements: Iterable<Measurement>, rejections: Rejections): Map<string, Group> {
  const groups = new Map<string, Group>();
  const unusable = new Map<FamilyDefinition, string>();
  for (const measurement of measurements) {
    const { family } = measurement;
    let group = groups.get(family.name);
    if (group === undefined) {
      const reason = unusable.get(family) ?? checked(family).problem;
      if (reason !== null) {
        unusable.set(family, reason);
        rejections.add(family.name, { kind: "definition", reason, samples: 1 });
        continue;
      }
      group = { definition: family, samples: [] };
      groups.set(family.name, group);
    } else if (!isSameDefinition(group.definition, family)) {
      const reason = `Cannot publish "${family.name}" under two definitions: give one of them another name`;
      rejections.add(family.name, { kind: "redefinition", reason, samples: 1 });
      continue;
    }
    const problem = sampleProblem(measurement);
    if (problem === null) group.samples.push(orderSample(measurement));
    else rejections.add(family.name, { ...problem, samples: 1 });
  }
  return groups;
}

function byName(groups: Map<string, Group>): Group[] {
  const used = [...groups.values()].filter((group) => group.samples.length > 0);
  return used.sort((a, b) => compareText(a.definition.name, b.definition.name));
}

function sampleProblem(measurement: Measurement): { kind: string; reason: string } | null {
  const { family, labels, value } = measurement;
  for (const label in labels) {
    if (labels[label] !== "" && !family.labels.includes(label)) {
      const declared = family.labels.length === 0 ? "none" : family.labels.join(", ");
      return {
        kind: `label ${label}`,
        reason: `Cannot publish a sample of "${family.name}" with label "${label}": it declares ${declared}`,
      };
    }
  }
  if (family.type === "counter" && !(value >= 0)) {
    return {
      kind: "counter",
      reason: `Cannot publish ${describe(measurement)} = ${value}: a counter is 0 or more`,
    };
  }
  if (family.type === "info" && value !== 1) {
    return {
      kind: "info",
      reason: `Cannot publish ${describe(measurement)} = ${value}: an info sample is 1`,
    };
  }
  return null;
}

function orderSample(measurement: Measurement): OrderedSample {
  const { family, labels, value } = measurement;
  const values = family.labels.map((label) => labelValue(labels, label));
  // Half a surrogate pair has no UTF-8 form: two such values could become one on the wire, unseen by the check below.
  if (values.every((text) => text.isWellFormed())) return { values, sample: { labels, value } };
  const wellFormed = values.map((text) => text.toWellFormed());
  const entries = family.labels.map((label, index) => [label, wellFormed[index] ?? ""] as const);
  return { values: wellFormed, sample: { labels: Object.fromEntries(entries), value } };
}

function sortUnique({ definition, samples }: Group, rejections: Rejections): readonly Sample[] {
  samples.sort((a, b) => compareValues(a.values, b.values));
  const unique: Sample[] = [];
  let previous: readonly string[] | undefined;
  for (const { values, sample } of samples) {
    if (previous !== undefined && compareValues(previous, values) === 0) {
      const reason = `Cannot publish ${describe({ family: definition, ...sample })} twice: ` +
        "two things share these labels, the first is shown";
      rejections.add(definition.name, { kind: "duplicate", reason, samples: 1 });
    } else {
      unique.push(sample);
    }
    previous = values;
  }
  return unique;
}

/** A label's value; inherited properties such as `constructor` are none. */
function labelValue(labels: Readonly<Record<string, string>>, label: string): string {
  return Object.hasOwn(labels, label) ? labels[label] ?? "" : "";
}

function describe({ family, labels }: Measurement): string {
  const pairs = family.labels.map((label) => `${label}=${JSON.stringify(labelValue(labels, label))}`);
  return `${family.name}{${pairs.join(",")}}`;
}

function compareValues(a: readonly string[], b: readonly string[]): number {
  for (let index = 0; index < a.length; index++) {
    const order = compareText(a[index] ?? "", b[index] ?? "");
    if (order !== 0) return order;
  }
  return 0;
}

/** By code units, so that the order is the same in every locale. */
function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Counts rejections per family and kind, so that a thousand alike make one line. */
class Rejections {
  readonly #counted = new Map<string, { family: string; reason: string; samples: number }>();

  add(family: string, { kind, reason, samples }: { kind: string; reason: string; samples: number }): void {
    const key = `${family} ${kind}`;
    const known = this.#counted.get(key);
    if (known === undefined) this.#counted.set(key, { family, reason, samples });
    else known.samples += samples;
  }

  list(): readonly Rejection[] {
    return [...this.#counted.values()];
  }
}
