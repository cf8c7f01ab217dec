/** The most that is kept back from a scraper's timeout, seconds; the Prometheus exporters' usual offset. */
const MAX_MARGIN_SECONDS = 0.5;
/** The part of a short timeout that is kept back. */
const MARGIN_RATIO = 0.1;
/** A number as Prometheus writes it: decimal, without sign or exponent. */
const PATTERN = /^\d{1,9}(\.\d{1,18})?$/;

/**
 * How long a scrape may wait, from the header `X-Prometheus-Scrape-Timeout-Seconds`.
 *
 * Half a second, or a tenth of the timeout when that is less, is kept back for encoding and the way home.
 *
 * @param header The header's value; null when absent.
 * @returns Seconds; `undefined` when the header is absent or makes no sense, so that the collection's own deadline
 * applies.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * assertEquals(parseScrapeBudget("10"), 9.5);
 * assertEquals(parseScrapeBudget("soon"), undefined);
 * ```
 */
export function parseScrapeBudget(header: string | null): number | undefined {
  if (header === null || !PATTERN.test(header)) return undefined;
  const timeout = Number(header);
  if (timeout === 0) return undefined;
  return timeout - Math.min(MAX_MARGIN_SECONDS, timeout * MARGIN_RATIO);
}
