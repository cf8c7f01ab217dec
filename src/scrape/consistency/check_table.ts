import type { ConsistencyResult } from "../../domain/consistency.ts";
import { compareOnce, type Pair } from "./compare_range.ts";
import { describeDifferences, formatKey } from "./differences.ts";
import { locate } from "./locate.ts";
import { CheckEnd } from "./sides.ts";
import { type KeyRange, type Table, WHOLE_TABLE } from "./table_sql.ts";

/** How a check of one table on one standby ended. */
export type TableVerdict = Pick<ConsistencyResult, "verdict" | "reason" | "difference" | "rowsCompared">;

/** How to check a table. */
export interface CheckTableOptions {
  /** Most rows that are read of the primary. */
  readonly maxRows: number;
  /** Rows that are compared at a time; 5000 when absent. */
  readonly chunkRows?: number;
}

/** Rows at a time: few enough to be read between two changes, enough for the round trips not to count. */
const CHUNK_ROWS = 5000;
/** Tries of a chunk that the primary changes meanwhile. */
const CHUNK_TRIES = 6;
/** First pause between them, seconds; it doubles. */
const FIRST_PAUSE_SECONDS = 0.01;

type ChunkVerdict = Pick<TableVerdict, "verdict" | "reason" | "difference"> & { readonly rows: number };

/**
 * Compares a table, chunk by chunk; the first difference ends it.
 *
 * @param pair The table on both servers.
 * @param table The table.
 * @param options Limits.
 * @returns The verdict; only what the driver says of a lost server is thrown.
 */
export async function checkTable(
  pair: Pair,
  table: Table,
  options: CheckTableOptions,
): Promise<TableVerdict> {
  const { maxRows, chunkRows = CHUNK_ROWS } = options;
  let [rows, chunks] = [0, 0];
  const busy: ChunkVerdict[] = [];
  const end = (verdict: Pick<TableVerdict, "verdict" | "reason">): TableVerdict => ({
    ...verdict,
    difference: null,
    rowsCompared: rows === 0 && verdict.verdict !== "equal" ? null : rows,
  });
  try {
    let range = await nextChunk(pair, table, { before: WHOLE_TABLE, chunkRows });
    while (true) {
      const chunk = await checkChunk(pair, table, { range, limit: maxRows - rows + 1 });
      chunks++;
      rows += chunk.rows;
      if (chunk.verdict === "different") {
        return {
          verdict: "different",
          reason: chunk.reason,
          difference: chunk.difference,
          rowsCompared: rows,
        };
      }
      if (chunk.verdict === "busy") busy.push(chunk);
      if (range.upTo === null) break;
      range = await nextChunk(pair, table, { before: range, chunkRows });
    }
  } catch (error) {
    if (!(error instanceof CheckEnd)) throw error;
    const sofar = error.verdict === "failed" && chunks > busy.length
      ? `; ${rows} rows were compared until then`
      : "";
    return end({ verdict: error.verdict, reason: error.message + sofar });
  }
  const [first] = busy;
  if (first === undefined) return end({ verdict: "equal", reason: "" });
  const what = chunks === 1 ? "" : `; of ${chunks} parts ${chunks - busy.length} were equal`;
  return end({ verdict: "busy", reason: first.reason + what });
}

async function nextChunk(
  { primary }: Pair,
  table: Table,
  { before, chunkRows }: { readonly before: KeyRange; readonly chunkRows: number },
): Promise<KeyRange> {
  if (table.key.length === 0) return WHOLE_TABLE;
  const after = before.upTo;
  return { after, upTo: await primary.keyAt({ after, upTo: null }, chunkRows - 1) };
}

async function checkChunk(
  pair: Pair,
  table: Table,
  { range, limit }: { readonly range: KeyRange; readonly limit: number },
): Promise<ChunkVerdict> {
  let rows = 0;
  let pause = FIRST_PAUSE_SECONDS;
  for (let left = CHUNK_TRIES; left > 0; left--) {
    for (const isStrict of [false, true]) {
      const comparison = await compareOnce(pair, range, { limit, isStrict });
      rows = comparison.primaryRows;
      if (comparison.outcome === "equal") return { verdict: "equal", reason: "", difference: null, rows };
      if (comparison.outcome === "moved") break;
      if (!isStrict) continue;
      const found = await locate(pair, table, { range, comparison, limit });
      if (found === null) break;
      const [first, last] = [found[0]?.key ?? [], found[found.length - 1]?.key ?? []];
      return {
        verdict: "different",
        reason: describeDifferences(found),
        difference: first.length === 0 ? null : { fromKey: formatKey(first), toKey: formatKey(last) },
        rows,
      };
    }
    if (left > 1) await pair.clock.sleep(pause, pair.signal);
    pause *= 2;
  }
  return { verdict: "busy", reason: "The primary changed it during every try", difference: null, rows };
}
