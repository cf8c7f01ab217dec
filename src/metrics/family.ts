/**
 * Metrics before they are written as text: definitions, samples, grouping, naming rules.
 *
 * @module
 */

/**
 * Types this program publishes. In text format 0.0.4 `info` is written as a gauge of value 1, `unknown` as `untyped`; of
 * our own families none is unknown.
 */
export type MetricType = "gauge" | "counter" | "info" | "unknown" | "histogram";

/** Base units, as a name ends in them. */
export const BASE_UNITS: readonly string[] = ["seconds", "bytes", "ratio"];

/** The definition of one metric family: everything but its samples. */
export interface FamilyDefinition {
  /** Full name as in text format 0.0.4: counters end in `_total`, info families in `_info`. */
  readonly name: string;
  /** Gauge, counter, info or histogram. */
  readonly type: MetricType;
  /** Meaning, unit, source view and column, on one line. */
  readonly help: string;
  /** Label names in the order they are written. */
  readonly labels: readonly string[];
  /** Base unit (`seconds`, `bytes`, `ratio`), when the name ends in it (before `_total`). */
  readonly unit?: string;
  /** Type in text format 0.0.4 of a counter of another exporter, whose name OpenMetrics does not allow for one. */
  readonly textType?: "counter";
}

/** Values by label name; an absent or empty value means that the label is absent. */
export type LabelValues = Readonly<Record<string, string>>;

/** What can be measured; `null` and `undefined` mean unknown, which is no sample. */
export type MeasuredValue = number | bigint | boolean | null | undefined;

/** What a histogram has counted. */
export interface Histogram {
  /** Upper bounds of the buckets, ascending, without `+Inf`; a value at a bound is within it. */
  readonly bounds: readonly number[];
  /** Observations of each bucket alone, then of those above the last bound. */
  readonly counts: readonly number[];
  /** Sum of the observed values. */
  readonly sum: number;
  /** When it began to count: Unix seconds. */
  readonly createdUnixSeconds: number;
}

/** One measured value of a family. */
export interface Sample {
  /** Label values. */
  readonly labels: LabelValues;
  /** The value; of a histogram the number of observations. Unknown is not a value: leave the sample out. */
  readonly value: number;
  /** What a histogram has counted; absent in other families. */
  readonly histogram?: Histogram;
}

/** A family with its samples, ready to be written. */
export interface Family extends FamilyDefinition {
  /** Samples with distinct label sets. */
  readonly samples: readonly Sample[];
}

/** One sample on its way to its family. */
export interface Measurement extends Sample {
  /** The family it belongs to. */
  readonly family: FamilyDefinition;
}

/** Properties of a family besides its name. */
export interface FamilyOptions {
  /** Meaning, unit, source view and column, on one line. */
  readonly help: string;
  /** Labels after the common ones. */
  readonly labels?: readonly string[];
  /** Labels every family of its kind has: `instance` and `cluster`, unless given. */
  readonly common?: readonly string[];
  /** Type, where it is not the one that the name implies. */
  readonly type?: MetricType;
}

/**
 * Defines a family. Type and unit follow from the name: `_total` is a counter, `_info` an info family, anything else a
 * gauge; `_seconds`, `_bytes` and `_ratio` (before `_total`) are units.
 *
 * @param name Full name.
 * @param options Help, labels, exceptions.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * const family = defineFamily("pgrepl_slot_retained_bytes", { help: "Retained WAL.", labels: ["slot"] });
 * assertEquals([family.type, family.unit], ["gauge", "bytes"]);
 * assertEquals(family.labels, ["instance", "cluster", "slot"]);
 * ```
 */
export function defineFamily(
  name: string,
  { help, labels = [], common = ["instance", "cluster"], type = typeOf(name) }: FamilyOptions,
): FamilyDefinition {
  const unit = BASE_UNITS.find((unit) => name.replace(/_total$/, "").endsWith(`_${unit}`));
  return { name, type, help, labels: [...common, ...labels], ...(unit === undefined ? {} : { unit }) };
}

/**
 * Defines families by name.
 *
 * @param table Options by full name; a string is the help of a family without further options.
 * @param defaults `common` labels of all of them.
 * @returns The definitions by the same names, in the same order.
 */
export function defineFamilies<Name extends string>(
  table: Readonly<Record<Name, string | FamilyOptions>>,
  defaults: Pick<FamilyOptions, "common"> = {},
): Readonly<Record<Name, FamilyDefinition>> {
  const entries = Object.entries<string | FamilyOptions>(table).map(([name, options]) => ({
    [name]: defineFamily(name, {
      ...defaults,
      ...(typeof options === "string" ? { help: options } : options),
    }),
  }));
  // The compiler does not know that the entries have exactly the table's names.
  return Object.assign({}, ...entries);
}

function typeOf(name: string): MetricType {
  if (name.endsWith("_total")) return "counter";
  return name.endsWith("_info") ? "info" : "gauge";
}

/** A measurement, or none when the value is unknown. */
export function measure(
  family: FamilyDefinition,
  labels: LabelValues,
  value: MeasuredValue,
): readonly Measurement[] {
  return value === null || value === undefined ? [] : [{ family, labels, value: Number(value) }];
}

/**
 * A measurement of a histogram.
 *
 * @param family The family.
 * @param labels Label values.
 * @param histogram What it has counted.
 */
export function measureHistogram(
  family: FamilyDefinition,
  labels: LabelValues,
  histogram: Histogram,
): Measurement {
  return { family, labels, value: histogram.counts.reduce((sum, count) => sum + count, 0), histogram };
}

/**
 * One 0/1 measurement per possible state, so that every state has a series.
 *
 * @param family The family; its last label names the state.
 * @param labels Values of the other labels.
 * @param states Every known state.
 * @param current The current state; one that is not in `states` gets a series of its own; `null`: unknown, no sample.
 * @throws {TypeError} When the family has no label.
 */
export function measureStates(
  family: FamilyDefinition,
  labels: LabelValues,
  states: readonly string[],
  current: string | null,
): readonly Measurement[] {
  if (current === null) return [];
  const stateLabel = family.labels.at(-1);
  if (stateLabel === undefined) {
    throw new TypeError(`Cannot measure states of "${family.name}": it has no label`);
  }
  return (states.includes(current) ? states : [...states, current]).map((state) => (
    { family, labels: { ...labels, [stateLabel]: state }, value: state === current ? 1 : 0 }
  ));
}

/** A label's value, "" when it is absent; inherited properties such as `constructor` are not values. */
export function labelValue(labels: LabelValues, label: string): string {
  const value: unknown = labels[label];
  return typeof value === "string" ? value : "";
}
