import type { Clock } from "../domain/clock.ts";
import type { Lsn } from "../domain/lsn.ts";
import { CheckEnd, type PrimarySide, type StandbySide, type Standing, type Sums } from "./sides.ts";
import type { KeyRange } from "./table_sql.ts";

/** A table on a primary and on one of its standbys, and how long to wait. */
export interface Pair {
  /** On the primary. */
  readonly primary: PrimarySide;
  /** On the standby. */
  readonly standby: StandbySide;
  /** Time. */
  readonly clock: Clock;
  /** Ends every wait. */
  readonly signal: AbortSignal;
  /** Longest wait until the standby has applied what the primary had written, seconds. */
  readonly patienceSeconds: number;
}

/** What one comparison of a range says. */
export interface Comparison {
  /** Whether both agree; `moved` when the primary does not agree with itself before and after. */
  readonly outcome: "equal" | "unequal" | "moved";
  /** Rows on the primary. */
  readonly primaryRows: number;
  /** Rows on the standby. */
  readonly standbyRows: number;
}

/** How to compare a range. */
export interface CompareOptions {
  /** Most rows that are read. */
  readonly limit: number;
  /**
   * Whether to wait for all that was inserted into WAL, as a difference has to. What is equal is so wherever the
   * standby stands: then what was on disk will do, as the rest may not get there for seconds on an idle primary.
   */
  readonly isStrict: boolean;
}

/** Longest wait for what is on disk, seconds: should it end in half a record, the other half may take a while. */
const QUICK_WAIT_SECONDS = 2;
/** First wait between questions for the position, seconds; it doubles. */
const FIRST_POLL_SECONDS = 0.005;
/** Longest wait between them, seconds. */
const LONGEST_POLL_SECONDS = 0.25;

/**
 * Waits until a standby has applied a position.
 *
 * @param pair The servers.
 * @param position The position.
 * @param seconds How long at most.
 * @returns Whether it has.
 * @throws {CheckEnd} When it is no standby any more.
 */
async function waitApplied(pair: Pair, position: Lsn, seconds: number): Promise<boolean> {
  const { standby, clock, signal } = pair;
  const end = clock.monotonic() + seconds;
  for (let wait = FIRST_POLL_SECONDS;; wait = Math.min(wait * 2, LONGEST_POLL_SECONDS)) {
    const { inRecovery, position: replayed } = await standby.replayed();
    if (!inRecovery) throw promoted();
    if (replayed !== null && replayed >= position) return true;
    const left = end - clock.monotonic();
    if (left <= 0) return false;
    await clock.sleep(Math.min(wait, left), signal);
  }
}

/**
 * Reads something on the primary, on the standby once it has applied that, and on the primary again.
 *
 * @param pair The servers.
 * @param options What is read, and how patiently the standby is waited for.
 * @returns The three readings, in that order.
 * @throws {CheckEnd} When a server has another role, or the standby does not get there.
 */
export async function readThrice<T extends Standing>(
  pair: Pair,
  { read, isStrict }: {
    readonly read: (side: PrimarySide | StandbySide) => Promise<T>;
    readonly isStrict: boolean;
  },
): Promise<{ readonly before: T; readonly shown: T; readonly after: T }> {
  const before = await read(pair.primary);
  const { insertPosition, flushPosition } = before;
  if (insertPosition === null || flushPosition === null) throw demoted();
  const isApplied = isStrict
    ? await waitApplied(pair, pair.primary.recordEnd(insertPosition), pair.patienceSeconds)
    : await waitApplied(pair, flushPosition, Math.min(QUICK_WAIT_SECONDS, pair.patienceSeconds));
  if (isStrict && !isApplied) {
    throw new CheckEnd(
      "skipped",
      `It did not apply within ${pair.patienceSeconds} s what the primary had written`,
    );
  }
  const shown = await read(pair.standby);
  if (!shown.inRecovery) throw promoted();
  const after = await read(pair.primary);
  if (after.inRecovery) throw demoted();
  return { before, shown, after };
}

/**
 * Compares a range once.
 *
 * @param pair The servers.
 * @param range The range.
 * @param options How.
 * @throws {CheckEnd} When it has more rows than may be read, or the servers cannot be compared now.
 */
export async function compareOnce(
  pair: Pair,
  range: KeyRange,
  { limit, isStrict }: CompareOptions,
): Promise<Comparison> {
  const readings = await readThrice(pair, {
    isStrict,
    read: async (side) => {
      const sums = await side.sum(range, limit);
      // A sum over some of the rows says nothing; of a standby too many are a difference like any other.
      if (side === pair.primary && sums.rows >= limit) throw overBudget();
      return sums;
    },
  });
  return judge(readings);
}

/**
 * What three sums say.
 *
 * @param readings The primary before, the standby, and the primary after.
 */
export function judge(
  { before, shown, after }: { readonly before: Sums; readonly shown: Sums; readonly after: Sums },
): Comparison {
  const rows = { primaryRows: before.rows, standbyRows: shown.rows };
  if (!hasSameContent(before, after) || before.versions !== after.versions) {
    return { outcome: "moved", ...rows };
  }
  return { outcome: hasSameContent(before, shown) ? "equal" : "unequal", ...rows };
}

function hasSameContent(a: Sums, b: Sums): boolean {
  return a.rows === b.rows && a.content === b.content;
}

function overBudget(): CheckEnd {
  return new CheckEnd("failed", "It has more rows than one check may read; raise --consistency.max-rows", {
    budget: "rows",
  });
}

function promoted(): CheckEnd {
  return new CheckEnd("skipped", "It is not a standby any more");
}

function demoted(): CheckEnd {
  return new CheckEnd("skipped", "Its primary is none any more");
}
