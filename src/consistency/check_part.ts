import { compareOnce, type Pair } from "./compare_range.ts";
import { describeDifferences, formatKey } from "./differences.ts";
import { locate } from "./locate.ts";
import type { KeyRange, Table } from "./table_sql.ts";
import type { SeenDifference } from "./table_walk.ts";

/** How the comparison of one part of a table ended. */
export interface PartVerdict {
  /** What differs; null when nothing does, or it could not be decided. */
  readonly seen: SeenDifference | null;
  /** Why it could not be decided; "" when it was. */
  readonly undecidedBecause: string;
  /** Rows of the primary. */
  readonly rows: number;
}

/** Tries of a part that the primary changes meanwhile. */
const TRIES = 6;
/** First pause between them, seconds; it doubles. */
const FIRST_PAUSE_SECONDS = 0.01;

/**
 * Compares one part of a table, again and again until it can be decided.
 *
 * @param pair The table on both servers.
 * @param table The table.
 * @param options The part, and how many rows are read of the primary, less one.
 * @throws {CheckEnd} When it has more rows, or the servers cannot be compared now.
 */
export async function checkPart(
  pair: Pair,
  table: Table,
  { range, limit }: { readonly range: KeyRange; readonly limit: number },
): Promise<PartVerdict> {
  const { clock } = pair;
  let rows = 0;
  let pause = FIRST_PAUSE_SECONDS;
  for (let left = TRIES; left > 0; left--) {
    for (const isStrict of [false, true]) {
      const comparison = await compareOnce(pair, range, { limit, isStrict });
      rows = comparison.primaryRows;
      if (comparison.outcome === "equal") return { seen: null, undecidedBecause: "", rows };
      if (comparison.outcome === "moved") break;
      if (!isStrict) continue;
      const found = await locate(pair, table, { range, comparison, limit });
      if (found === null) break;
      const [first, last] = [found[0]?.key ?? [], found[found.length - 1]?.key ?? []];
      const difference = first.length === 0 ? null : { fromKey: formatKey(first), toKey: formatKey(last) };
      const reason = describeDifferences(found);
      return {
        seen: { firstKey: first, reason, difference, at: clock.monotonic() },
        undecidedBecause: "",
        rows,
      };
    }
    if (left > 1) await clock.sleep(pause, pair.signal);
    pause *= 2;
  }
  return { seen: null, undecidedBecause: "The primary changed it during every try", rows };
}
