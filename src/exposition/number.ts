/**
 * Writes a value for both formats: the shortest decimal that parses to the same double.
 *
 * Whole numbers have no decimal point, which OpenMetrics allows for sample values (only `le` and `quantile` labels
 * have a canonical form). Negative zero is written as `0`.
 *
 * @param value Any double.
 * @returns `NaN`, `+Inf`, `-Inf` or a decimal, with an exponent from 1e21 up and below 1e-6.
 */
export function formatNumber(value: number): string {
  // String() prints "Infinity", which Go's parser accepts but the formats do not specify.
  if (value === Infinity) return "+Inf";
  if (value === -Infinity) return "-Inf";
  return String(value);
}
