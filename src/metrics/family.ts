/**
 * What a metric is, before anyone has written it as text.
 *
 * @module
 */

/** Types this program publishes. `info` is written as a gauge of value 1 in text format 0.0.4. */
export type MetricType = "gauge" | "counter" | "info";

/** The definition of one metric family: everything but its samples. */
export interface FamilyDefinition {
  /** Full name as in text format 0.0.4: counters end in `_total`, info families in `_info`. */
  readonly name: string;
  /** Gauge, counter or info. */
  readonly type: MetricType;
  /** What it is, in which unit, from which view and column. One line. */
  readonly help: string;
  /** Label names in the order they are written. */
  readonly labels: readonly string[];
  /** Base unit (`seconds`, `bytes`, `ratio`), when the name ends in it (before `_total`). */
  readonly unit?: string;
}

/** One measured value of a family. */
export interface Sample {
  /** Values by label name; an absent or empty value means that the label is absent. */
  readonly labels: Readonly<Record<string, string>>;
  /** The value. Unknown is not a value: leave the sample out. */
  readonly value: number;
}

/** A family with its samples, ready to be written. */
export interface Family extends FamilyDefinition {
  /** Samples with label sets that differ from each other. */
  readonly samples: readonly Sample[];
}

/** One sample on its way to its family. */
export interface Measurement extends Sample {
  /** The family it belongs to. */
  readonly family: FamilyDefinition;
}

/**
 * A measurement, or nothing when the value is not known.
 *
 * @param family The family.
 * @param labels Label values.
 * @param value The value; `null` and `undefined` mean unknown and yield nothing.
 */
export function* measure(
  family: FamilyDefinition,
  labels: Readonly<Record<string, string>>,
  value: number | bigint | boolean | null | undefined,
): Generator<Measurement> {
  if (value === null || value === undefined) return;
  yield { family, labels, value: Number(value) };
}

/**
 * One 0/1 measurement per possible state, so that every state has a series.
 *
 * @param family The family; its last label names the state.
 * @param labels Values of the other labels.
 * @param states Every state known.
 * @param current The present state; one that is not in `states` gets a series of its own. `null`: unknown, nothing.
 */
export function* measureStates(
  family: FamilyDefinition,
  labels: Readonly<Record<string, string>>,
  states: readonly string[],
  current: string | null,
): Generator<Measurement> {
  if (current === null) return;
  const stateLabel = family.labels[family.labels.length - 1];
  if (stateLabel === undefined) {
    throw new TypeError(`Cannot measure states of "${family.name}": it has no label`);
  }
  for (const state of states.includes(current) ? states : [...states, current]) {
    yield { family, labels: { ...labels, [stateLabel]: state }, value: state === current ? 1 : 0 };
  }
}
