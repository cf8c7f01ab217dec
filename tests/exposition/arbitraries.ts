/**
 * Random measurements, hostile where it hurts.
 *
 * @module
 */
import fc from "fast-check";
import {
  type FamilyDefinition,
  measureHistogram,
  type Measurement,
  type MetricType,
} from "../../src/metrics/family.ts";
import { ANY_CHARACTER } from "../fixtures/any_character.ts";

/** Text a user, a server or an attacker could put into a label: every special character often, any Unicode sometimes. */
export function hostileText(): fc.Arbitrary<string> {
  const special = fc.constantFrom(
    ...'\\"\n\r\t{},=# \0',
    "\u2028",
    "\uFEFF",
    "🐘",
    "\\n",
    '\\"',
    "# EOF\n",
    "\ud800",
  );
  return fc.oneof(
    fc.array(special, { maxLength: 8 }).map((parts) => parts.join("")),
    fc.string({ unit: ANY_CHARACTER }),
    fc.string(),
  );
}

/** Any double, the special ones often. */
export function anyValue(): fc.Arbitrary<number> {
  return fc.oneof(fc.double(), fc.integer(), fc.constantFrom(NaN, Infinity, -Infinity, 0, -0));
}

/** Measurements of a few families that can be written; some samples are duplicates or do not fit their type. */
export function measurements(): fc.Arbitrary<Measurement[]> {
  return fc.uniqueArray(definition(), {
    selector: ({ name }) => name.replace(/_(?:total|info)$/, ""),
    maxLength: 5,
  })
    .chain((families) => {
      if (families.length === 0) return fc.constant([]);
      return fc.array(fc.constantFrom(...families).chain(measurement), { maxLength: 30 });
    });
}

function definition(): fc.Arbitrary<FamilyDefinition> {
  const word = fc.stringMatching(/^[a-z][a-z0-9]{0,6}$/);
  return fc.record({
    stem: word,
    type: fc.constantFrom<MetricType>("gauge", "counter", "info", "unknown", "histogram"),
    // Neither format can carry blanks at the start of a help text: they are token separators.
    help: hostileText().map((text) => `Help ${text}`.toWellFormed()),
    labels: fc.uniqueArray(word, { maxLength: 4 }),
    unit: fc.option(fc.constantFrom("seconds", "bytes"), { nil: undefined }),
  }).map(({ stem, type, help, labels, unit }) => {
    if (type === "info") return { name: `${stem}_info`, type, help, labels };
    const base = unit === undefined ? stem : `${stem}_${unit}`;
    const name = type === "counter" ? `${base}_total` : base;
    return unit === undefined ? { name, type, help, labels } : { name, type, help, labels, unit };
  });
}

function measurement(family: FamilyDefinition): fc.Arbitrary<Measurement> {
  const values = fc.array(hostileText(), {
    minLength: family.labels.length,
    maxLength: family.labels.length,
  });
  const labelsOf = (values: readonly string[]) =>
    Object.fromEntries(family.labels.map((label, index) => [label, values[index] ?? ""]));
  if (family.type === "histogram") {
    return fc.record({
      values,
      bounds: fc.uniqueArray(fc.constantFrom(0.1, 0.25, 0.5, 1, 2.5, 5, 3600), { maxLength: 7 })
        .map((bounds) => bounds.toSorted((a, b) => a - b)),
      counts: fc.array(fc.nat(), { minLength: 8, maxLength: 8 }),
      sum: fc.double({ min: 0, noNaN: true }),
      createdUnixSeconds: fc.double({ min: 1, max: 4e9, noNaN: true }),
    }).map(({ values, bounds, counts, ...rest }) =>
      measureHistogram(family, labelsOf(values), {
        bounds,
        counts: counts.slice(0, bounds.length + 1),
        ...rest,
      })
    );
  }
  const value = family.type === "info" ? fc.constantFrom(1, 1, 1, 0) : anyValue();
  return fc.record({ values, value }).map(({ values, value }) => ({
    family,
    labels: labelsOf(values),
    value,
  }));
}

/** The same few hundred hostile measurements each time, with names that pass every lint. */
export function hostileMeasurements(): Measurement[] {
  const gauge = {
    name: "pgrepl_hostile_seconds",
    type: "gauge",
    help: 'A "gauge" C:\\n\nin seconds',
    labels: ["a", "b"],
  } as const;
  const counter = {
    name: "pgrepl_hostile_bytes_total",
    type: "counter",
    help: "Bytes",
    labels: ["a"],
    unit: "bytes",
  } as const;
  const info = { name: "pgrepl_hostile_info", type: "info", help: "Text", labels: ["a", "b", "c"] } as const;
  const histogram = {
    name: "pgrepl_hostile_lag_seconds",
    type: "histogram",
    help: "Lag",
    labels: ["a"],
    unit: "seconds",
  } as const;
  const [texts = [], values = []] = fc.sample(
    fc.tuple(
      fc.array(hostileText(), { minLength: 300, maxLength: 300 }),
      fc.array(anyValue(), { minLength: 300, maxLength: 300 }),
    ),
    { seed: 4, numRuns: 1 },
  )[0] ?? [];
  return texts.flatMap((text, index): Measurement[] => {
    const value = values[index] ?? 0;
    const next = texts[(index + 1) % texts.length] ?? "";
    return [
      { family: { ...gauge, unit: "seconds" }, labels: { a: text, b: next }, value },
      { family: counter, labels: { a: text }, value: Number.isNaN(value) ? 0 : Math.abs(value) },
      { family: info, labels: { a: text, b: "", c: next }, value: 1 },
      measureHistogram(histogram, { a: text }, {
        bounds: [0.5, 1, 3600],
        counts: [index, 1, 0, 2],
        sum: index / 8,
        createdUnixSeconds: 1_794_997_600 + index / 8,
      }),
    ];
  });
}
