/**
 * Durations, sizes and counts as text.
 *
 * @module
 */

const BYTE_UNITS = ["KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];

/**
 * Formats a duration: one decimal below a minute, at most two units above.
 *
 * @param seconds The duration, seconds; negative values count as 0.
 * @returns For example `0 s`, `under 0.1 s`, `12.3 s`, `3 min 12 s`, `5 min`, `2 h 5 min`, `3 d 4 h`.
 */
export function formatSeconds(seconds: number): string {
  if (!(seconds > 0)) return "0 s";
  if (seconds < 0.05) return "under 0.1 s";
  if (seconds < 59.95) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  const units: readonly (readonly [number, string])[] = [
    [Math.floor(whole / 86_400), "d"],
    [Math.floor(whole / 3600) % 24, "h"],
    [Math.floor(whole / 60) % 60, "min"],
    [whole % 60, "s"],
  ];
  const first = units.findIndex(([count]) => count > 0);
  const largest = units.slice(first, first + 2).filter(([count]) => count > 0);
  return largest.map(([count, unit]) => `${count} ${unit}`).join(" ");
}

/**
 * Formats a size in the largest binary unit in which it is at least 1.
 *
 * @param bytes The size, bytes.
 * @returns For example `0 B`, `512 B`, `1.5 MiB`.
 */
export function formatBytes(bytes: number): string {
  let value = bytes;
  let unit = "B";
  for (const larger of BYTE_UNITS) {
    // 1023.95 would be rounded to 1024.0.
    if (Math.abs(value) < (unit === "B" ? 1024 : 1023.95)) break;
    value /= 1024;
    unit = larger;
  }
  return unit === "B" ? `${value} B` : `${value.toFixed(1)} ${unit}`;
}

/** Formats a count and its noun, whose plural adds an "s": `1 standby`, `2 standbys`. */
export function countOf(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}

/**
 * Formats a share that must not look better than it is: 100% only for all, 0% only for nothing.
 *
 * @param ratio The share, 0 to 1.
 * @param isGood Whether more is better: it is rounded down, otherwise up.
 * @returns For example `99.9%`.
 */
export function formatShare(ratio: number, isGood: boolean): string {
  // Without the noise of the division: 0.29 * 1000 is 290.00000000000006 or so.
  const tenths = Number((ratio * 1000).toFixed(6));
  return `${(isGood ? Math.floor(tenths) : Math.ceil(tenths)) / 10}%`;
}

/** Names in a sentence; more are counted. */
const MOST_NAMES = 20;

/**
 * Names in a sentence, of which there may be thousands.
 *
 * @param names The names.
 * @param most How many to name; by default 20.
 * @returns For example `a, b`, or `a, b and 2480 more`.
 */
export function joinNames(names: readonly string[], most = MOST_NAMES): string {
  const rest = names.length - most;
  return rest <= 0 ? names.join(", ") : `${names.slice(0, most).join(", ")} and ${rest} more`;
}
