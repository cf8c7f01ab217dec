import { type Family, type Histogram, labelValue } from "../metrics/family.ts";
import { escapeQuoted } from "./escaping.ts";
import { formatNumber } from "./number.ts";

/** Lines joined at a time: the garbage collector would copy one long concatenation, a tree, again and again. */
const CHUNK_LINES = 128;

/**
 * Writes the sample lines of a family, which are the same in both formats but for `_created`. Joining in chunks keeps the
 * cost per line constant up to 100,000 lines; `tests/bench/encoding_bench.ts` measures it.
 *
 * @param family The family; its samples are written in their order, their labels in declared order.
 * @param options `hasCreated`: whether histograms say when they began to count.
 * @returns Lines, each with its line feed, in chunks of many lines.
 */
export function renderSamples(
  family: Family,
  { hasCreated = false }: { readonly hasCreated?: boolean } = {},
): string[] {
  const { name, labels, samples } = family;
  const { first, following } = openingsOf(labels);
  const chunks: string[] = [];
  let lines: string[] = [];
  for (const { labels: values, value, histogram } of samples) {
    // Up to the last value's closing quote, which is not part of it.
    let pairs = "";
    for (let index = 0; index < labels.length; index++) {
      const text = labelValue(values, labels[index] ?? "");
      if (text === "") continue; // an empty label is an absent one
      pairs += pairs === "" ? first[index] : following[index];
      pairs += escapeQuoted(text);
    }
    if (histogram === undefined) {
      lines.push(`${name}${pairs === "" ? "" : `${pairs}"}`} ${formatNumber(value)}\n`);
    } else lines.push(...renderHistogram(name, { pairs, histogram, hasCreated }));
    if (lines.length >= CHUNK_LINES) {
      chunks.push(lines.join(""));
      lines = [];
    }
  }
  chunks.push(lines.join(""));
  return chunks;
}

/** What is written before a label's value: the first one, and a following one. */
interface Openings {
  readonly first: readonly string[];
  readonly following: readonly string[];
}

/** Labels of a family are constants of the program. */
const LABEL_OPENINGS = new WeakMap<readonly string[], Openings>();

function openingsOf(labels: readonly string[]): Openings {
  const known = LABEL_OPENINGS.get(labels);
  if (known !== undefined) return known;
  const openings = {
    first: labels.map((label) => `{${label}="`),
    following: labels.map((label) => `",${label}="`),
  };
  LABEL_OPENINGS.set(labels, openings);
  return openings;
}

function* renderHistogram(
  name: string,
  { pairs, histogram, hasCreated }: {
    readonly pairs: string;
    readonly histogram: Histogram;
    readonly hasCreated: boolean;
  },
): Generator<string> {
  const { bounds, counts, sum, createdUnixSeconds } = histogram;
  const bucket = `${name}_bucket${pairs === "" ? "{" : `${pairs}",`}le="`;
  const labels = pairs === "" ? "" : `${pairs}"}`;
  let count = 0;
  for (let index = 0; index <= bounds.length; index++) {
    count += counts[index] ?? 0;
    yield `${bucket}${formatBound(bounds[index] ?? Infinity)}"} ${count}\n`;
  }
  yield `${name}_sum${labels} ${formatNumber(sum)}\n`;
  yield `${name}_count${labels} ${count}\n`;
  if (hasCreated) yield `${name}_created${labels} ${formatNumber(createdUnixSeconds)}\n`;
}

/**
 * A bound in OpenMetrics' canonical form, in both formats: Prometheus before 3 keeps it as written, so a bucket would
 * otherwise be another series in each format.
 */
function formatBound(bound: number): string {
  return Number.isInteger(bound) ? `${bound}.0` : formatNumber(bound);
}
