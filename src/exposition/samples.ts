import type { Family } from "../metrics/family.ts";
import { escapeQuoted } from "./escaping.ts";
import { formatNumber } from "./number.ts";

/** Lines joined at a time: a long concatenation is a tree the garbage collector copies again and again. */
const CHUNK_LINES = 128;

/**
 * Writes the sample lines of a family, which are the same in both formats.
 *
 * Joining in chunks keeps the cost per line the same up to 100,000 lines; `tests/bench/encoding_bench.ts` measures it.
 *
 * @param family The family; its samples are written in their order, their labels in declared order.
 * @returns Lines, each with its line feed, in chunks of many lines.
 */
export function renderSamples(family: Family): string[] {
  const { name, labels, samples } = family;
  const first = labels.map((label) => `${name}{${label}="`);
  const following = labels.map((label) => `",${label}="`);
  const chunks: string[] = [];
  let lines: string[] = [];
  for (const sample of samples) {
    let line = "";
    for (let index = 0; index < labels.length; index++) {
      const value = labelValue(sample.labels, labels[index] ?? "");
      if (value === "") continue; // an empty label is an absent one
      line += line === "" ? first[index] : following[index];
      line += escapeQuoted(value);
    }
    lines.push(`${line === "" ? name : `${line}"}`} ${formatNumber(sample.value)}\n`);
    if (lines.length === CHUNK_LINES) {
      chunks.push(lines.join(""));
      lines = [];
    }
  }
  chunks.push(lines.join(""));
  return chunks;
}

/** A label's value; the type test keeps out what a plain object inherits, such as `constructor`. */
function labelValue(labels: Readonly<Record<string, string>>, label: string): string {
  const value: unknown = labels[label];
  return typeof value === "string" ? value : "";
}
