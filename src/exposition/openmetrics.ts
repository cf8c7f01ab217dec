import { openMetricsName } from "../metrics/definition.ts";
import type { Family } from "../metrics/family.ts";
import { escapeQuoted } from "./escaping.ts";
import { renderSamples } from "./samples.ts";

/** Content type of {@linkcode renderOpenMetrics}'s result. */
export const OPENMETRICS_CONTENT_TYPE = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/**
 * Renders a page in OpenMetrics 1.0 text format.
 *
 * Counters and info families lose `_total` and `_info` in their metadata lines and keep them in their samples.
 * Of histograms alone `_created` is written. A family without samples is left out.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 *
 * const page = renderOpenMetrics([{
 *   name: "x_sent_bytes_total",
 *   type: "counter",
 *   help: "Bytes sent",
 *   labels: [],
 *   unit: "bytes",
 *   samples: [{ labels: {}, value: 7 }],
 * }]);
 * assertEquals(
 *   page,
 *   "# TYPE x_sent_bytes counter\n# UNIT x_sent_bytes bytes\n# HELP x_sent_bytes Bytes sent\nx_sent_bytes_total 7\n# EOF\n",
 * );
 * ```
 *
 * @param families Families as `gatherFamilies` returns them.
 * @returns The page with its `# EOF`; only the whole of it is valid.
 */
export function renderOpenMetrics(families: Iterable<Family>): string {
  const parts: string[] = [];
  for (const family of families) {
    if (family.samples.length === 0) continue;
    const name = openMetricsName(family);
    parts.push(`# TYPE ${name} ${family.type}\n`);
    if (family.unit !== undefined) parts.push(`# UNIT ${name} ${family.unit}\n`);
    if (family.help !== "") parts.push(`# HELP ${name} ${escapeQuoted(family.help)}\n`);
    parts.push(...renderSamples(family, { hasCreated: true }));
  }
  parts.push("# EOF\n");
  return parts.join("");
}
