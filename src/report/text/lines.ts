/**
 * The report as aligned text: for a terminal, a mail, a ticket.
 *
 * @module
 */
import type { Problem } from "../headline.ts";
import { isoTime } from "../styled_text/amounts.ts";
import { cutName, displayWidth, printable } from "../styled_text/display_width.ts";
import { type Line, lineWidth, type Span, span, type Style, styleOf } from "../styled_text/line.ts";

/** What stands for a value that does not apply; one that is not known is `?`. */
export const NOTHING = "-";

/** SGR codes, as {@link https://www.ecma-international.org/publications-and-standards/standards/ecma-48/ ECMA-48} has them. */
const COLORS: Readonly<Record<Style, string>> = {
  plain: "",
  strong: "1",
  quiet: "2",
  good: "32",
  warning: "33",
  critical: "1;31",
  unknown: "35",
  inverse: "7",
};

/** What a column of names may be cut to where a table is too wide. */
const LEAST_NAME = 12;

/** How a text is written. */
export interface TextOptions {
  /** Columns: what is longer is broken, but for commands; of a table words are cut. */
  readonly width: number;
  /** Whether colours are used. */
  readonly color: boolean;
}

/** A column of a table. */
export interface TextColumn {
  /** Its title. */
  readonly title: string;
  /** Whether it holds numbers, which stand on the right. */
  readonly isRight?: boolean;
}

/**
 * A table whose columns are as wide as what stands in them; where it is too wide, the longest words are cut. Numbers
 * never are.
 *
 * @param columns Its columns.
 * @param rows A cell for each column.
 * @param room Columns there are; without a limit when not given.
 * @returns The titles and the rows, or nothing when there is no row.
 */
export function layTable(
  columns: readonly TextColumn[],
  rows: readonly (readonly Span[])[],
  { width }: { readonly width: number } = { width: Infinity },
): readonly Line[] {
  if (rows.length === 0) return [];
  const head = columns.map(({ title }) => span(title, "quiet"));
  const all = [head, ...rows];
  const widths = fitWidths(
    columns.map((_, index) => Math.max(...all.map((row) => displayWidth(row[index]?.text ?? "")))),
    { columns, width },
  );
  return all.map((row) =>
    row.flatMap((whole, index): readonly Span[] => {
      const most = widths[index] ?? 0;
      const cell = { ...whole, text: cutName(whole.text, { width: most, mark: "…" }) };
      const room = span(" ".repeat(most - displayWidth(cell.text)));
      const gap = index === 0 ? [] : [span("  ")];
      return columns[index]?.isRight ? [...gap, room, cell] : [...gap, cell, room];
    })
  );
}

/** The widest column of words gives way first. */
function fitWidths(
  natural: readonly number[],
  { columns, width }: { readonly columns: readonly TextColumn[]; readonly width: number },
): readonly number[] {
  const widths = [...natural];
  let excess = widths.reduce((sum, each) => sum + each + 2, -2) - width;
  while (excess > 0) {
    const words = widths.map((each, index) => columns[index]?.isRight ? 0 : each);
    const widest = words.indexOf(Math.max(...words));
    if ((words[widest] ?? 0) <= LEAST_NAME) break;
    widths[widest] = (widths[widest] ?? 0) - 1;
    excess--;
  }
  return widths;
}

/**
 * Text broken at blanks; a word that is longer than a line stands alone.
 *
 * @param text Any text.
 * @param options Columns, what stands before the first line, and the style. Further lines are indented as far.
 */
export function wrap(
  text: string,
  { width, lead = [], style = "plain" }: {
    readonly width: number;
    readonly lead?: Line;
    readonly style?: Style;
  },
): readonly Line[] {
  const indent = lineWidth(lead);
  const lines: string[] = [];
  let line = "";
  for (const word of printable(text).split(" ").filter((each) => each !== "")) {
    if (line === "") line = word;
    else if (indent + displayWidth(line) + 1 + displayWidth(word) <= width) line += ` ${word}`;
    else {
      lines.push(line);
      line = word;
    }
  }
  return [...lines, line].map((each, index) => [
    ...index === 0 ? lead : [span(" ".repeat(indent))],
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
 * A title and what stands below it.
 *
 * @param title The title.
 * @param body Lines; without any the section is left out.
 */
export function section(title: string, body: readonly Line[]): readonly Line[] {
  return body.length === 0 ? [] : [[], [span(title, "strong")], ...indent(body)];
}

/**
 * When a text was made, and by what.
 *
 * @param made What the text is of.
 * @param options Columns, and what is said behind it.
 */
export function layStamp(
  { timestamp_unix_seconds: at, exporter }: {
    readonly timestamp_unix_seconds: number;
    readonly exporter: { readonly version: string };
  },
  { width, more = "" }: { readonly width: number; readonly more?: string },
): readonly Line[] {
  const version = exporter.version === "" ? "" : `, exporter ${exporter.version}`;
  return wrap(`${isoTime(at)}${version}${more === "" ? "" : `; ${more}`}`, { width, style: "quiet" });
}

/**
 * Problems, one after the other.
 *
 * @param problems Statuses and sentences.
 * @param options Columns there are.
 */
export function layProblems(
  problems: readonly Problem[],
  { width }: { readonly width: number },
): readonly Line[] {
  return problems.flatMap(({ status, sentence }) =>
    wrap(sentence, { width, lead: [span(status.padEnd(8), styleOf(status)), span("  ")] })
  );
}

/**
 * Writes lines out.
 *
 * @param lines Lines.
 * @param options Whether styles are shown as colours.
 * @returns Text that ends in a line feed, without blanks at the ends of lines.
 */
export function writeLines(lines: readonly Line[], { color }: { readonly color: boolean }): string {
  return lines.map((line) => {
    const last = line.findLastIndex(({ text }) => text.trim() !== "");
    return line.slice(0, last + 1).map(({ text, style }, index) => {
      const kept = index === last ? text.trimEnd() : text;
      return color && COLORS[style] !== "" ? `\x1b[${COLORS[style]}m${kept}\x1b[0m` : kept;
    }).join("") + "\n";
  }).join("");
}
