import type { Lsn } from "../domain/lsn.ts";
import type { ThreeReads } from "./differences.ts";
import { InconclusiveError } from "./inconclusive_error.ts";
import type { PairRoles, RangeSums, ServerTable, SnapshotState, TablePair } from "./server_table.ts";
import type { LimitedRange } from "./table_sql.ts";

/** Result of one comparison of a range. */
export interface RangeComparison {
  /** Whether the servers agree; `moved` when the primary changed between its two reads. */
  readonly outcome: "equal" | "unequal" | "moved";
  /** Rows on the primary. */
  readonly primaryRows: number;
  /** Rows on the standby. */
  readonly standbyRows: number;
}

/** How long to wait for the standby. */
export interface WaitOptions {
  /**
   * Whether the standby must replay everything inserted into WAL, as a difference requires. Flushed WAL is enough to find
   * rows equal, and on an idle primary the rest may take seconds to be flushed.
   */
  readonly isStrict: boolean;
}

/** Longest wait for flushed WAL, seconds: the flush may have ended within a record. */
const FLUSHED_WAIT_SECONDS = 2;
/** First wait between two looks at the replay position, seconds; it doubles. */
const FIRST_POLL_SECONDS = 0.005;
/** Longest wait between them, seconds. */
const MAX_POLL_SECONDS = 0.25;

function promoted({ copy, isCopyInRecovery }: PairRoles): InconclusiveError {
  return new InconclusiveError(
    "skipped",
    `The ${copy} is ${isCopyInRecovery ? "no longer" : "now"} in recovery`,
  );
}

function demoted({ source }: PairRoles): InconclusiveError {
  return new InconclusiveError("skipped", `The ${source} is now in recovery`);
}

/** Waits until the standby has replayed a position; false when `seconds` were not enough. */
async function waitReplayed(pair: TablePair, position: Lsn, seconds: number): Promise<boolean> {
  const { standby, clock, signal, roles } = pair;
  const end = clock.monotonic() + seconds;
  for (let wait = FIRST_POLL_SECONDS;; wait = Math.min(wait * 2, MAX_POLL_SECONDS)) {
    const { inRecovery, position: replayed } = await standby.replayed();
    if (inRecovery !== roles.isCopyInRecovery) throw promoted(roles);
    if (replayed !== null && replayed >= position) return true;
    const left = end - clock.monotonic();
    if (left <= 0) return false;
    await clock.sleep(Math.min(wait, left), signal);
  }
}

/**
 * Reads on the primary, on the standby once it has replayed what that read saw, and on the primary again.
 *
 * @param pair The table on both servers.
 * @param options `read` reads on one server.
 * @throws {InconclusiveError} When a server has changed its role, or the standby does not replay in time.
 */
export async function readThrice<T extends SnapshotState>(
  pair: TablePair,
  { read, isStrict }: WaitOptions & { readonly read: (server: ServerTable) => Promise<T> },
): Promise<ThreeReads<T>> {
  const { primary, standby, maxWaitSeconds, roles } = pair;
  const before = await read(primary);
  const { insertPosition, flushPosition } = before;
  if (insertPosition === null || flushPosition === null) throw demoted(roles);
  // A subscriber reports what it has applied only after some time: it is read at once.
  const isReplayed = isStrict
    ? await waitReplayed(pair, primary.recordEnd(insertPosition), maxWaitSeconds)
    : !roles.isCopyInRecovery ||
      await waitReplayed(pair, flushPosition, Math.min(FLUSHED_WAIT_SECONDS, maxWaitSeconds));
  if (isStrict && !isReplayed) {
    const { source, copy, verb } = roles;
    const reason = `The ${copy} did not ${verb} the ${source}'s WAL within ${maxWaitSeconds} s`;
    throw new InconclusiveError("skipped", reason);
  }
  const shown = await read(standby);
  if (shown.inRecovery !== roles.isCopyInRecovery) throw promoted(roles);
  const after = await read(primary);
  if (after.inRecovery) throw demoted(roles);
  return { before, shown, after };
}

/**
 * Compares a range once.
 *
 * @throws {InconclusiveError} When the range has `limit` rows or more, or the servers cannot be compared.
 */
export async function compareRange(
  pair: TablePair,
  { range, limit, isStrict }: LimitedRange & WaitOptions,
): Promise<RangeComparison> {
  const read = async (server: ServerTable) => {
    const sums = await server.sum(range, limit);
    // Sums over some of the rows are useless. Too many rows on the standby are a difference like any other.
    if (server === pair.primary && sums.rows >= limit) {
      const reason = "The table has more rows than one check may read; raise --consistency.max-rows";
      throw new InconclusiveError("failed", reason, { budget: "rows" });
    }
    return sums;
  };
  return compareSums(await readThrice(pair, { isStrict, read }));
}

/** Compares the sums of three reads. */
export function compareSums({ before, shown, after }: ThreeReads<RangeSums>): RangeComparison {
  const isUnchanged = hasSameContent(before, after) && before.versions === after.versions;
  const outcome = !isUnchanged ? "moved" : hasSameContent(before, shown) ? "equal" : "unequal";
  return { outcome, primaryRows: before.rows, standbyRows: shown.rows };
}

function hasSameContent(a: RangeSums, b: RangeSums): boolean {
  return a.rows === b.rows && a.content === b.content;
}
