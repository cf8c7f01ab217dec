import { compareRange } from "./compare_range.ts";
import { describeDifferences, formatRowKey } from "./differences.ts";
import { locateDifferences } from "./locate_differences.ts";
import type { TablePair } from "./server_table.ts";
import type { FoundDifference } from "./table_progress.ts";
import type { LimitedRange } from "./table_sql.ts";

/** Result of the comparison of one part of a table. */
export interface PartVerdict {
  /** What differs; null when nothing does, or the part could not be decided. */
  readonly found: FoundDifference | null;
  /** Why the part could not be decided; "" when it was. */
  readonly undecidedBecause: string;
  /** Rows on the primary. */
  readonly rows: number;
}

/** Attempts at a part that the primary keeps changing. */
const ATTEMPTS = 6;
/** First pause between them, seconds; it doubles. */
const FIRST_PAUSE_SECONDS = 0.01;

/**
 * Compares one part of a table, again and again until it is decided.
 *
 * @throws {InconclusiveError} When the part has `limit` rows or more, or the servers cannot be compared.
 */
export async function checkPart(pair: TablePair, { range, limit }: LimitedRange): Promise<PartVerdict> {
  const { clock, signal } = pair;
  let rows = 0;
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    if (attempt > 0) await clock.sleep(FIRST_PAUSE_SECONDS * 2 ** (attempt - 1), signal);
    for (const isStrict of [false, true]) {
      const comparison = await compareRange(pair, { range, limit, isStrict });
      rows = comparison.primaryRows;
      if (comparison.outcome === "equal") return { found: null, undecidedBecause: "", rows };
      if (comparison.outcome === "moved") break;
      const rowsFound = isStrict ? await locateDifferences(pair, { range, comparison, limit }) : null;
      if (rowsFound === null) continue;
      const [firstKey, lastKey] = [rowsFound.at(0)?.key ?? [], rowsFound.at(-1)?.key ?? []];
      const difference = firstKey.length === 0
        ? null
        : { fromKey: formatRowKey(firstKey), toKey: formatRowKey(lastKey) };
      const reason = describeDifferences(rowsFound);
      return { found: { firstKey, reason, difference, at: clock.monotonic() }, undecidedBecause: "", rows };
    }
  }
  return { found: null, undecidedBecause: "The primary changed its rows during every attempt", rows };
}
