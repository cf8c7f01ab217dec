import { definitionProblem, isSameDefinition, occupiedNames } from "./definition.ts";
import {
  type Family,
  type FamilyDefinition,
  labelValue,
  type LabelValues,
  type Measurement,
  type Sample,
} from "./family.ts";

/** Samples left off the page so that the rest of it stays valid. */
export interface Rejection {
  /** Name of the family. */
  readonly family: string;
  /** Why, with the first of these samples: one sentence for the log. */
  readonly reason: string;
  /** Samples of the family left out for this reason. */
  readonly samples: number;
}

/** The families of a page. */
export interface GatheredFamilies {
  /** Families by name, each with its samples by label values in declared order; no two samples alike. */
  readonly families: readonly Family[];
  /** What was left out, one entry per family and kind of problem. */
  readonly rejected: readonly Rejection[];
}

/** A family being gathered. */
interface FamilyGroup {
  readonly definition: FamilyDefinition;
  readonly samples: Sample[];
}

/**
 * Groups measurements into families that both text formats can carry, checked and in a stable order.
 *
 * Never throws because of a collector's samples: a sample or family that would break the page is left out and reported.
 * Of two samples with the same labels, or two definitions of one name, the first stays.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 *
 * const up = { name: "x_up", type: "gauge", help: "Whether it responds", labels: ["instance"] } as const;
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
    const { names } = checkOnce(definition);
    const taken = names.find((name) => owners.has(name));
    if (taken !== undefined) {
      const owner = owners.get(taken);
      const reason =
        `Cannot publish "${definition.name}" beside "${owner}": both are "${taken}" in OpenMetrics`;
      rejections.add(definition.name, { kind: "clash", reason, samples: samples.length });
      continue;
    }
    for (const name of names) owners.set(name, definition.name);
    families.push({ ...definition, samples: sortUnique({ definition, samples }, rejections) });
  }
  return { families, rejected: rejections.list() };
}

/** What follows from a definition alone. */
interface CheckedDefinition {
  readonly problem: string | null;
  readonly names: readonly string[];
}

/** Definitions are constants of the program: each is checked once. */
const CHECKED = new WeakMap<FamilyDefinition, CheckedDefinition>();

function checkOnce(definition: FamilyDefinition): CheckedDefinition {
  let result = CHECKED.get(definition);
  if (result === undefined) {
    result = { problem: definitionProblem(definition), names: occupiedNames(definition) };
    CHECKED.set(definition, result);
  }
  return result;
}

function groupByFamily(
  measurements: Iterable<Measurement>,
  rejections: Rejections,
): Map<string, FamilyGroup> {
  const groups = new Map<string, FamilyGroup>();
  for (const measurement of measurements) {
    const { family } = measurement;
    let group = groups.get(family.name);
    if (group === undefined) {
      const reason = checkOnce(family).problem;
      if (reason !== null) {
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
    if (problem === null) group.samples.push(sampleOf(measurement));
    else rejections.add(family.name, { ...problem, samples: 1 });
  }
  return groups;
}

function byName(groups: Map<string, FamilyGroup>): FamilyGroup[] {
  const used = [...groups.values()].filter((group) => group.samples.length > 0);
  return used.sort((a, b) => compareText(a.definition.name, b.definition.name));
}

function sampleProblem(measurement: Measurement): { kind: string; reason: string } | null {
  const { family, labels, value } = measurement;
  for (const label in labels) {
    if (labels[label] !== "" && !family.labels.includes(label)) {
      const declared = family.labels.join(", ") || "none";
      const reason =
        `Cannot publish a sample of "${family.name}" with label "${label}": it declares ${declared}`;
      return { kind: `label ${label}`, reason };
    }
  }
  if (family.type === "counter" && !(value >= 0)) return wrongValue(measurement, "a counter is 0 or more");
  if (family.type === "info" && value !== 1) return wrongValue(measurement, "an info sample is 1");
  if ((family.type === "histogram") !== (measurement.histogram !== undefined)) {
    return wrongValue(measurement, "a histogram, and nothing else, has buckets");
  }
  return null;
}

function wrongValue(measurement: Measurement, rule: string): { kind: string; reason: string } {
  const reason = `Cannot publish ${describeSample(measurement)} = ${measurement.value}: ${rule}`;
  return { kind: measurement.family.type, reason };
}

function sampleOf({ family, labels, value, histogram }: Measurement): Sample {
  const sample = { labels: wellFormed(labels, family), value };
  return histogram === undefined ? sample : { ...sample, histogram };
}

/** Half a surrogate pair has no UTF-8 form: two such values could become one on the wire, unseen by the check below. */
function wellFormed(labels: LabelValues, family: FamilyDefinition): LabelValues {
  if (family.labels.every((label) => labelValue(labels, label).isWellFormed())) return labels;
  return Object.fromEntries(family.labels.map((label) => [label, labelValue(labels, label).toWellFormed()]));
}

function sortUnique({ definition, samples }: FamilyGroup, rejections: Rejections): readonly Sample[] {
  if (samples.length === 1) return samples;
  const ordered = samples.map((sample) => ({
    values: definition.labels.map((label) => labelValue(sample.labels, label)),
    sample,
  }));
  ordered.sort((a, b) => compareValues(a.values, b.values));
  const unique: Sample[] = [];
  let previous: readonly string[] | undefined;
  for (const { values, sample } of ordered) {
    if (previous !== undefined && compareValues(previous, values) === 0) {
      const reason = `Cannot publish ${describeSample({ family: definition, ...sample })} twice: ` +
        "two samples have these labels, the first is kept";
      rejections.add(definition.name, { kind: "duplicate", reason, samples: 1 });
    } else {
      unique.push(sample);
    }
    previous = values;
  }
  return unique;
}

function describeSample({ family, labels }: Measurement): string {
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

/** Counts rejections per family and kind, so that a thousand of a kind are one log line. */
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
