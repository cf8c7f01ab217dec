import { formatBytes } from "../../domain/quantities.ts";

/** Shown for an unknown value. */
export const NOT_KNOWN = "?";

/**
 * A duration in at most seven columns.
 *
 * @param seconds The duration; null when unknown; a negative one counts as 0.
 * @returns For example `0.0s`, `3.2s`, `3m12s`, `2h05m`, `12d03h`, `?`.
 */
export function compactSeconds(seconds: number | null): string {
  if (seconds === null || Number.isNaN(seconds)) return NOT_KNOWN;
  const rest = Math.max(0, seconds);
  if (rest < 59.95) return `${rest.toFixed(1)}s`;
  const whole = Math.round(rest);
  const two = (value: number) => String(value).padStart(2, "0");
  if (whole < 3600) return `${Math.floor(whole / 60)}m${two(whole % 60)}s`;
  if (whole < 86_400) return `${Math.floor(whole / 3600)}h${two(Math.floor(whole / 60) % 60)}m`;
  const days = Math.floor(whole / 86_400);
  return days > 999 ? ">999d" : `${days}d${two(Math.floor(whole / 3600) % 24)}h`;
}

/**
 * A number of bytes, or `?`.
 *
 * @param bytes The number; null when unknown.
 */
export function compactBytes(bytes: number | null): string {
  return bytes === null ? NOT_KNOWN : formatBytes(Math.round(bytes));
}

/**
 * A rate, or `?`.
 *
 * @param bytesPerSecond The rate; null when unknown.
 */
export function compactRate(bytesPerSecond: number | null): string {
  return bytesPerSecond === null ? NOT_KNOWN : `${compactBytes(bytesPerSecond)}/s`;
}

/**
 * The time of day in UTC.
 *
 * @param unixSeconds The moment.
 * @returns For example `12:00:01`.
 */
export function clockTime(unixSeconds: number): string {
  return isoTime(unixSeconds).slice(11, 19);
}

/**
 * A moment in UTC, to the second.
 *
 * @param unixSeconds The moment.
 * @returns For example `2026-11-21T12:00:01Z`.
 */
export function isoTime(unixSeconds: number): string {
  const milliseconds = Math.floor(unixSeconds) * 1000;
  const isMoment = Math.abs(milliseconds) <= 8.64e15;
  return isMoment ? `${new Date(milliseconds).toISOString().slice(0, 19)}Z` : "????-??-??T??:??:??Z";
}
