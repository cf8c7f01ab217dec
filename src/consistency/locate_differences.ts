import { compareRange, type RangeComparison, readThrice } from "./compare_range.ts";
import { findDifferences, type RowDifference, type RowDifferences, seenTwice } from "./differences.ts";
import { InconclusiveError } from "./inconclusive_error.ts";
import type { RangeRows, ServerTable, TablePair } from "./server_table.ts";
import type { KeyRange, LimitedRange } from "./table_sql.ts";

/** Ranges of no more rows are read row by row. */
const SMALL_RANGE_ROWS = 100;
/** Most rows that are read row by row. */
const ROW_LIMIT = 1000;
/** Attempts to compare half a range while the primary changes it. */
const HALF_ATTEMPTS = 4;
/** Most halvings: more than any table needs. */
const MAX_HALVINGS = 64;
/** Rounds that must find a difference, each at a later position. Two prove it, the third is a safety margin. */
const ROUNDS = 3;
/** Most rounds, while a commit may be in progress. */
const MAX_ROUNDS = 20;
/** Wait between rounds, seconds. */
const ROUND_PAUSE_SECONDS = 0.05;
/** Most rows that are looked up without an index. */
const MAX_LOOK_UPS = 20;

/** A range whose comparison was unequal. */
export interface UnequalRange extends LimitedRange {
  /** The comparison. */
  readonly comparison: RangeComparison;
}

/**
 * Narrows an unequal range down to rows, and confirms them.
 *
 * @returns The rows, in key order; null when none differs any more: the change was in transit.
 * @throws {InconclusiveError} When the difference can be neither confirmed nor refuted.
 */
export async function locateDifferences(
  pair: TablePair,
  unequal: UnequalRange,
): Promise<readonly RowDifference[] | null> {
  const { key } = pair.table;
  if (key.length === 0) return await confirm(pair, (server) => readAsOneRow(server, unequal));
  const range = await narrow(pair, unequal);
  if (range === null) return null;
  const found = await confirm(pair, async (server) => {
    const rows = await server.rows(range, ROW_LIMIT);
    if (rows.rows.length < ROW_LIMIT) return rows;
    throw new InconclusiveError("busy", `A small range grew to ${ROW_LIMIT} rows while it was read`);
  });
  if (found === null || key.every(({ isCollated }) => !isCollated)) return found;
  const lookedUp = await confirm(pair, (server) => server.lookUp(found.slice(0, MAX_LOOK_UPS)));
  if (lookedUp !== null) return found;
  throw new InconclusiveError(
    "failed",
    "Ranges of the text key differ, but their rows do not: the two hosts sort text differently, so indexes on text are " +
      "unreliable on the standby; install the same version of the C library or ICU on both hosts",
  );
}

/** Halves the range until it is small; null when neither half differs any more. */
async function narrow(pair: TablePair, unequal: UnequalRange): Promise<KeyRange | null> {
  let { range, comparison } = unequal;
  for (let halvings = 0; halvings < MAX_HALVINGS; halvings++) {
    const { primaryRows, standbyRows } = comparison;
    const size = Math.max(primaryRows, standbyRows);
    if (size <= SMALL_RANGE_ROWS) return range;
    // On the server with more rows, so that each half has fewer.
    const larger = primaryRows >= standbyRows ? pair.primary : pair.standby;
    const middle = await larger.keyAt(range, Math.floor(size / 2) - 1);
    if (middle === null) return null;
    const halves = [{ after: range.after, upTo: middle }, { after: middle, upTo: range.upTo }];
    const found = await firstUnequal(pair, halves, unequal.limit);
    if (found === null) return null;
    ({ range, comparison } = found);
  }
  return null;
}

async function firstUnequal(
  pair: TablePair,
  ranges: readonly KeyRange[],
  limit: number,
): Promise<UnequalRange | null> {
  for (const range of ranges) {
    for (let attempt = 1; attempt <= HALF_ATTEMPTS; attempt++) {
      const comparison = await compareRange(pair, { range, limit, isStrict: true });
      if (comparison.outcome === "unequal") return { range, limit, comparison };
      if (comparison.outcome === "equal") break;
    }
  }
  return null;
}

async function readAsOneRow(server: ServerTable, { range, limit }: LimitedRange): Promise<RangeRows> {
  const { rows, content, versions, ...state } = await server.sum(range, limit);
  return { ...state, rows: [{ key: [], content: `${rows} ${content}`, version: versions }] };
}

/**
 * Reads in several rounds, each at a later position, and keeps the differences that persist: the same row version on the
 * primary, and the same one, or still none, on the standby.
 *
 * A row that was inserted and deleted between two reads of the primary is gone from the standby in the next round, which
 * waits for a position behind both. A commit that waits on the primary, for example for a synchronous standby, is visible
 * on the standby first: the primary still lists its transaction as running. Such a transaction runs in every round, so none
 * is left when no transaction that the standby may show early has run since the first round.
 */
async function confirm(
  pair: TablePair,
  read: (server: ServerTable) => Promise<RangeRows>,
): Promise<readonly RowDifference[] | null> {
  let confirmed: RowDifferences | null = null;
  /** Shown early in every round; null while unknown. */
  let early: readonly string[] | null = null;
  for (let round = 1;; round++) {
    const { before, shown, after } = await readThrice(pair, { read, isStrict: true });
    const seen = findDifferences({ before: before.rows, shown: shown.rows, after: after.rows });
    confirmed = seenTwice(confirmed, seen);
    if (confirmed.size === 0) return null;
    if (round >= ROUNDS && early?.length === 0) return [...confirmed.values()];
    if (round === MAX_ROUNDS) {
      const { source, copy } = pair.roles;
      throw new InconclusiveError(
        "busy",
        `The ${copy} already shows commits that still wait on the ${source}, for example for a synchronous standby`,
      );
    }
    if (after.running !== null) {
      const now: readonly string[] = await pair.standby.shownEarly(after.running);
      early = early === null ? now : early.filter((xid) => now.includes(xid));
    }
    await pair.clock.sleep(ROUND_PAUSE_SECONDS, pair.signal);
  }
}
