/**
 * Text as lines of styled spans, and quantities in few columns: what the plain text and the terminal share.
 *
 * @module
 */
import type { Status } from "../model.ts";
import { cut, cutName, displayWidth, printable } from "./display_width.ts";

/** How text is meant; what that looks like is said where it is written to a terminal. */
export type Style = "plain" | "strong" | "quiet" | "good" | "warning" | "critical" | "unknown" | "inverse";

/** Text in one style. */
export interface Span {
  /** The text. */
  readonly text: string;
  /** Its style. */
  readonly style: Style;
}

/** One line of the screen. */
export type Line = readonly Span[];

/** Characters that not every terminal has. */
export interface Glyphs {
  /** Stands for what was cut off, one column. */
  readonly cut: string;
  /** Steps of a sparkline, lowest first, one column each. */
  readonly steps: readonly string[];
}

/** For terminals that show Unicode. */
export const UNICODE_GLYPHS: Glyphs = { cut: "…", steps: [..."▁▂▃▄▅▆▇█"] };

/** For those that do not. */
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
 * The mark of a status, at most two columns, for those who see no colours; "" when all is well.
 *
 * @param status The status.
 */
export function markOf(status: Status): string {
  return STATUS_MARKS[status];
}

/**
 * A piece of text.
 *
 * @param text Any text; what could move the cursor is replaced.
 * @param style Its style; plain when not given.
 */
export function span(text: string, style: Style = "plain"): Span {
  return { text: printable(text), style };
}

/**
 * Text that takes exactly so many columns.
 *
 * @param text Any text.
 * @param options Columns, whether it stands on the right, whether it is a name, cut in its middle, and the glyph for
 * what was cut off.
 */
export function fit(
  text: string,
  { width, isRight = false, isName = false, glyphs }: {
    readonly width: number;
    readonly isRight?: boolean;
    readonly isName?: boolean;
    readonly glyphs: Glyphs;
  },
): string {
  const kept = (isName ? cutName : cut)(printable(text), { width, mark: glyphs.cut });
  const room = " ".repeat(Math.max(0, width - displayWidth(kept)));
  return isRight ? room + kept : kept + room;
}

/**
 * A line that takes at most so many columns, with nothing in it that moves the cursor.
 *
 * @param line The line.
 * @param options Columns, and the glyph for what was cut off.
 */
export function fitLine(
  line: Line,
  { width, glyphs }: { readonly width: number; readonly glyphs: Glyphs },
): Line {
  const kept: Span[] = [];
  let left = width;
  const clean = line.map(({ text, style }) => span(text, style));
  const total = lineWidth(clean);
  for (const { text, style } of clean) {
    if (left <= 0) break;
    // When more follows that has no room, the mark stands at the end of the line, not of the span.
    const isLast = total > width && displayWidth(text) >= left;
    const part = isLast ? cut(`${text} `, { width: left, mark: glyphs.cut }) : text;
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
