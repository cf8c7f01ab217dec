import { definitionProblem, openMetricsName } from "../../src/metrics/definition.ts";
import { BASE_UNITS, type FamilyDefinition } from "../../src/metrics/family.ts";

/** A rule: what is wrong with a family, in words that follow its name; empty when nothing is. */
export type LintRule = (family: FamilyDefinition) => readonly string[];

const SNAKE_CASE = /^[a-z][a-z0-9]*(?:_[a-z0-9]+)*$/;
const PREFIX = /^(?:pgrepl|process)_/;
const RESERVED_SUFFIX = /_(?:sum|count|bucket|created|gsum|gcount)$/;
const RESERVED_LABELS = ["le", "quantile", "job", "type"];
const TYPE_WORDS = ["gauge", "counter", "histogram", "summary", "untyped"];
const ABBREVIATIONS = new Set("s ms us ns sec secs min b kb mb gb tb pb kib mib gib m h d pct".split(" "));
const SCALED_UNIT = new RegExp(
  "^(?:(?:pico|nano|micro|milli|centi|deci|deca|hecto|kilo|kibi|mega|mebi|giga|gibi|tera|tebi|peta|pebi)" +
    "(?:seconds|bytes|bits)|minutes|hours|days|weeks|bits|percent|percentage)$",
);

/** Every rule by its name. Sources: prometheus.io's naming practices, OpenMetrics 1.0, and what promtool checks. */
export const LINT_RULES: Readonly<Record<string, LintRule>> = {
  "writable": (family) => {
    const problem = definitionProblem(family);
    return problem === null ? [] : [`cannot be written: ${problem}`];
  },
  // One prefix shows where a metric comes from, and separates ours from postgres_exporter's `pg_`.
  "prefix": ({ name }) =>
    PREFIX.test(name) ? [] : ['should start with "pgrepl_" (or "process_" for our own process)'],
  "snake case": ({ name, labels }) =>
    [name, ...labels].filter((text) => !SNAKE_CASE.test(text)).map((text) =>
      `"${text}" should be snake_case`
    ),
  "help": ({ name, help }) => {
    const problems: string[] = [];
    if (help.trim() === "") problems.push("should have a help text");
    if (help !== help.trim() || /[\r\n\t]|\s\s/.test(help)) {
      problems.push("should have its help on one line, with single spaces and none at the ends");
    }
    if (help.toLowerCase().startsWith(name)) problems.push("should not repeat its name in its help");
    return problems;
  },
  "counter suffix": (family) => suffixProblem(family, { type: "counter", suffix: "_total" }),
  "info suffix": (family) => suffixProblem(family, { type: "info", suffix: "_info" }),
  "reserved suffix": (family) => {
    const suffix = RESERVED_SUFFIX.exec(openMetricsName(family))?.[0];
    return suffix === undefined
      ? []
      : [`should not end in "${suffix}", which histograms and counters add to their names`];
  },
  // Labels with a meaning of their own, or that Prometheus sets; `instance` is ours on purpose (`honor_labels`).
  "reserved label": ({ labels }) =>
    labels.filter((label) => RESERVED_LABELS.includes(label))
      .map((label) => `should not have a label "${label}", which is reserved or too vague`),
  "base unit": ({ name }) =>
    name.split("_").flatMap((word) => {
      if (SCALED_UNIT.test(word)) {
        return [`should use a base unit (${BASE_UNITS.join(", ")}) instead of "${word}"`];
      }
      return ABBREVIATIONS.has(word) ? [`should not abbreviate a unit: "${word}"`] : [];
    }),
  // The unit is the last word, once, and declared, so that OpenMetrics can name it.
  "declared unit": (family) => {
    const words = openMetricsName(family).split("_");
    const unit = words.at(-1) ?? "";
    const problems: string[] = [];
    if (BASE_UNITS.includes(unit) && family.unit === undefined) {
      problems.push(`should declare its unit "${unit}"`);
    }
    if (family.unit !== undefined && !BASE_UNITS.includes(family.unit)) {
      problems.push(`should have one of the base units ${BASE_UNITS.join(", ")}, not "${family.unit}"`);
    }
    if (BASE_UNITS.some((base) => words.indexOf(base) !== words.lastIndexOf(base))) {
      problems.push("should name its unit once");
    }
    return problems;
  },
  "timestamp": ({ name }) =>
    /_(?:timestamp|time)$/.test(name) ? ['is a point in time and should end in "_timestamp_seconds"'] : [],
  "type in name": ({ name }) =>
    name.split("_").filter((word) => TYPE_WORDS.includes(word))
      .map((word) => `should not name its type: "${word}"`),
  "label in name": ({ name }) => name.includes("_by_") ? ['should not contain "by": its labels tell'] : [],
};

function suffixProblem(
  family: FamilyDefinition,
  { type, suffix }: { readonly type: FamilyDefinition["type"]; readonly suffix: string },
): readonly string[] {
  const hasSuffix = family.name.endsWith(suffix);
  if (hasSuffix === (family.type === type)) return [];
  return [`is of type ${family.type} and should ${hasSuffix ? "not " : ""}end in "${suffix}"`];
}
