/** Series like those of the exporter, to measure the encoding. */
import type { Measurement } from "../../src/metrics/family.ts";

/**
 * Generates series: 100 per family, three labels, every tenth with text that needs escaping.
 *
 * @param series How many, a multiple of 100.
 */
export function measurementsOf(series: number): Measurement[] {
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
