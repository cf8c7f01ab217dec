/** Largest margin below a scraper's timeout, seconds; the usual offset of Prometheus exporters. */
const MAX_MARGIN_SECONDS = 0.5;
/** Margin of a short timeout, as a fraction of it. */
const MARGIN_RATIO = 0.1;
/** A number in Prometheus's format: decimal, without sign or exponent. */
const TIMEOUT = /^\d{1,9}(\.\d{1,18})?$/;

/**
 * The time budget of a scrape, from the header `X-Prometheus-Scrape-Timeout-Seconds`.
 *
 * A margin of half a second, or a tenth of the timeout when that is less, is reserved for encoding and transport.
 *
 * @param header The header's value; null when absent.
 * @returns Seconds; `undefined` when the header is absent or invalid: the collection's own deadline applies.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * assertEquals(parseScrapeBudget("10"), 9.5);
 * assertEquals(parseScrapeBudget("soon"), undefined);
 * ```
 */
export function parseScrapeBudget(header: string | null): number | undefined {
  if (header === null || !TIMEOUT.test(header)) return undefined;
  const timeout = Number(header);
  if (timeout === 0) return undefined;
  return timeout - Math.min(MAX_MARGIN_SECONDS, timeout * MARGIN_RATIO);
}
