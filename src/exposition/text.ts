import type { Family, MetricType } from "../metrics/family.ts";
import { escapeTextHelp } from "./escaping.ts";
import { renderSamples } from "./samples.ts";

/** Content type of {@linkcode renderText}'s result. */
export const TEXT_CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8";

/** Types as this format names them. */
const TEXT_TYPES: Readonly<Record<MetricType, string>> = {
  gauge: "gauge",
  counter: "counter",
  info: "gauge",
  unknown: "untyped",
  histogram: "histogram",
};

/**
 * Renders a page in Prometheus text format 0.0.4.
 *
 * Info families are gauges of value 1 here, families of unknown type untyped. A family without samples is left out.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 *
 * const page = renderText([{
 *   name: "x_up",
 *   type: "gauge",
 *   help: "Whether it responds",
 *   labels: ["instance"],
 *   samples: [{ labels: { instance: "a" }, value: 1 }],
 * }]);
 * assertEquals(page, '# HELP x_up Whether it responds\n# TYPE x_up gauge\nx_up{instance="a"} 1\n');
 * ```
 *
 * @param families Families as `gatherFamilies` returns them.
 * @returns The page; every line ends in a line feed.
 */
export function renderText(families: Iterable<Family>): string {
  const parts: string[] = [];
  for (const family of families) {
    const { name, type, textType, help, samples } = family;
    if (samples.length === 0) continue;
    if (help !== "") parts.push(`# HELP ${name} ${escapeTextHelp(help)}\n`);
    parts.push(`# TYPE ${name} ${textType ?? TEXT_TYPES[type]}\n`, ...renderSamples(family));
  }
  return parts.join("");
}
