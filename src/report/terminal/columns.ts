import { compactBytes, compactRate, compactSeconds, NOT_KNOWN } from "../styled_text/amounts.ts";
import { displayWidth, printable } from "../styled_text/display_width.ts";
import { fit, type Glyphs, type Line, markOf, span, type Style, styleOf } from "../styled_text/line.ts";
import type { StandbyRow } from "./rows.ts";
import { chooseSpan, drawSparkline } from "./sparkline.ts";

/** One column of the table. */
interface Column {
  readonly title: string;
  /** How early it goes when there is no room: the largest first. */
  readonly rank: number;
  readonly isRight: boolean;
  readonly isName?: boolean;
  readonly least: number;
  readonly most: number;
  text(row: StandbyRow): string;
  style(row: StandbyRow): Style;
}

/** What the whole table is drawn with. */
export interface TableOptions {
  /** Columns of the terminal. */
  readonly width: number;
  /** The moment of the report, Unix seconds. */
  readonly now: number;
  /** Characters. */
  readonly glyphs: Glyphs;
}

/** The title and the rows of the table. */
export interface Table {
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
/** From here on columns are only nice to have. */
const NICE_RANK = 8;
/** What a long name may be cut to. */
const SHORT_NAME = 14;

const statusStyle = ({ standby }: StandbyRow) => styleOf(standby.status);
const plain = (): Style => "plain";

const COLUMNS: readonly Column[] = [
  {
    title: "",
    rank: 0,
    isRight: false,
    least: 2,
    most: 2,
    text: (row) => markOf(row.standby.status),
    style: statusStyle,
  },
  {
    title: "STANDBY",
    rank: 0,
    isRight: false,
    isName: true,
    least: 7,
    most: 40,
    text: ({ title }) => title,
    style: () => "strong",
  },
  {
    title: "UPSTREAM",
    rank: 7,
    isRight: false,
    isName: true,
    least: 8,
    most: 24,
    text: ({ standby }) => standby.upstream ?? NOT_KNOWN,
    style: plain,
  },
  { title: "STATE", rank: 1, isRight: false, least: 9, most: 12, text: describeState, style: statusStyle },
  {
    title: "LAG",
    rank: 2,
    isRight: true,
    least: 5,
    most: 7,
    text: ({ standby }) => compactSeconds(standby.lag_seconds),
    style: statusStyle,
  },
  {
    title: "BEHIND",
    rank: 3,
    isRight: true,
    least: 8,
    most: 10,
    text: ({ standby }) => compactBytes(standby.lag_bytes),
    style: plain,
  },
  {
    title: "REPLAY",
    rank: 5,
    isRight: true,
    least: 10,
    most: 12,
    text: ({ standby }) => compactRate(standby.replay_bytes_per_second),
    style: plain,
  },
  {
    title: "CATCH-UP",
    rank: 6,
    isRight: true,
    least: 8,
    most: 8,
    text: describeCatchUp,
    style: catchUpStyle,
  },
  {
    title: "SYNC",
    rank: 8,
    isRight: false,
    least: 9,
    most: 9,
    text: ({ standby }) => standby.sync_state ?? "",
    style: plain,
  },
];

/**
 * Draws the table: as many columns as there is room for, the least important go first.
 *
 * @param rows Its rows.
 * @param options Room, time and characters.
 */
export function drawTable(rows: readonly StandbyRow[], { width, now, glyphs }: TableOptions): Table {
  const { columns, widths, spark, why } = chooseColumns(rows, width);
  const covered = chooseSpan(rows.map(({ samples }) => samples), now);
  const draw = (
    cell: (column: Column) => { readonly text: string; readonly style: Style },
    tail: Line,
  ): Line => [
    ...columns.flatMap((column, index) => {
      const { text, style } = cell(column);
      const room = widths[index] ?? 0;
      const fitted = fit(text, {
        width: room,
        isRight: column.isRight,
        isName: column.isName ?? false,
        glyphs,
      });
      return [span(index === 0 ? fitted : ` ${fitted}`, style)];
    }),
    ...tail,
  ];
  const tail = (line: string, because: string, style: Style): Line => [
    ...(spark === 0 ? [] : [span(` ${fit(line, { width: spark, glyphs })}`, style)]),
    ...(why === 0 ? [] : [span(` ${fit(because, { width: why, glyphs })}`, "quiet")]),
  ];
  return {
    head: draw(
      ({ title }) => ({ text: title, style: "quiet" }),
      tail(`LAG ${covered / 60} MIN`, "WHY", "quiet"),
    ),
    body: rows.map((row) => {
      const line = spark === 0
        ? ""
        : drawSparkline(row.samples, { width: spark, span: covered, now, glyphs });
      const because = explain(row);
      return draw(
        (column) => ({ text: column.text(row), style: column.style(row) }),
        tail(line, because, statusStyle(row)),
      );
    }),
  };
}

function chooseColumns(rows: readonly StandbyRow[], width: number) {
  const natural = (column: Column) =>
    Math.min(
      column.most,
      Math.max(
        column.least,
        column.title.length,
        ...rows.map((row) => displayWidth(printable(column.text(row)))),
      ),
    );
  let rank = WHY_RANK;
  // A long name gives way before a number goes, but not for what is only nice to have; nothing else is ever cut.
  const minimum = (column: Column) => {
    if (column.isRight || column.rank === 1) return natural(column);
    if (column.rank === 0) return rank >= NICE_RANK ? natural(column) : Math.min(natural(column), SHORT_NAME);
    return column.least;
  };
  const needed = () =>
    COLUMNS.filter((column) => column.rank <= rank).reduce(
      (sum, column) => sum + minimum(column) + 1,
      -1,
    ) +
    (rank >= SPARK_RANK ? LEAST_SPARK + 1 : 0) + (rank >= WHY_RANK ? LEAST_WHY + 1 : 0);
  while (rank > 1 && needed() > width) rank--;
  const columns = COLUMNS.filter((column) => column.rank <= rank);
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

function describeState({ standby }: StandbyRow): string {
  if (standby.reason !== null) return standby.reason;
  return standby.connected === false ? "disconnected" : NOT_KNOWN;
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

/** Why it has its status, else why it is where it is. */
function explain({ standby }: StandbyRow): string {
  const reasons = [...standby.status_reasons, standby.reason_text, standby.lag_unknown_because];
  return [...new Set(reasons.filter((text) => text !== ""))].join(" · ");
}
