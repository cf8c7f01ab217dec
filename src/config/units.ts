const DURATION_UNITS: readonly (readonly [string, number])[] = [
  ["y", 365 * 86400],
  ["w", 7 * 86400],
  ["d", 86400],
  ["h", 3600],
  ["m", 60],
  ["s", 1],
  ["ms", 0.001],
];

const DURATION = /^(?:(\d+)y)?(?:(\d+)w)?(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?(?:(\d+)ms)?$/;

/** Sizes: kB, MB, GB and TB are powers of 1024. */
const SIZE = /^(\d+(?:\.\d+)?)\s?(?:([kmgt])i?b|b)?$/i;
const SIZE_PREFIXES = "kMGT";

/**
 * Parses a duration in Prometheus's format: `500ms`, `15s`, `1m30s`, `1h`, `0`.
 *
 * @param text The duration: whole numbers, units from large to small.
 * @returns Seconds.
 * @throws {SyntaxError} When it is not a duration.
 */
export function parseDuration(text: string): number {
  if (text === "0") return 0;
  const match = DURATION.exec(text);
  if (text === "" || match === null) {
    throw new SyntaxError(
      `Cannot parse duration "${text}": expected a number with a unit, such as 500ms, 15s or 1m30s`,
    );
  }
  return DURATION_UNITS.reduce((sum, [unit, seconds], index) => {
    const count = Number(match[index + 1] ?? 0);
    // Milliseconds are divided, not multiplied by 0.001, so that 300ms is exactly 0.3.
    return sum + (unit === "ms" ? count / 1000 : count * seconds);
  }, 0);
}

/**
 * A parser of durations between two bounds.
 *
 * @param least The lower bound, seconds.
 * @param most The upper bound, seconds.
 * @param options `zero`: what 0 means, when it is allowed below the lower bound; absent: it is not.
 * @returns A function from text to seconds; it throws SyntaxError or RangeError.
 */
export function durationBetween(
  least: number,
  most: number,
  { zero }: { readonly zero?: string } = {},
): (text: string) => number {
  return (text) => {
    const seconds = parseDuration(text);
    if ((seconds === 0 && zero !== undefined) || (seconds >= least && seconds <= most)) return seconds;
    const also = zero === undefined ? "" : `0 (${zero}) or `;
    throw new RangeError(
      `Duration is ${text}, expected ${also}from ${formatDuration(least)} to ${formatDuration(most)}`,
    );
  };
}

/**
 * Formats a duration in Prometheus's format.
 *
 * @param seconds The duration in seconds, at millisecond precision.
 * @returns For example `1m30s`.
 */
export function formatDuration(seconds: number): string {
  let rest = Math.round(seconds * 1000);
  if (rest === 0) return "0s";
  let text = "";
  for (const [unit, unitSeconds] of DURATION_UNITS) {
    const unitMs = Math.round(unitSeconds * 1000);
    const count = Math.floor(rest / unitMs);
    if (count > 0) text += `${count}${unit}`;
    rest -= count * unitMs;
  }
  return text;
}

/**
 * Parses a size in PostgreSQL's format, powers of 1024: `16MB`, `1GB`, `512kB`; also `16MiB` and plain bytes.
 *
 * @param text The size.
 * @returns Bytes.
 * @throws {SyntaxError} When it is not a size.
 */
export function parseSize(text: string): number {
  const match = SIZE.exec(text);
  if (match === null) {
    throw new SyntaxError(
      `Cannot parse size "${text}": expected bytes or a number with kB, MB, GB or TB, such as 16MB`,
    );
  }
  const power = match[2] === undefined ? 0 : SIZE_PREFIXES.toLowerCase().indexOf(match[2].toLowerCase()) + 1;
  return Math.round(Number(match[1]) * 1024 ** power);
}

/**
 * Formats a size in PostgreSQL's format.
 *
 * @param bytes The size in bytes.
 * @returns For example `16MB`.
 */
export function formatSize(bytes: number): string {
  let [rest, power] = [bytes, 0];
  for (; power < SIZE_PREFIXES.length && rest >= 1024 && rest % 1024 === 0; power++) rest /= 1024;
  return `${rest}${power === 0 ? "" : SIZE_PREFIXES[power - 1]}B`;
}
