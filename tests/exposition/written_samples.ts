/**
 * The samples that a reader must find of a family, said without the encoders.
 *
 * @module
 */
import type { Family } from "../../src/metrics/family.ts";
import type { ReadSample } from "./strict_lines.ts";

/** The samples of a family in their order, as one of the formats writes them. */
export function writtenSamples(
  { name, labels: names, samples }: Family,
  format: "text" | "openmetrics",
): readonly ReadSample[] {
  return samples.flatMap(({ labels, value, histogram }) => {
    const given = new Map(
      names.map((label) => [label, labels[label] ?? ""] as const).filter(([, text]) => text !== ""),
    );
    const sample = (suffix: string, value: number, le?: string): ReadSample => ({
      name: name + suffix,
      labels: le === undefined ? given : new Map([...given, ["le", le]]),
      value: value === 0 ? 0 : value,
    });
    if (histogram === undefined) return [sample("", value)];
    const { bounds, counts, sum, createdUnixSeconds } = histogram;
    const upTo = (index: number) => counts.slice(0, index + 1).reduce((all, count) => all + count, 0);
    return [
      ...bounds.map((bound, index) =>
        sample("_bucket", upTo(index), bound % 1 === 0 ? bound.toFixed(1) : String(bound))
      ),
      sample("_bucket", value, "+Inf"),
      sample("_sum", sum),
      sample("_count", value),
      ...format === "text" ? [] : [sample("_created", createdUnixSeconds)],
    ];
  });
}
