/**
 * Values on a page of metrics.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import { parseTextPage, type ReadFamily } from "../exposition/strict_parser.ts";

/** Labels that a sample must have; others may be there. */
export type SomeLabels = Readonly<Record<string, string>>;

/** A page of metrics. */
export class Page {
  readonly #families: readonly ReadFamily[];

  /** Reads a page in text format 0.0.4. */
  constructor(text: string) {
    this.#families = parseTextPage(text);
  }

  /** The samples of a family with these labels: their own labels and value. */
  samples(
    name: string,
    labels: SomeLabels = {},
  ): readonly { readonly labels: SomeLabels; readonly value: number }[] {
    const samples = this.#families.find((family) => family.name === name)?.samples ?? [];
    return samples.map((sample) => ({ labels: Object.fromEntries(sample.labels), value: sample.value }))
      .filter((sample) => Object.entries(labels).every(([label, value]) => sample.labels[label] === value));
  }

  /** The value of the only sample with these labels; null when there is none. */
  value(name: string, labels: SomeLabels = {}): number | null {
    const [only, ...others] = this.samples(name, labels);
    assertEquals(others, [], `one sample of ${name} with ${JSON.stringify(labels)}`);
    return only?.value ?? null;
  }

  /** The values of several families with these labels. */
  values(names: readonly string[], labels: SomeLabels = {}): readonly (number | null)[] {
    return names.map((name) => this.value(name, labels));
  }

  /** The findings: check and severity, in order. */
  get findings(): readonly string[] {
    return this.samples("pgrepl_finding")
      .map(({ labels: { check, severity } }) => `${check} ${severity}`).toSorted();
  }
}
