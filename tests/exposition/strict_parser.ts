/**
 * A strict reader of both text formats, written from their specifications and sharing nothing with the encoders.
 *
 * Stricter than the specifications where they leave room: one space between tokens, no blank lines, no comments, no
 * timestamps and exemplars, metadata in one order, no undefined escapes. Only the types this program publishes.
 *
 * Sources: prometheus.io "Exposition formats" and "OpenMetrics 1.0" (ABNF and prose).
 *
 * @module
 */
import { parseSampleLine, type ReadSample, unescapeHelp } from "./strict_lines.ts";

/** A family as read. */
export interface ReadFamily {
  /** Name in the metadata. */
  readonly name: string;
  /** Type as written. */
  readonly type: string;
  /** Unit; "" without a UNIT line. */
  readonly unit: string;
  /** Help, unescaped; "" without a HELP line. */
  readonly help: string;
  /** Samples in their order. */
  readonly samples: readonly ReadSample[];
}

/** What differs between the formats. */
interface Dialect {
  readonly types: readonly string[];
  /** Metadata keywords in their order. */
  readonly order: readonly string[];
  readonly helpEscapes: string;
  readonly labelName: RegExp;
  /** What the names of samples add to the name of a family of this type. */
  suffixes(type: string): readonly string[];
  /** Names a family claims for itself alone. */
  claims(name: string, type: string): readonly string[];
  /** What is wrong with a whole family; null when nothing. */
  familyProblem(family: ReadFamily): string | null;
}

const TEXT: Dialect = {
  types: ["counter", "gauge", "histogram", "untyped"],
  order: ["HELP", "TYPE"],
  helpEscapes: "\\n",
  labelName: /^[a-zA-Z_][a-zA-Z0-9_]*$/,
  suffixes: (type) => type === "histogram" ? ["_bucket", "_sum", "_count"] : [""],
  claims: (
    name,
    type,
  ) => [name, ...TEXT.suffixes(type).filter((each) => each !== "").map((each) => name + each)],
  familyProblem: (family) => {
    if (family.type === "histogram") return histogramProblem(family);
    const { type, samples } = family;
    return type === "counter" && samples.some(({ value }) => value < 0) ? "a counter is negative" : null;
  },
};

const OPENMETRICS: Dialect = {
  types: ["counter", "gauge", "info", "histogram", "unknown"],
  order: ["TYPE", "UNIT", "HELP"],
  helpEscapes: '\\n"',
  labelName: /^[a-zA-Z][a-zA-Z0-9_]*$/,
  suffixes: openMetricsSuffixes,
  claims: (name, type) => [
    name,
    ...[...openMetricsSuffixes(type), ...type === "counter" ? ["_created"] : []]
      .filter((suffix) => suffix !== "").map((suffix) => name + suffix),
  ],
  familyProblem: (family) => {
    const { name, type, unit, samples } = family;
    if (unit !== "" && (type === "info" || !name.endsWith(`_${unit}`))) return `unit "${unit}" does not fit`;
    if (type === "histogram") return histogramProblem(family);
    if (type === "counter" && samples.some(({ value }) => !(value >= 0))) {
      return "a counter is negative or NaN";
    }
    return type === "info" && samples.some(({ value }) => value !== 1) ? "an info value is not 1" : null;
  },
};

/**
 * Parses a page of text format 0.0.4.
 *
 * @param page The page.
 * @returns Its families in their order.
 * @throws {SyntaxError} When anything about it is wrong.
 */
export function parseTextPage(page: string): readonly ReadFamily[] {
  return parseFamilies(page, TEXT);
}

/**
 * Parses a page of OpenMetrics 1.0.
 *
 * @param page The page.
 * @returns Its families in their order.
 * @throws {SyntaxError} When anything about it is wrong.
 */
export function parseOpenMetricsPage(page: string): readonly ReadFamily[] {
  const end = "# EOF\n";
  if (!page.endsWith(end)) throw new SyntaxError('The page does not end in "# EOF" and a line feed');
  const body = page.slice(0, -end.length);
  if (body !== "" && !body.endsWith("\n")) {
    throw new SyntaxError('"# EOF" does not stand on a line of its own');
  }
  return parseFamilies(body, OPENMETRICS);
}

function parseFamilies(page: string, dialect: Dialect): readonly ReadFamily[] {
  if (page.startsWith("\uFEFF")) throw new SyntaxError("The page starts with a byte order mark");
  if (page === "") return [];
  if (!page.endsWith("\n")) throw new SyntaxError("The last line does not end in a line feed");
  const lines = page.slice(0, -1).split("\n");
  const families: ReadFamily[] = [];
  const claimed = new Set<string>();
  for (let at = 0; at < lines.length;) {
    const { family, next } = parseFamily(lines, { at, dialect });
    for (const name of dialect.claims(family.name, family.type)) {
      if (claimed.has(name)) {
        throw new SyntaxError(`The name "${name}" is used by two families, or one is interleaved`);
      }
      claimed.add(name);
    }
    families.push(family);
    at = next;
  }
  return families;
}

function parseFamily(
  lines: readonly string[],
  { at, dialect }: { at: number; dialect: Dialect },
): { family: ReadFamily; next: number } {
  const metadata = new Map<string, string>();
  let name: string | undefined;
  let next = at;
  for (; lines[next]?.startsWith("#"); next++) {
    const line = lines[next] ?? "";
    const match = /^# ([A-Z]+) ([a-zA-Z_][a-zA-Z0-9_]*) (.+)$/s.exec(line);
    const [, keyword = "", subject = "", rest = ""] = match ?? [];
    if (match === null || !dialect.order.includes(keyword)) {
      throw new SyntaxError(`Not a metadata line: "${line}"`);
    }
    if (subject !== (name ??= subject)) break; // metadata of the next family, this one having no samples
    const order = dialect.order.indexOf(keyword);
    if ([...metadata.keys()].some((earlier) => dialect.order.indexOf(earlier) >= order)) {
      throw new SyntaxError(`A second ${keyword}, or one out of order: "${line}"`);
    }
    metadata.set(keyword, rest);
  }
  const type = metadata.get("TYPE");
  if (name === undefined || type === undefined || !dialect.types.includes(type)) {
    throw new SyntaxError(`No usable TYPE before "${lines[next] ?? "the end"}"`);
  }
  const samples: ReadSample[] = [];
  const seen = new Set<string>();
  for (; next < lines.length && !lines[next]?.startsWith("#"); next++) {
    const sample = parseSampleLine(lines[next] ?? "", dialect.labelName);
    const family = name;
    if (!dialect.suffixes(type).some((suffix) => sample.name === family + suffix)) {
      throw new SyntaxError(`Sample "${sample.name}" stands in family "${name}"`);
    }
    const identity = sample.name +
      JSON.stringify([...sample.labels].filter(([, value]) => value !== "").sort());
    if (seen.has(identity)) throw new SyntaxError(`Two samples of "${name}" have the labels ${identity}`);
    seen.add(identity);
    samples.push(sample);
  }
  if (samples.length === 0) throw new SyntaxError(`Family "${name}" has no samples`);
  const help = unescapeHelp(metadata.get("HELP") ?? "", dialect.helpEscapes);
  const family = { name, type, unit: metadata.get("UNIT") ?? "", help, samples };
  const problem = dialect.familyProblem(family);
  if (problem !== null) throw new SyntaxError(`Family "${name}": ${problem}`);
  return { family, next };
}

function openMetricsSuffixes(type: string): readonly string[] {
  if (type === "histogram") return ["_bucket", "_sum", "_count", "_created"];
  return [type === "counter" ? "_total" : type === "info" ? "_info" : ""];
}

/** What is wrong with a histogram: of each set of labels the buckets come first, ascending, then the rest. */
function histogramProblem({ name, samples }: ReadFamily): string | null {
  for (let at = 0; at < samples.length;) {
    let [bound, count] = [-Infinity, 0];
    for (; samples[at]?.name === `${name}_bucket`; at++) {
      const { labels, value = 0 } = samples[at] ?? { labels: new Map<string, string>() };
      const text = labels.get("le") ?? "";
      const le = text === "+Inf" ? Infinity : Number(text);
      if (!/^(?:\d+\.\d+|\+Inf)$/.test(text) || !(le > bound)) {
        return `a bucket with le="${text}" after ${bound}`;
      }
      if (!Number.isInteger(value) || value < count) return `a bucket of ${value} after ${count}`;
      [bound, count] = [le, value];
    }
    if (bound !== Infinity) return "its last bucket is not +Inf";
    const [sum, total] = samples.slice(at, at + 2);
    if (sum?.name !== `${name}_sum` || total?.name !== `${name}_count` || total.value !== count) {
      return `no sum and no count of ${count} after the buckets`;
    }
    at += samples[at + 2]?.name === `${name}_created` ? 3 : 2;
  }
  return null;
}
