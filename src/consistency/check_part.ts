import type { DifferentRows } from "../domain/consistency.ts";
import { compareRange } from "./compare_range.ts";
import { describeDifferences, formatRowKey, type RowDifference } from "./differences.ts";
import { locateDifferences } from "./locate_differences.ts";
import type { TablePair } from "./server_table.ts";
import { type FoundDifference, type PartVerdict, undecidedPart } from "./table_progress.ts";
import type { ComparedTable, LimitedRange } from "./table_sql.ts";

/** Attempts at a part that the primary keeps changing. */
const ATTEMPTS = 6;
/** First pause between them, seconds; it doubles. */
const FIRST_PAUSE_SECONDS = 0.01;
/** Most rows that are named at a time. */
const MAX_ROWS_NAMED = 20;

/**
 * Compares one part of a table, again and again until it is decided.
 *
 * @throws {InconclusiveError} When the part has `limit` rows or more, or the servers cannot be compared.
 */
export async function checkPart(pair: TablePair, { range, limit }: LimitedRange): Promise<PartVerdict> {
  const { clock, signal, roles } = pair;
  let rows = 0;
  const decided = (differences: readonly RowDifference[] | null): PartVerdict => {
    const at = clock.monotonic();
    return {
      found: differences && foundDifference(differences, { at, pair }),
      undecidedBecause: null,
      rows,
      at,
    };
  };
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    if (attempt > 0) await clock.sleep(FIRST_PAUSE_SECONDS * 2 ** (attempt - 1), signal);
    for (const isStrict of [false, true]) {
      const comparison = await compareRange(pair, { range, limit, isStrict });
      rows = comparison.primaryRows;
      if (comparison.outcome === "equal") return decided(null);
      if (comparison.outcome === "moved") break;
      const differences = isStrict ? await locateDifferences(pair, { range, limit, comparison }) : null;
      if (differences !== null) return decided(differences);
    }
  }
  return undecidedPart(`The ${roles.source} changed its rows during every attempt`, {
    rows,
    at: clock.monotonic(),
  });
}

function foundDifference(
  differences: readonly RowDifference[],
  { at, pair: { roles, table } }: { readonly at: number; readonly pair: TablePair },
): FoundDifference {
  const [firstKey, lastKey] = [differences.at(0)?.key ?? [], differences.at(-1)?.key ?? []];
  const difference = firstKey.length === 0 ? null : {
    fromKey: formatRowKey(firstKey),
    toKey: formatRowKey(lastKey),
    ...roles.copy === "subscriber" ? { rows: differentRows(differences, table) } : {},
  };
  return { firstKey, reason: describeDifferences(differences, roles.copy), difference, at };
}

/** Rows to repair, by their keys. */
function differentRows(
  differences: readonly RowDifference[],
  { key, columns = [], isPublishedAgain = false }: ComparedTable,
): DifferentRows {
  const some = differences.slice(0, MAX_ROWS_NAMED);
  return {
    key: key.map(({ name }) => name),
    columns,
    toCopy: some.filter(({ kind }) => kind !== "extra").map((each) => each.key),
    extra: some.filter(({ kind }) => kind === "extra").map((each) => each.key),
    isPublishedAgain,
  };
}
