/**
 * The report as aligned text: for a terminal, a mail, a ticket.
 *
 * @module
 */
import type { ReportProblem } from "../headline.ts";
import type { Status } from "../model.ts";
import { describeRest, takeSome } from "../take_some.ts";
import { isoTime } from "../styled_text/amounts.ts";
import { cutName, displayWidth, printable } from "../styled_text/display_width.ts";
import {
  type Line,
  lineWidth,
  type Room,
  type Span,
  span,
  type Style,
  styleOf,
} from "../styled_text/line.ts";
import { COLORS, encodeLine } from "../styled_text/palette.ts";

/** Shown for a value that does not apply; an unknown one is `?`. */
export const NOT_APPLICABLE = "-";

/** Shortest that a column of words is cut to in a table that is too wide. */
const LEAST_NAME = 12;

/** How a text is written. */
export interface TextOptions extends Room {
  /** Whether colours are used. */
  readonly color: boolean;
}

/** A column of a table. */
export interface TextColumn {
  /** Its title. */
  readonly title: string;
  /** Whether it holds numbers, which are aligned right and never cut. */
  readonly isNumber: boolean;
}

/**
 * Columns of words.
 *
 * @param titles Their titles.
 */
export function words(...titles: readonly string[]): readonly TextColumn[] {
  return titles.map((title) => ({ title, isNumber: false }));
}

/**
 * Columns of numbers.
 *
 * @param titles Their titles.
 */
export function numbers(...titles: readonly string[]): readonly TextColumn[] {
  return titles.map((title) => ({ title, isNumber: true }));
}

/**
 * A table with columns as wide as their content; if it is too wide, the longest words are cut.
 *
 * @param columns Its columns.
 * @param rows A cell per column.
 * @param room Columns available; unlimited by default.
 * @returns Titles and rows; empty without rows.
 */
export function layTable(
  columns: readonly TextColumn[],
  rows: readonly (readonly Span[])[],
  { width }: Room = { width: Infinity },
): readonly Line[] {
  if (rows.length === 0) return [];
  const all = [columns.map(({ title }) => span(title, "quiet")), ...rows];
  const widths = fitWidths(
    columns.map((_, index) => Math.max(...all.map((row) => displayWidth(row[index]?.text ?? "")))),
    { columns, width },
  );
  return all.map((row) =>
    row.flatMap((whole, index): readonly Span[] => {
      const most = widths[index] ?? 0;
      const cell = { ...whole, text: cutName(whole.text, { width: most, mark: "…" }) };
      const padding = span(" ".repeat(most - displayWidth(cell.text)));
      const gap = index === 0 ? [] : [span("  ")];
      return columns[index]?.isNumber ? [...gap, padding, cell] : [...gap, cell, padding];
    })
  );
}

/** Narrows the widest column of words first. */
function fitWidths(
  natural: readonly number[],
  { columns, width }: Room & { readonly columns: readonly TextColumn[] },
): readonly number[] {
  const widths = [...natural];
  let excess = widths.reduce((sum, each) => sum + each + 2, -2) - width;
  while (excess > 0) {
    const ofWords = widths.map((each, index) => columns[index]?.isNumber ? 0 : each);
    const widest = ofWords.indexOf(Math.max(...ofWords));
    if ((ofWords[widest] ?? 0) <= LEAST_NAME) break;
    widths[widest] = (widths[widest] ?? 0) - 1;
    excess--;
  }
  return widths;
}

/**
 * Text wrapped at blanks; a word longer than a line gets a line of its own.
 *
 * @param text Any text.
 * @param options Columns, what precedes the first line, and the style. Further lines are indented as far.
 */
export function layText(
  text: string,
  { width, lead = [], style = "plain" }: Room & { readonly lead?: Line; readonly style?: Style },
): readonly Line[] {
  const margin = lineWidth(lead);
  const lines: string[] = [];
  let line = "";
  for (const word of printable(text).split(" ").filter((each) => each !== "")) {
    if (line === "") line = word;
    else if (margin + displayWidth(line) + 1 + displayWidth(word) <= width) line += ` ${word}`;
    else {
      lines.push(line);
      line = word;
    }
  }
  return [...lines, line].map((each, index) => [
    ...index === 0 ? lead : [span(" ".repeat(margin))],
    span(each, style),
  ]);
}

/**
 * Moves lines to the right.
 *
 * @param lines Lines.
 * @param columns How far.
 */
export function indent(lines: readonly Line[], columns = 2): readonly Line[] {
  return lines.map((line) => [span(" ".repeat(columns)), ...line]);
}

/**
 * A title with lines below it.
 *
 * @param title The title.
 * @param body Lines; an empty section is left out.
 */
export function laySection(title: string, body: readonly Line[]): readonly Line[] {
  return body.length === 0 ? [] : [[], [span(title, "strong")], ...indent(body)];
}

/**
 * When a report was made, and by which version.
 *
 * @param report The report.
 * @param options Columns, and text to add.
 */
export function layStamp(
  { timestamp_unix_seconds: at, exporter }: {
    readonly timestamp_unix_seconds: number;
    readonly exporter: { readonly version: string };
  },
  { width, more = "" }: Room & { readonly more?: string },
): readonly Line[] {
  const version = exporter.version === "" ? "" : `, exporter ${exporter.version}`;
  return layText(`${isoTime(at)}${version}${more === "" ? "" : `; ${more}`}`, { width, style: "quiet" });
}

/**
 * Problems with their statuses.
 *
 * @param problems The problems, worst first.
 * @param room Columns available.
 */
export function layProblems(problems: readonly ReportProblem[], room: Room): readonly Line[] {
  const { shown, rest } = takeSome(problems, room.most);
  return [
    ...shown.flatMap(({ status, sentence }) =>
      layText(sentence, { ...room, lead: [span(status.padEnd(8), styleOf(status)), span("  ")] })
    ),
    ...layRest(rest.map(({ status }) => status), { ...room, noun: "problem" }),
  ];
}

/**
 * How many entries of a list are not shown, and how to see them.
 *
 * @param rest The status of each; null where it has none.
 * @param options Columns, and what they are.
 */
export function layRest(
  rest: readonly (Status | null)[],
  { width, noun }: Room & { readonly noun: string },
): readonly Line[] {
  if (rest.length === 0) return [];
  return layText(`and ${describeRest(rest, noun)} (--all lists them)`, { width, style: "quiet" });
}

/**
 * Writes lines as text.
 *
 * @param lines Lines.
 * @param options Whether styles become colours.
 * @returns Text that ends in a line feed, without trailing blanks.
 */
export function writeLines(lines: readonly Line[], { color }: { readonly color: boolean }): string {
  return lines.map((line) => {
    const last = line.findLastIndex(({ text }) => text.trim() !== "");
    const kept = line.slice(0, last + 1)
      .map((each, index) => index === last ? { ...each, text: each.text.trimEnd() } : each);
    return `${color ? encodeLine(kept, COLORS) : kept.map(({ text }) => text).join("")}\n`;
  }).join("");
}
