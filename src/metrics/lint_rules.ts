import { definitionProblem, openMetricsName } from "./definition.ts";
import type { FamilyDefinition } from "./family.ts";

/** A rule: what is wrong with a family, in words that follow its name. Empty when nothing is. */
export type LintRule = (family: FamilyDefinition) => readonly string[];

const SNAKE_CASE = /^[a-z][a-z0-9]*(?:_[a-z0-9]+)*$/;
const PREFIX = /^(?:pgrepl|process)_/;
const BASE_UNITS = ["seconds", "bytes", "ratio"];
const RESERVED_SUFFIX = /_(?:sum|count|bucket|created|gsum|gcount)$/;
const TYPE_WORDS = ["gauge", "counter", "histogram", "summary", "untyped"];
const ABBREVIATIONS = new Set("s ms us ns sec secs min b kb mb gb tb pb kib mib gib m h d pct".split(" "));
const SCALED_UNIT = new RegExp(
  "^(?:(?:pico|nano|micro|milli|centi|deci|deca|hecto|kilo|kibi|mega|mebi|giga|gibi|tera|tebi|peta|pebi)" +
    "(?:seconds|bytes|bits)|minutes|hours|days|weeks|bits|percent|percentage)$",
);

/** Every rule by its name. Sources: prometheus.io's naming practices, OpenMetrics 1.0, and what promtool checks. */
export const LINT_RULES: Readonly<Record<string, LintRule>> = {
  "writable": lintWritable,
  "prefix": lintPrefix,
  "snake case": lintSnakeCase,
  "help": lintHelp,
  "counter suffix": lintCounterSuffix,
  "info suffix": lintInfoSuffix,
  "reserved suffix": lintReservedSuffix,
  "reserved label": lintReservedLabel,
  "base unit": lintBaseUnit,
  "declared unit": lintDeclaredUnit,
  "timestamp": lintTimestamp,
  "type in name": lintTypeInName,
  "label in name": lintLabelInName,
};

/** Neither format may be broken by it. */
function lintWritable(family: FamilyDefinition): readonly string[] {
  const problem = definitionProblem(family);
  return problem === null ? [] : [`cannot be written: ${problem}`];
}

/** One prefix tells whose metric it is, and keeps us apart from postgres_exporter's `pg_`. */
function lintPrefix({ name }: FamilyDefinition): readonly string[] {
  return PREFIX.test(name) ? [] : ['should start with "pgrepl_" (or "process_" for our own process)'];
}

function lintSnakeCase({ name, labels }: FamilyDefinition): readonly string[] {
  return [name, ...labels].filter((text) => !SNAKE_CASE.test(text)).map((text) =>
    `"${text}" should be snake_case`
  );
}

/** HELP is a tooltip: one trimmed line that says something the name does not. */
function lintHelp({ name, help }: FamilyDefinition): readonly string[] {
  const problems: string[] = [];
  if (help.trim() === "") problems.push("should have a help text");
  if (help !== help.trim() || /[\r\n\t]|\s\s/.test(help)) {
    problems.push("should have its help on one line, with single spaces and none at the ends");
  }
  if (help.toLowerCase().startsWith(name)) problems.push("should not repeat its name in its help");
  return problems;
}

function lintCounterSuffix({ name, type }: FamilyDefinition): readonly string[] {
  if (type === "counter" && !name.endsWith("_total")) return ['is a counter and should end in "_total"'];
  if (type !== "counter" && name.endsWith("_total")) return [`is a ${type} and should not end in "_total"`];
  return [];
}

function lintInfoSuffix({ name, type }: FamilyDefinition): readonly string[] {
  if (type === "info" && !name.endsWith("_info")) return ['is an info family and should end in "_info"'];
  if (type !== "info" && name.endsWith("_info")) return [`is a ${type} and should not end in "_info"`];
  return [];
}

/** Sample names of histograms, summaries and creation times. */
function lintReservedSuffix(family: FamilyDefinition): readonly string[] {
  const suffix = RESERVED_SUFFIX.exec(openMetricsName(family))?.[0];
  return suffix === undefined
    ? []
    : [`should not end in "${suffix}", which histograms and counters add to their names`];
}

/** Labels with a meaning of their own, or that Prometheus sets; `instance` is ours on purpose (`honor_labels`). */
function lintReservedLabel({ labels }: FamilyDefinition): readonly string[] {
  return labels.filter((label) => ["le", "quantile", "job", "type"].includes(label))
    .map((label) => `should not have a label "${label}", which is reserved or says too little`);
}

function lintBaseUnit({ name }: FamilyDefinition): readonly string[] {
  return name.split("_").flatMap((word) => {
    if (SCALED_UNIT.test(word)) {
      return [`should use a base unit (seconds, bytes, ratio) instead of "${word}"`];
    }
    return ABBREVIATIONS.has(word) ? [`should not abbreviate a unit: "${word}"`] : [];
  });
}

/** The unit is the last word, once, and declared, so that OpenMetrics can name it. */
function lintDeclaredUnit(family: FamilyDefinition): readonly string[] {
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
}

function lintTimestamp({ name }: FamilyDefinition): readonly string[] {
  const isInstant = name.endsWith("_timestamp") || name.endsWith("_time");
  return isInstant ? ['is an instant and should end in "_timestamp_seconds"'] : [];
}

function lintTypeInName({ name }: FamilyDefinition): readonly string[] {
  return name.split("_").filter((word) => TYPE_WORDS.includes(word))
    .map((word) => `should not name its type: "${word}"`);
}

/** What the labels say needs no `_by_` in the name. */
function lintLabelInName({ name }: FamilyDefinition): readonly string[] {
  return name.includes("_by_") ? ['should leave "by" to its labels'] : [];
}
