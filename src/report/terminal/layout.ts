/**
 * The report on a terminal: the screen of `watch` as lines, derived from the state, the size and the time alone.
 *
 * @module
 */
import type { Report } from "../model.ts";
import { clockTime, compactSeconds, isoTime } from "../styled_text/amounts.ts";
import { drawTable } from "./columns.ts";
import { helpLines } from "./help.ts";
import { fitLine, type Glyphs, type Line, lineWidth, span, styleOf } from "../styled_text/line.ts";
import { deriveRows, type StandbyRow } from "./rows.ts";
import {
  eventSection,
  findingSection,
  primaryLines,
  type Section,
  slotSection,
  subscriptionSection,
} from "./sections.ts";
import { shareRoom } from "./share_room.ts";
import { type ScrollLimits, shownReport, type WatchState } from "./state.ts";

/** The size of a terminal. */
export interface ScreenSize {
  /** Characters in a line. */
  readonly columns: number;
  /** Lines. */
  readonly rows: number;
}

/** What is needed to draw a screen. */
export interface ScreenOptions {
  /** Its size. */
  readonly size: ScreenSize;
  /** The present, Unix seconds. */
  readonly now: number;
  /** Characters. */
  readonly glyphs: Glyphs;
}

/** A screen that fits its size. */
export interface Screen extends ScrollLimits {
  /** Its lines from the top. */
  readonly lines: readonly Line[];
}

/**
 * Draws the screen.
 *
 * @param state The state.
 * @param options Size, time and characters.
 */
export function drawScreen(state: WatchState, options: ScreenOptions): Screen {
  const { size: { columns: width, rows: height }, glyphs } = options;
  const report = shownReport(state);
  const top = [headline(state, options), ...(state.trouble === null ? [] : [troubleLine(state, options)])];
  const room = Math.max(0, height - top.length - 1);
  const body = state.isHelp
    ? scrolled(helpLines(), { room, scroll: state.scroll })
    : report === null
    ? { lines: [waitingLine(state)], maxScroll: 0, pageRows: 1 }
    : drawReport({ report, state, room }, options);
  const quiet = state.trouble !== null && !state.isHelp;
  const lines = [
    ...top,
    ...body.lines.slice(0, room).map((line) => quiet ? line.map(({ text }) => span(text, "quiet")) : line),
  ];
  const blank = Math.max(0, height - 1 - lines.length);
  const screen = [...lines, ...Array.from({ length: blank }, (): Line => []), footer(state, width)];
  // A screen of one line shows the headline.
  return {
    ...body,
    lines: screen.slice(0, Math.max(0, height)).map((line) => fitLine(line, { width, glyphs })),
  };
}

function headline(state: WatchState, { size: { columns: width }, now, glyphs }: ScreenOptions): Line {
  const report = shownReport(state);
  const isKnown = report !== null && state.trouble === null;
  const word = isKnown ? report.status.toUpperCase() : "UNKNOWN";
  const text = report === null
    ? "pg-replication-exporter watch"
    : isKnown
    ? sentenceOf(report)
    : `Last known: ${report.headline}`;
  const time = width < 60 ? clockTime(now) : `${isoTime(now).replace("T", " ").replace("Z", "")} UTC`;
  const right: Line = [
    ...(state.isPaused ? [span("PAUSED", "inverse"), span(" ")] : []),
    span(time, "quiet"),
  ];
  const left: Line = [
    span(word, isKnown ? styleOf(report.status) : "unknown"),
    span("  "),
    span(text, "strong"),
  ];
  const room = width - lineWidth(right) - 1;
  if (room < word.length) return left;
  const kept = fitLine(left, { width: room, glyphs });
  return [...kept, span(" ".repeat(room - lineWidth(kept) + 1)), ...right];
}

/** The headline without the status, which precedes it on the screen. */
function sentenceOf({ headline, status }: Report): string {
  return headline.toLowerCase().startsWith(`${status}: `) ? headline.slice(status.length + 2) : headline;
}

function troubleLine({ trouble, source, latest }: WatchState, { now }: ScreenOptions): Line {
  const since = trouble?.since ?? now;
  const what = latest === null ? "NO REPORT YET" : "NO RESPONSE";
  return [
    span(
      `${what} since ${clockTime(since)} UTC (${compactSeconds(now - since)}) from ${source}:`,
      "critical",
    ),
    span(` ${trouble?.message ?? ""}`),
  ];
}

function waitingLine({ source, trouble }: WatchState): Line {
  return trouble === null ? [span(`Waiting for the first report from ${source}`, "quiet")] : [
    span("Retrying; q quits", "quiet"),
  ];
}

function footer({ sort, isReversed, source, isHelp, isPaused }: WatchState, width: number): Line {
  const keys: readonly (readonly [string, string])[] = isHelp ? [["?", "back"], ["q", "quit"]] : [
    ["q", "quit"],
    ["?", "help"],
    ["p", isPaused ? "resume" : "pause"],
    ["s", `sort: ${sort}`],
    ["r", isReversed ? "reversed" : "reverse"],
  ];
  const left = keys.flatMap(([key, text], index) => [
    span(`${index === 0 ? "" : "  "}${key}`, "strong"),
    span(` ${text}`, "quiet"),
  ]);
  const right = span(source, "quiet");
  const room = width - lineWidth(left) - lineWidth([right]);
  return room < 2 ? left : [...left, span(" ".repeat(room)), right];
}

function drawReport(
  { report, state, room }: { readonly report: Report; readonly state: WatchState; readonly room: number },
  { size: { columns: width }, glyphs }: ScreenOptions,
): Screen {
  const rows = deriveRows(report, state);
  const primaries = primaryLines(report);
  const sections = [
    slotSection(report),
    subscriptionSection(report),
    findingSection(report),
    eventSection(report),
  ];
  const shares = shareRoom(room, {
    primaries: primaries.length,
    rows: Math.max(1, rows.length),
    sections: sections.map(({ lines }) => lines.length),
  });
  const maxScroll = Math.max(0, rows.length - shares.rows);
  const scroll = Math.min(state.scroll, maxScroll);
  const table = drawTable(rows, { width, now: report.timestamp_unix_seconds, glyphs });
  const body = rows.length === 0
    ? [[span("   no standby known", report.subscriptions.length > 0 ? "quiet" : "unknown")]]
    : table.body.slice(scroll, scroll + shares.rows);
  return {
    lines: [
      ...someOf(primaries, shares.primaries, "servers"),
      ...(shares.hasHead ? [withPosition(table.head, { rows, scroll, shown: shares.rows, width })] : []),
      ...body.slice(0, shares.rows),
      ...sections.flatMap((section, index) =>
        sectionLines(section, { lines: shares.sections[index] ?? 0, isSpaced: shares.isSpaced })
      ),
    ],
    maxScroll,
    pageRows: shares.rows,
  };
}

/** Puts the range of visible rows over the end of the titles, unless all are visible. */
function withPosition(
  head: Line,
  { rows, scroll, shown, width }: {
    readonly rows: readonly StandbyRow[];
    readonly scroll: number;
    readonly shown: number;
    readonly width: number;
  },
): Line {
  if (rows.length <= shown) return head;
  const position = ` ${scroll + 1}-${Math.min(rows.length, scroll + shown)} of ${rows.length}`;
  const room = Math.max(0, width - position.length);
  const kept = fitLine(head, { width: room, glyphs: { cut: " ", steps: [] } });
  return [...kept, span(" ".repeat(room - lineWidth(kept))), span(position, "strong")];
}

/** The first lines; the last of them counts the rest. */
function someOf(lines: readonly Line[], most: number, what: string): readonly Line[] {
  if (lines.length <= most || most < 2) return lines.slice(0, most);
  return [...lines.slice(0, most - 1), [span(`   and ${lines.length - most + 1} more ${what}`, "quiet")]];
}

function sectionLines(
  { title, lines }: Section,
  { lines: most, isSpaced }: { readonly lines: number; readonly isSpaced: boolean },
): readonly Line[] {
  if (most === 0) return [];
  const head = [span(lines.length > most ? `${title} (${most} of ${lines.length})` : title, "quiet")];
  return [...(isSpaced ? [[]] : []), head, ...lines.slice(0, most)];
}

function scrolled(
  lines: readonly Line[],
  { room, scroll }: { readonly room: number; readonly scroll: number },
): Screen {
  const maxScroll = Math.max(0, lines.length - room);
  const from = Math.min(scroll, maxScroll);
  return { lines: lines.slice(from, from + room), maxScroll, pageRows: room };
}
