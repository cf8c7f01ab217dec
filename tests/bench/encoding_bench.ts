/**
 * Encoding speed: 10,000 series must take under 10 ms, and 100,000 ten times that.
 *
 * Series look like ours: 100 per family, three labels, every tenth with text that needs escaping.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import { renderOpenMetrics } from "../../src/exposition/openmetrics.ts";
import { renderText } from "../../src/exposition/text.ts";
import { gatherFamilies } from "../../src/metrics/gather.ts";
import type { Measurement } from "../../src/metrics/family.ts";

const utf8 = new TextEncoder();

function measurementsOf(series: number): Measurement[] {
  const measurements: Measurement[] = [];
  for (let start = 0; start < series; start += 100) {
    const family = {
      name: `pgrepl_bench_${start}_bytes`,
      type: "gauge",
      help: "Bytes of WAL between two positions, from pg_stat_replication.sent_lsn",
      labels: ["instance", "standby", "stage"],
      unit: "bytes",
    } as const;
    for (let index = start; index < start + 100; index++) {
      const standby = index % 10 === 0 ? `walreceiver "${index}"` : `walreceiver-${index}`;
      const value = index % 3 === 0 ? index * 8192 : index / 7;
      measurements.push({ family, labels: { instance: "primary", standby, stage: "replay" }, value });
    }
  }
  return measurements;
}

for (const series of [1_000, 10_000, 100_000]) {
  const measurements = measurementsOf(series);
  const { families, rejected } = gatherFamilies(measurements);
  assertEquals(rejected, []);
  const name = `${series.toLocaleString("en")} series`;
  Deno.bench(`text: ${name}`, () => {
    utf8.encode(renderText(families));
  });
  Deno.bench(`OpenMetrics: ${name}`, () => {
    utf8.encode(renderOpenMetrics(families));
  });
  Deno.bench(`gather: ${name}`, () => {
    gatherFamilies(measurements);
  });
}
