import { compareOnce, type Comparison, type Pair, readThrice } from "./compare_range.ts";
import { type Difference, type Differences, findDifferences, stillThere } from "./differences.ts";
import { CheckEnd, type Rows, type TableSide } from "./sides.ts";
import type { KeyRange, Table } from "./table_sql.ts";

/** Ranges of no more rows are read row by row. */
const SMALL_RANGE_ROWS = 100;
/** Most rows that are read one by one. */
const ROW_LIMIT = 1000;
/** Tries of half a range that the primary changes meanwhile. */
const HALF_TRIES = 4;
/** Halvings at most: more than any table needs. */
const MAX_HALVINGS = 64;
/** How often a difference must be seen, each time at a later position. Two prove it, the third is for good measure. */
const ROUNDS = 3;
/** Rounds that may be of no use because a commit was under way. */
const UNSETTLED_ROUNDS = 20;
/** Wait between rounds, seconds. */
const ROUND_PAUSE_SECONDS = 0.05;
/** Rows that are looked up without an index, at most. */
const LOOK_UPS = 20;

/** A range in which the two were not equal. */
export interface Suspicion {
  /** The range. */
  readonly range: KeyRange;
  /** How it was found. */
  readonly comparison: Comparison;
  /** Most rows that are read. */
  readonly limit: number;
}

/**
 * Narrows a suspicion down to rows, and confirms them.
 *
 * @param pair The servers.
 * @param table The table.
 * @param suspicion Where.
 * @returns The rows, in the order of the key; null when it was not there any more: it was on its way.
 * @throws {CheckEnd} When it can be neither confirmed nor dropped.
 */
export async function locate(
  pair: Pair,
  table: Table,
  suspicion: Suspicion,
): Promise<readonly Difference[] | null> {
  if (table.key.length === 0) {
    return await confirm(pair, (side) => readAsOneRow(side, suspicion));
  }
  const range = await narrow(pair, suspicion);
  if (range === null) return null;
  const found = await confirm(pair, async (side) => {
    const rows = await side.rows(range, ROW_LIMIT);
    if (rows.rows.length === ROW_LIMIT) {
      throw new CheckEnd("busy", "A small range filled up while it was read");
    }
    return rows;
  });
  if (found === null || table.key.every(({ isCollated }) => !isCollated)) return found;
  const lookedUp = await confirm(pair, (side) => side.lookUp(found.slice(0, LOOK_UPS)));
  if (lookedUp !== null) return found;
  throw new CheckEnd(
    "failed",
    "Ranges of its text key differ, the rows themselves do not: the two hosts sort text differently, so that indexes " +
      "on text are not to be trusted on the standby; bring the C library or ICU of both hosts to one version",
  );
}

/** Halves the range until it is small; null when neither half differs any more. */
async function narrow(pair: Pair, suspicion: Suspicion): Promise<KeyRange | null> {
  let { range, comparison } = suspicion;
  for (let halvings = 0; halvings < MAX_HALVINGS; halvings++) {
    const { primaryRows, standbyRows } = comparison;
    const size = Math.max(primaryRows, standbyRows);
    if (size <= SMALL_RANGE_ROWS) return range;
    // By the server with more rows, so that each half has fewer.
    const side = primaryRows >= standbyRows ? pair.primary : pair.standby;
    const middle = await side.keyAt(range, Math.floor(size / 2) - 1);
    if (middle === null) return null;
    const halves = [{ after: range.after, upTo: middle }, { after: middle, upTo: range.upTo }];
    const found = await firstUnequal(pair, halves, suspicion.limit);
    if (found === null) return null;
    ({ range, comparison } = found);
  }
  return null;
}

async function firstUnequal(
  pair: Pair,
  ranges: readonly KeyRange[],
  limit: number,
): Promise<Pick<Suspicion, "range" | "comparison"> | null> {
  for (const range of ranges) {
    for (let left = HALF_TRIES; left > 0; left--) {
      const comparison = await compareOnce(pair, range, { limit, isStrict: true });
      if (comparison.outcome === "unequal") return { range, comparison };
      if (comparison.outcome === "equal") break;
    }
  }
  return null;
}

async function readAsOneRow(side: TableSide, { range, limit }: Suspicion): Promise<Rows> {
  const { rows, content, versions, ...standing } = await side.sum(range, limit);
  return { ...standing, rows: [{ key: [], content: `${rows} ${content}`, version: versions }] };
}

/**
 * Looks several times, each time at a later position, for differences that stay: the same version of the row on the
 * primary, and the same, or still none, on the standby.
 *
 * What was inserted and deleted again between two readings of the primary is gone from the standby by the next round,
 * as that waits for a position behind both. What the standby shows ahead of the primary, because there the commit
 * still waits (for a synchronous standby, say), is told by the primary counting the transaction as running.
 */
async function confirm(
  pair: Pair,
  read: (side: TableSide) => Promise<Rows>,
): Promise<readonly Difference[] | null> {
  let confirmed: Differences | null = null;
  let [rounds, unsettled] = [0, 0];
  while (true) {
    const { before, shown, after } = await readThrice(pair, { read, isStrict: true });
    const seen = findDifferences({ before: before.rows, shown: shown.rows, after: after.rows });
    const isAhead = seen.size > 0 &&
      (after.running === null || await pair.standby.anyCommitted(after.running));
    if (isAhead) {
      if (++unsettled === UNSETTLED_ROUNDS) {
        throw new CheckEnd(
          "busy",
          "The standby shows commits that still wait on the primary, for a synchronous standby for example",
        );
      }
    } else {
      confirmed = stillThere(confirmed, seen);
      if (confirmed.size === 0) return null;
      if (++rounds === ROUNDS) return [...confirmed.values()];
    }
    await pair.clock.sleep(ROUND_PAUSE_SECONDS, pair.signal);
  }
}
