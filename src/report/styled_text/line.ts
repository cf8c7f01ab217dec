/**
 * Lines of styled spans, and quantities in few columns: shared by the plain text and the terminal.
 *
 * @module
 */
import type { Status } from "../model.ts";
import { cutEnd, cutName, displayWidth, printable } from "./display_width.ts";

/** What text means; a palette decides how it looks. */
export type Style = "plain" | "strong" | "quiet" | "good" | "warning" | "critical" | "unknown" | "inverse";

/** Text in one style. */
export interface Span {
  /** The text. */
  readonly text: string;
  /** Its style. */
  readonly style: Style;
}

/** One line. */
export type Line = readonly Span[];

/** Room for lines. */
export interface Room {
  /** Columns. */
  readonly width: number;
  /** Entries of a list that are shown, the worst first; the others are counted. All when absent. */
  readonly most?: number;
}

/** Characters that not every terminal has. */
export interface Glyphs {
  /** Marks a cut, one column. */
  readonly cut: string;
  /** Steps of a sparkline, lowest first, one column each. */
  readonly steps: readonly string[];
}

/** For terminals with Unicode. */
export const UNICODE_GLYPHS: Glyphs = { cut: "…", steps: [..."▁▂▃▄▅▆▇█"] };

/** For terminals without. */
export const ASCII_GLYPHS: Glyphs = { cut: "~", steps: [..."_.-:=+*#"] };

const STATUS_STYLES: Readonly<Record<Status, Style>> = {
  healthy: "good",
  unknown: "unknown",
  warning: "warning",
  critical: "critical",
};

const STATUS_MARKS: Readonly<Record<Status, string>> = {
  healthy: "",
  unknown: "?",
  warning: "!",
  critical: "!!",
};

/**
 * The style of a status.
 *
 * @param status The status.
 */
export function styleOf(status: Status): Style {
  return STATUS_STYLES[status];
}

/**
 * The mark of a status for readers without colours, at most two columns; "" when healthy.
 *
 * @param status The status.
 */
export function markOf(status: Status): string {
  return STATUS_MARKS[status];
}

/**
 * Text in a style.
 *
 * @param text Any text; characters that could move the cursor are replaced.
 * @param style Its style; plain by default.
 */
export function span(text: string, style: Style = "plain"): Span {
  return { text: printable(text), style };
}

/**
 * Text cut or padded to exactly so many columns.
 *
 * @param text Any text.
 * @param options Columns; whether to align right; whether it is a name, which is cut in its middle; glyphs.
 */
export function fit(
  text: string,
  { width, isRight = false, isName = false, glyphs }: Room & {
    readonly isRight?: boolean;
    readonly isName?: boolean;
    readonly glyphs: Glyphs;
  },
): string {
  const kept = (isName ? cutName : cutEnd)(printable(text), { width, mark: glyphs.cut });
  const room = " ".repeat(Math.max(0, width - displayWidth(kept)));
  return isRight ? room + kept : kept + room;
}

/**
 * A line cut to at most so many columns, without characters that move the cursor.
 *
 * @param line The line.
 * @param options Columns and glyphs.
 */
export function fitLine(line: Line, { width, glyphs }: Room & { readonly glyphs: Glyphs }): Line {
  const kept: Span[] = [];
  let left = width;
  const clean = line.map(({ text, style }) => span(text, style));
  const total = lineWidth(clean);
  for (const { text, style } of clean) {
    if (left <= 0) break;
    // When more follows that has no room, the mark ends the line, not the span.
    const isLast = total > width && displayWidth(text) >= left;
    const part = isLast ? cutEnd(`${text} `, { width: left, mark: glyphs.cut }) : text;
    left -= displayWidth(part);
    if (part !== "") kept.push({ text: part, style });
    if (isLast) break;
  }
  return kept;
}

/**
 * Columns that a line takes.
 *
 * @param line The line.
 */
export function lineWidth(line: Line): number {
  return line.reduce((sum, { text }) => sum + displayWidth(text), 0);
}
