/**
 * `deno task bench`: speed and memory of the exporter, compared with Debian's prometheus-postgres-exporter.
 *
 * `main.ts` runs the benchmarks of `benchmarks.ts` one after the other on one cluster of the lab and prints one table.
 * The two exporters always alternate within a benchmark, so that ratios are valid on a shared machine too. This file has
 * the statistics: quantiles, their formats, and the wait between measurements.
 *
 * @module
 */

/**
 * A quantile of measured values, by linear interpolation.
 *
 * @param values At least one value, in any order.
 * @param share 0.5 is the median.
 * @throws {RangeError} When there is no value.
 */
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (sorted.length - 1) * share;
  const low = sorted[Math.floor(at)];
  const high = sorted[Math.ceil(at)];
  if (low === undefined || high === undefined) throw new RangeError("Cannot take a quantile: no values");
  return low + (high - low) * (at - Math.floor(at));
}

/** The median. */
export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

/** A number with three significant digits and without an exponent. */
export function formatNumber(value: number): string {
  if (!Number.isFinite(value)) return String(value);
  const digits = Math.abs(value) >= 100 ? 0 : Math.max(0, 2 - Math.floor(Math.log10(Math.abs(value) || 1)));
  return value.toLocaleString("en", { minimumFractionDigits: 0, maximumFractionDigits: Math.min(digits, 6) });
}

/** Quartiles, as "0.9-1.2": half of the values lie between them. */
export function formatSpread(values: readonly number[]): string {
  return `${formatNumber(quantile(values, 0.25))}-${formatNumber(quantile(values, 0.75))}`;
}

/** Bytes as MiB. */
export function formatMebibytes(bytes: number): string {
  return `${(bytes / 1024 / 1024).toFixed(1)} MiB`;
}

/** Waits: measuring a process that does little takes time. */
export async function pause(seconds: number): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
}
