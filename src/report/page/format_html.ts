import { formatBytes, formatSeconds } from "../../domain/quantities.ts";
import type { Severity } from "../../domain/finding.ts";
import type { ReportCluster, Status } from "../model.ts";
import { Markup, markup } from "../markup.ts";

/** Shown for an unknown value. */
export const UNKNOWN = "unknown";

/** Each state has its own shape, for readers who do not see the colour. */
const SHAPES: Readonly<Record<Status | "info", string>> = {
  healthy: '<circle cx="8" cy="8" r="6"/><path class="cut" d="M5 8.2l2.2 2.2L11 6.2"/>',
  unknown: '<circle cx="8" cy="8" r="6"/><path class="cut" d="M6 6.5a2 2 0 1 1 2 2.2M8 11.4v.01"/>',
  warning: '<path d="M8 1.6 15 14H1z"/><path class="cut" d="M8 6v4M8 12v.01"/>',
  critical:
    '<path d="M5.2 1.5h5.6l3.7 3.7v5.6l-3.7 3.7H5.2l-3.7-3.7V5.2z"/><path class="cut" d="M5.6 5.6l4.8 4.8M10.4 5.6l-4.8 4.8"/>',
  info: '<circle cx="8" cy="8" r="6"/><path class="cut" d="M8 7.4v3.8M8 4.8v.01"/>',
};

/**
 * The shape of a state, as decoration beside its word.
 *
 * @param status The state.
 */
export function renderMark(status: Status | Severity): Markup {
  return new Markup(
    `<svg class="mark ${status}" viewBox="0 0 16 16" width="16" height="16" aria-hidden="true">${
      SHAPES[status]
    }</svg>`,
  );
}

/**
 * A state as shape and word.
 *
 * @param status The state.
 * @param word The word; the name of the state by default.
 */
export function renderStatusLabel(status: Status | Severity, word: string = status): Markup {
  return markup`<span class="status ${status}">${renderMark(status)} <span>${word}</span></span>`;
}

/**
 * Sentences below a value, one line each.
 *
 * @param reasons The sentences.
 */
export function renderReasons(reasons: readonly string[]): readonly Markup[] {
  return reasons.map((reason) => markup`<span class="reason"><bdi>${reason}</bdi></span>`);
}

/**
 * The icon of a state for the browser's tab.
 *
 * @param status The state.
 * @returns A `data:` URL.
 */
export function iconOf(status: Status): string {
  const colors: Readonly<Record<Status, string>> = {
    healthy: "#1a7f37",
    unknown: "#6e7781",
    warning: "#bf8700",
    critical: "#cf222e",
  };
  const shapes = SHAPES[status].replaceAll(
    'class="cut"',
    'fill="none" stroke="#fff" stroke-width="1.8" stroke-linecap="round"',
  );
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16" fill="${
    colors[status]
  }">${shapes}</svg>`;
  return `data:image/svg+xml,${encodeURIComponent(svg)}`;
}

/**
 * A duration, or `unknown`.
 *
 * @param seconds The duration; null when unknown.
 */
export function formatSecondsOrUnknown(seconds: number | null): string {
  return seconds === null ? UNKNOWN : formatSeconds(seconds);
}

/**
 * A duration in whole minutes, so that a sentence does not change every second.
 *
 * @param seconds The duration.
 * @returns For example `less than a minute`, `3 min`, `2 h 5 min`.
 */
export function formatRoughly(seconds: number): string {
  if (seconds < 60) return "less than a minute";
  return formatSeconds(Math.floor(seconds / 60) * 60);
}

/**
 * A size, or `unknown`.
 *
 * @param bytes The size; null when unknown.
 */
export function formatBytesOrUnknown(bytes: number | null): string {
  return bytes === null ? UNKNOWN : formatBytes(Math.round(bytes));
}

/**
 * A number or text, or `unknown`.
 *
 * @param value The value; null when unknown.
 */
export function formatOrUnknown(value: number | string | null): string {
  return value === null ? UNKNOWN : String(value);
}

/**
 * A moment for people and programs; the date is left out today.
 *
 * @param unixSeconds The moment.
 * @param now The present, Unix seconds.
 */
export function renderInstant(unixSeconds: number, now: number): Markup {
  const iso = new Date(Math.floor(unixSeconds) * 1000).toISOString();
  const isToday = iso.slice(0, 10) === new Date(now * 1000).toISOString().slice(0, 10);
  const text = `${isToday ? "" : `${iso.slice(0, 10)} `}${iso.slice(11, 19)} UTC`;
  return markup`<time datetime="${iso.replace(".000", "")}">${text}</time>`;
}

/** Key of a cluster, unique on the page: two with different names may share a system identifier. */
export function clusterKey(
  { name, system_identifier }: Pick<ReportCluster, "name" | "system_identifier">,
): string {
  return name === "" ? system_identifier : `${name} ${system_identifier}`;
}
