import { compactBytes, compactRate, compactSeconds, NOT_KNOWN } from "../styled_text/amounts.ts";
import { displayWidth, printable } from "../styled_text/display_width.ts";
import {
  fit,
  type Glyphs,
  type Line,
  markOf,
  type Room,
  span,
  type Style,
  styleOf,
} from "../styled_text/line.ts";
import { type StandbyRow, stateOf } from "./rows.ts";
import { chooseSpan, drawSparkline } from "./sparkline.ts";

/** One column of the table. */
interface StandbyColumn {
  readonly title: string;
  /** Columns with the highest rank are dropped first when there is no room. */
  readonly rank: number;
  /** Least and most width. */
  readonly widths: readonly [least: number, most: number];
  /** Whether it holds numbers, which are aligned right and never cut. */
  readonly isNumber?: boolean;
  readonly isName?: boolean;
  text(row: StandbyRow): string;
  /** Plain when not given. */
  style?(row: StandbyRow): Style;
}

/** What the table is drawn with. */
export interface StandbyTableOptions extends Room {
  /** The moment of the report, Unix seconds. */
  readonly now: number;
  /** Characters. */
  readonly glyphs: Glyphs;
}

/** The table of standbys. */
export interface StandbyLines {
  /** The line of titles. */
  readonly head: Line;
  /** A line per row, in the order given. */
  readonly body: readonly Line[];
}

const LEAST_SPARK = 8;
const MOST_SPARK = 60;
const MOST_SPARK_BESIDE_WHY = 40;
const LEAST_WHY = 24;
const SPARK_RANK = 4;
const WHY_RANK = 9;
/** Columns from this rank on are optional: no name is shortened for them. */
const OPTIONAL_RANK = 8;
/** Shortest that a name is cut to. */
const SHORT_NAME = 14;

const statusStyle = ({ standby }: StandbyRow) => styleOf(standby.status);

const STANDBY_COLUMNS: readonly StandbyColumn[] = [
  { title: "", rank: 0, widths: [2, 2], text: ({ standby }) => markOf(standby.status), style: statusStyle },
  {
    title: "STANDBY",
    rank: 0,
    widths: [7, 40],
    isName: true,
    text: ({ title }) => title,
    style: () => "strong",
  },
  {
    title: "UPSTREAM",
    rank: 7,
    widths: [8, 24],
    isName: true,
    text: ({ standby }) => standby.upstream ?? NOT_KNOWN,
  },
  { title: "STATE", rank: 1, widths: [9, 12], text: ({ standby }) => stateOf(standby), style: statusStyle },
  {
    title: "LAG",
    rank: 2,
    widths: [5, 7],
    isNumber: true,
    text: ({ standby }) => compactSeconds(standby.lag_seconds),
    style: statusStyle,
  },
  {
    title: "BEHIND",
    rank: 3,
    widths: [8, 10],
    isNumber: true,
    text: ({ standby }) => compactBytes(standby.lag_bytes),
  },
  {
    title: "REPLAY",
    rank: 5,
    widths: [10, 12],
    isNumber: true,
    text: ({ standby }) => compactRate(standby.replay_bytes_per_second),
  },
  {
    title: "CATCH-UP",
    rank: 6,
    widths: [8, 8],
    isNumber: true,
    text: describeCatchUp,
    style: catchUpStyle,
  },
  { title: "SYNC", rank: 8, widths: [9, 9], text: ({ standby }) => standby.sync_state ?? "" },
];

/**
 * Draws the table with as many columns as fit; the least important are dropped first.
 *
 * @param rows Its rows.
 * @param options Width, time and characters.
 */
export function drawTable(
  rows: readonly StandbyRow[],
  { width, now, glyphs }: StandbyTableOptions,
): StandbyLines {
  const { columns, widths, spark, why } = chooseColumns(rows, width);
  const covered = chooseSpan(rows.map(({ samples }) => samples), now);
  const draw = (cell: (column: StandbyColumn) => readonly [text: string, style: Style], tail: Line): Line => [
    ...columns.flatMap((column, index) => {
      const [text, style] = cell(column);
      const { isNumber: isRight = false, isName = false } = column;
      const fitted = fit(text, { width: widths[index] ?? 0, isRight, isName, glyphs });
      return [span(index === 0 ? fitted : ` ${fitted}`, style)];
    }),
    ...tail,
  ];
  const tail = (line: string, because: string, style: Style): Line => [
    ...(spark === 0 ? [] : [span(` ${fit(line, { width: spark, glyphs })}`, style)]),
    ...(why === 0 ? [] : [span(` ${fit(because, { width: why, glyphs })}`, "quiet")]),
  ];
  return {
    head: draw(({ title }) => [title, "quiet"], tail(`LAG ${covered / 60} MIN`, "WHY", "quiet")),
    body: rows.map((row) => {
      const line = spark === 0
        ? ""
        : drawSparkline(row.samples, { width: spark, span: covered, now, glyphs });
      return draw(
        (column) => [column.text(row), column.style?.(row) ?? "plain"],
        tail(line, explain(row), statusStyle(row)),
      );
    }),
  };
}

function chooseColumns(rows: readonly StandbyRow[], width: number) {
  const natural = ({ title, text, widths: [least, most] }: StandbyColumn) =>
    Math.min(most, Math.max(least, title.length, ...rows.map((row) => displayWidth(printable(text(row))))));
  let rank = WHY_RANK;
  // A long name is shortened before a column of numbers is dropped, but not for optional columns; nothing else is cut.
  const minimum = (column: StandbyColumn) => {
    if (column.isNumber || column.rank === 1) return natural(column);
    if (column.rank > 0) return column.widths[0];
    return rank >= OPTIONAL_RANK ? natural(column) : Math.min(natural(column), SHORT_NAME);
  };
  const shown = () => STANDBY_COLUMNS.filter((column) => column.rank <= rank);
  const needed = () =>
    shown().reduce((sum, column) => sum + minimum(column) + 1, -1) +
    (rank >= SPARK_RANK ? LEAST_SPARK + 1 : 0) + (rank >= WHY_RANK ? LEAST_WHY + 1 : 0);
  while (rank > 1 && needed() > width) rank--;
  const columns = shown();
  let left = width - needed();
  const widths = columns.map((column) => {
    const room = minimum(column);
    const more = Math.max(0, Math.min(left, natural(column) - room));
    left -= more;
    return room + more;
  });
  const hasWhy = rank >= WHY_RANK;
  const most = hasWhy ? MOST_SPARK_BESIDE_WHY : MOST_SPARK;
  const spark = rank >= SPARK_RANK ? Math.min(most, LEAST_SPARK + Math.max(0, left)) : 0;
  const why = hasWhy ? LEAST_WHY + Math.max(0, left - (spark - LEAST_SPARK)) : 0;
  return { columns, widths, spark, why };
}

function describeCatchUp({ standby }: StandbyRow): string {
  if (standby.catch_up === "must_rebuild") return "rebuild";
  if (standby.catch_up_seconds !== null) {
    return standby.catch_up_seconds === 0 ? "-" : compactSeconds(standby.catch_up_seconds);
  }
  if (standby.falling_behind === true) return "never";
  return standby.catch_up === "needs_archive" ? "archive" : NOT_KNOWN;
}

function catchUpStyle({ standby }: StandbyRow): Style {
  if (standby.catch_up === "must_rebuild") return "critical";
  return standby.falling_behind === true && standby.catch_up_seconds === null ? "warning" : "plain";
}

/** The reasons for its status, or else for its state. */
function explain({ standby }: StandbyRow): string {
  const reasons = [...standby.status_reasons, standby.reason_text, standby.lag_unknown_because];
  return [...new Set(reasons.filter((text) => text !== ""))].join(" · ");
}
