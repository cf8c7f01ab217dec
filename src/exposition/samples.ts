import type { Family } from "../metrics/family.ts";
import { escapeQuoted } from "./escaping.ts";
import { formatNumber } from "./number.ts";

/**
 * Writes the sample lines of a family, which are the same in both formats.
 *
 * Appending to one string beats joining an array of lines here: `tests/bench/encoding_bench.ts` has the figures.
 *
 * @param family The family; its samples are written in their order, their labels in declared order.
 * @returns One line per sample, each with its line feed.
 */
export function renderSamples(family: Family): string {
  const { name, labels, samples } = family;
  const first = labels.map((label) => `${name}{${label}="`);
  const following = labels.map((label) => `",${label}="`);
  let text = "";
  for (const sample of samples) {
    let hasLabels = false;
    for (let index = 0; index < labels.length; index++) {
      const value = labelValue(sample.labels, labels[index] ?? "");
      if (value === "") continue; // an empty label is an absent one
      text += hasLabels ? following[index] : first[index];
      text += escapeQuoted(value);
      hasLabels = true;
    }
    text += hasLabels ? '"} ' : `${name} `;
    text += formatNumber(sample.value);
    text += "\n";
  }
  return text;
}

/** A label's value; the type test keeps out what a plain object inherits, such as `constructor`. */
function labelValue(labels: Readonly<Record<string, string>>, label: string): string {
  const value: unknown = labels[label];
  return typeof value === "string" ? value : "";
}
