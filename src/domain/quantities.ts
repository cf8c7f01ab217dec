/**
 * Quantities as people read them.
 *
 * @module
 */

const BYTE_UNITS = ["KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];

/**
 * A duration with one decimal, and in words when it is long.
 *
 * @param seconds The duration, seconds; a negative one counts as none.
 * @returns For example `0 s`, `under 0.1 s`, `12.3 s`, `192.3 s (3 min 12 s)`.
 */
export function formatSeconds(seconds: number): string {
  if (!(seconds > 0)) return "0 s";
  if (seconds < 0.05) return "under 0.1 s";
  const text = `${seconds.toFixed(1)} s`;
  return seconds < 60 ? text : `${text} (${inWords(Math.floor(seconds))})`;
}

/**
 * A number of bytes in the largest binary unit that leaves at least 1.
 *
 * @param bytes How many.
 * @returns For example `0 B`, `512 B`, `1.5 MiB`.
 */
export function formatBytes(bytes: number): string {
  let value = bytes;
  let unit = "B";
  for (const larger of BYTE_UNITS) {
    // 1023.95 would be written as 1024.0.
    if (Math.abs(value) < (unit === "B" ? 1024 : 1023.95)) break;
    value /= 1024;
    unit = larger;
  }
  return unit === "B" ? `${value} B` : `${value.toFixed(1)} ${unit}`;
}

function inWords(seconds: number): string {
  const days = Math.floor(seconds / 86400);
  const hours = Math.floor(seconds / 3600) % 24;
  const minutes = Math.floor(seconds / 60) % 60;
  if (days > 0) return `${days} d ${hours} h`;
  if (hours > 0) return `${hours} h ${minutes} min`;
  return `${minutes} min ${seconds % 60} s`;
}
