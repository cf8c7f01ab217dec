import type { ConsistencyResult } from "../domain/consistency.ts";
import { checkPart, type PartVerdict } from "./check_part.ts";
import type { Pair } from "./compare_range.ts";
import { formatKey } from "./differences.ts";
import { CheckEnd } from "./sides.ts";
import { type Key, type KeyRange, type Table, WHOLE_TABLE } from "./table_sql.ts";
import { type OpenPart, type SeenDifference, TableWalk } from "./table_walk.ts";

/** How a check of one table on one standby ended. */
export type TableVerdict = Pick<
  ConsistencyResult,
  "verdict" | "reason" | "difference" | "rowsCompared" | "window"
>;

/** How to check a table. */
export interface CheckTableOptions {
  /** Most rows that are read of the primary. */
  readonly maxRows: number;
  /** Rows that are compared at a time; 5000 when absent. */
  readonly chunkRows?: number;
  /** How far earlier checks have come, which this one takes further; from the first row when absent. */
  readonly walk?: TableWalk;
  /** When its time is used up: our monotonic seconds; never when absent. */
  readonly endsAt?: number;
  /** What tells the table from others of its name, and the number of its rows as guessed. */
  readonly about?: { readonly identity: string; readonly estimatedRows: number | null };
}

/** Rows at a time: few enough to be read between two changes, enough for the round trips not to count. */
const CHUNK_ROWS = 5000;
/** Why a part that was cut to the budget was more than that when it was read. */
const GREW = "Rows were inserted while it was read";

/** A check under way. */
interface Check extends Required<Omit<CheckTableOptions, "about">> {
  readonly pair: Pair;
  readonly table: Table;
  /** What became of parts that were looked at again. */
  readonly looked: Map<string, PartVerdict>;
  /** Rows that were read. */
  rows: number;
  /** Parts that the walk came by. */
  parts: number;
  /** Those of them that could not be decided. */
  undecided: number;
  /** Whether anything was decided at all. */
  isDecided: boolean;
  /** Where the walk began and how far it has come; null when it did not get anywhere. */
  walked: KeyRange | null;
  found: SeenDifference | null;
  /** Why a part could not be decided; "" when all could. */
  busy: string;
  /** What ended the comparison of one part, but not the check. */
  trouble: CheckEnd | null;
}

/**
 * Compares as much of a table as the budget allows, part by part: what differed or could not be decided before, then
 * behind where the check before ended. The first difference that was not known ends it.
 *
 * @param pair The table on both servers.
 * @param table The table.
 * @param options Limits, and where to go on.
 * @returns The verdict on what was compared; only what the driver says of a lost server is thrown.
 */
export async function checkTable(
  pair: Pair,
  table: Table,
  options: CheckTableOptions,
): Promise<TableVerdict> {
  const { walk = new TableWalk(), about = { identity: "", estimatedRows: null } } = options;
  const check: Check = {
    endsAt: Infinity,
    ...options,
    // Half the budget, so that a part that differed can be looked at again whole.
    chunkRows: Math.min(options.chunkRows ?? CHUNK_ROWS, Math.max(1, Math.floor(options.maxRows / 2))),
    ...{ walk, pair, table, walked: null, found: null, trouble: null },
    ...{ rows: 0, parts: 0, undecided: 0, isDecided: false, busy: "" },
    looked: new Map(),
  };
  walk.begin(about);
  const mayLookAgain = table.key.length > 0 && walk.openParts.length > 0 && !walk.isHeldUp;
  try {
    if (mayLookAgain) await lookAgain(check);
    if (!walk.isFull) await goOn(check);
    return verdictOf(check, check.trouble);
  } catch (error) {
    if (error instanceof CheckEnd) return verdictOf(check, error);
    throw error;
  } finally {
    walk.isHeldUp = mayLookAgain && check.parts === 0 && !walk.isFull;
  }
}

function verdictOf(check: Check, trouble: CheckEnd | null): TableVerdict {
  const { rows, parts, undecided, isDecided, walked, found, busy } = check;
  const window = walked === null ? null : { afterKey: textOf(walked.after), upToKey: textOf(walked.upTo) };
  const end = (verdict: TableVerdict["verdict"], reason: string): TableVerdict => ({
    verdict,
    reason,
    difference: found?.difference ?? null,
    rowsCompared: rows === 0 && verdict !== "equal" ? null : rows,
    window,
  });
  if (found !== null) return end("different", found.reason);
  if (trouble !== null) {
    const sofar = trouble.verdict === "failed" && isDecided ? `; ${rows} rows were compared until then` : "";
    return end(trouble.verdict, trouble.message + sofar);
  }
  if (isDecided && busy === "") return end("equal", "");
  return end("busy", busy + (parts > 1 ? `; of ${parts} parts ${parts - undecided} were decided` : ""));
}

/**
 * Looks again at what differed, or could not be decided, with no more than half the rows and the time, so that the rest
 * of the table has its turn as well.
 */
async function lookAgain(check: Check): Promise<void> {
  const { walk, maxRows, endsAt, pair: { clock } } = check;
  const now = clock.monotonic();
  const half = { maxRows: Math.max(1, Math.floor(maxRows / 2)), endsAt: now + (endsAt - now) / 2 };
  const budget = walk.isFull ? { maxRows, endsAt } : half;
  for (const part of walk.openParts) {
    try {
      await lookAgainAt(check, { part, budget });
    } catch (error) {
      if (!(error instanceof CheckEnd) || error.verdict === "skipped") throw error;
      if (error.budget !== null) return;
      check.looked.set(nameOf(part.range), { seen: null, undecidedBecause: error.message, rows: part.rows });
      check.trouble ??= error;
    }
  }
}

async function lookAgainAt(
  check: Check,
  { part, budget }: {
    readonly part: OpenPart;
    readonly budget: { readonly maxRows: number; readonly endsAt: number };
  },
): Promise<void> {
  const { walk, pair, table, chunkRows } = check;
  for (let rest: OpenPart | null = part; rest !== null;) {
    const left = budget.maxRows - check.rows;
    if (left <= 0 || pair.clock.monotonic() >= budget.endsAt) return;
    const { range }: OpenPart = rest;
    // A part that has grown is looked at in pieces.
    const upTo = await pair.primary.keyAt(range, Math.min(chunkRows, left) - 1) ?? range.upTo;
    const piece = { after: range.after, upTo };
    const verdict = await checkPart(pair, table, { range: piece, limit: left + 1 });
    check.rows += verdict.rows;
    check.looked.set(nameOf(piece), verdict);
    if (verdict.undecidedBecause !== "") {
      // What is not known to differ does not speak against what the walk finds.
      if (rest.seen !== null || walk.isFull) check.busy ||= verdict.undecidedBecause;
      return;
    }
    check.isDecided = true;
    if (verdict.seen !== null) {
      check.found ??= verdict.seen;
      walk.lookedDifferent(rest, verdict.seen);
      return;
    }
    rest = walk.lookedEqual(rest, { upTo, rows: verdict.rows, at: pair.clock.monotonic() });
  }
}

/** Goes on where the check before ended, to the end of the table or of the budget. */
async function goOn(check: Check): Promise<void> {
  const { walk, maxRows, chunkRows } = check;
  const start = walk.goOn();
  while (check.rows < maxRows) {
    const passed = await passNext(check, Math.min(chunkRows, maxRows - check.rows));
    if (passed === "over") return;
    check.walked = { after: start, upTo: walk.next };
    if (passed === "new" || !walk.isUnderWay) return;
  }
}

/** Passes the next part; tells whether it is newly known to differ, or whether the budget was used up before. */
async function passNext(check: Check, size: number): Promise<"new" | "known" | "over"> {
  const { walk, pair, table, looked } = check;
  let range: KeyRange | null = null;
  try {
    range = await nextPart(check, size);
    const before = looked.get(nameOf(range));
    const verdict = before ??
      await checkPart(pair, table, { range, limit: check.maxRows - check.rows + 1 });
    if (before === undefined) check.rows += verdict.rows;
    return take(check, { range, verdict });
  } catch (error) {
    const end = error instanceof CheckEnd ? error : null;
    const budget = end?.budget ?? null;
    // What was decided counts, and the next check begins with what was not.
    if (budget !== null && (check.isDecided || check.parts > 0)) return "over";
    if (budget === "rows" && range !== null && table.key.length > 0) {
      check.rows += size;
      return take(check, { range, verdict: { seen: null, undecidedBecause: GREW, rows: size } });
    }
    if (budget === "time" && looked.size > 0) throw error;
    const at = pair.clock.monotonic();
    const reason = error instanceof Error ? error.message : String(error);
    if (range !== null) walk.passUndecided(range, { rows: size, at, reason });
    else if (end !== null && budget === null && check.parts === 0) walk.giveUp({ at, reason });
    throw error;
  }
}

function take(
  check: Check,
  { range, verdict: { seen, rows, undecidedBecause: reason } }: {
    readonly range: KeyRange;
    readonly verdict: PartVerdict;
  },
): "new" | "known" {
  const { walk, pair: { clock } } = check;
  check.parts++;
  if (reason !== "") {
    check.undecided++;
    check.busy ||= reason;
    walk.passUndecided(range, { rows, at: clock.monotonic(), reason });
    return "known";
  }
  check.isDecided = true;
  if (seen === null) {
    walk.passEqual(range, { rows, at: clock.monotonic() });
    return "known";
  }
  check.found ??= seen;
  return walk.passDifferent(range, { seen, rows }) ? "new" : "known";
}

/** Behind a key: as many rows as are compared at a time, but all that are left when the budget suffices for them. */
async function nextPart(
  { pair: { primary }, table, walk, maxRows, rows }: Check,
  size: number,
): Promise<KeyRange> {
  if (table.key.length === 0) return WHOLE_TABLE;
  const after = walk.next;
  const rest = { after, upTo: null };
  const isLast = size === maxRows - rows && await primary.keyAt(rest, size) === null;
  return isLast ? rest : { after, upTo: await primary.keyAt(rest, size - 1) };
}

function textOf(key: Key | null): string | null {
  return key === null ? null : formatKey(key);
}

function nameOf({ after, upTo }: KeyRange): string {
  return JSON.stringify([after, upTo]);
}
