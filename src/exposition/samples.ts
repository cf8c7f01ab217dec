import { type Family, labelValue } from "../metrics/family.ts";
import { escapeQuoted } from "./escaping.ts";
import { formatNumber } from "./number.ts";

/** Lines joined at a time: the garbage collector would copy one long concatenation, a tree, again and again. */
const CHUNK_LINES = 128;

/**
 * Writes the sample lines of a family, which are the same in both formats. Joining in chunks keeps the cost per line
 * constant up to 100,000 lines; `tests/bench/encoding_bench.ts` measures it.
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
