import type { ConsistencyResult, ConsistencyWindow } from "../domain/consistency.ts";
import { checkPart } from "./check_part.ts";
import { formatRowKey } from "./differences.ts";
import { InconclusiveError } from "./inconclusive_error.ts";
import type { TablePair } from "./server_table.ts";
import {
  type FoundDifference,
  type OpenPart,
  type PartVerdict,
  rangeId,
  TableProgress,
  undecidedPart,
} from "./table_progress.ts";
import { type KeyRange, type RowKey, WHOLE_TABLE } from "./table_sql.ts";
import { errorMessage } from "../domain/thrown.ts";

/** How a check of one table on one standby ended. */
export type TableVerdict = Pick<
  ConsistencyResult,
  "verdict" | "reason" | "difference" | "rowsCompared" | "window"
>;

/** How to check a table. */
export interface CheckTableOptions {
  /** Most rows to read on the primary. */
  readonly maxRows: number;
  /** Rows compared at a time; 5000 when absent. */
  readonly chunkRows?: number;
  /** How far earlier checks have come; this check takes it further. From the first row when absent. */
  readonly progress?: TableProgress;
  /** When the check must end: our monotonic seconds; never when absent. */
  readonly endsAt?: number;
}

/** Rows at a time: few enough to be read between two changes, enough to make round trips cheap. */
const CHUNK_ROWS = 5000;

/**
 * Compares as much of a table as the budget allows, part by part: first the parts that differed or were undecided, then
 * those behind the end of the previous check. A new difference ends the check.
 *
 * @returns The verdict on the rows compared.
 * @throws {PostgresError} When a server is lost.
 */
export async function checkTable(pair: TablePair, options: CheckTableOptions): Promise<TableVerdict> {
  return await new TableCheck(pair, options).run();
}

/** A check in progress. */
class TableCheck {
  readonly #pair: TablePair;
  readonly #progress: TableProgress;
  readonly #maxRows: number;
  readonly #chunkRows: number;
  readonly #endsAt: number;
  /** Verdicts on open parts that were compared again, by range. */
  readonly #rechecked = new Map<string, PartVerdict>();
  /** Rows read. */
  #rows = 0;
  /** Parts that the pass reached. */
  #parts = 0;
  #undecidedParts = 0;
  #isAnyDecided = false;
  /** Where this check began to continue the pass. */
  #passStart: RowKey | null = null;
  #window: ConsistencyWindow | null = null;
  #found: FoundDifference | null = null;
  /** Why the first undecided part was undecided. */
  #undecidedBecause: string | null = null;
  /** What ended the comparison of an open part, but not the check. */
  #trouble: InconclusiveError | null = null;

  constructor(pair: TablePair, options: CheckTableOptions) {
    const { maxRows, chunkRows = CHUNK_ROWS, progress = new TableProgress(), endsAt = Infinity } = options;
    [this.#pair, this.#progress, this.#maxRows, this.#endsAt] = [pair, progress, maxRows, endsAt];
    // Half the budget, so that a part that differed can be compared again as a whole.
    this.#chunkRows = Math.min(chunkRows, Math.max(1, Math.floor(maxRows / 2)));
  }

  async run(): Promise<TableVerdict> {
    const progress = this.#progress;
    progress.begin(this.#pair.table);
    const rechecks = this.#pair.table.key.length > 0 && progress.openParts.length > 0 &&
      !progress.hasOnlyRechecked;
    try {
      if (rechecks) await this.#recheckOpenParts();
      if (!progress.isFull) await this.#continuePass();
      return this.#verdict(this.#trouble);
    } catch (error) {
      if (error instanceof InconclusiveError) return this.#verdict(error);
      throw error;
    } finally {
      progress.hasOnlyRechecked = rechecks && this.#parts === 0 && !progress.isFull;
    }
  }

  #verdict(trouble: InconclusiveError | null): TableVerdict {
    const [rows, parts, found] = [this.#rows, this.#parts, this.#found];
    const end = (verdict: TableVerdict["verdict"], reason: string): TableVerdict => ({
      verdict,
      reason,
      difference: found?.difference ?? null,
      rowsCompared: rows === 0 && verdict !== "equal" ? null : rows,
      window: this.#window,
    });
    if (found !== null) return end("different", found.reason);
    if (trouble !== null) {
      const before = trouble.verdict === "failed" && this.#isAnyDecided
        ? `; ${rows} rows were compared before`
        : "";
      return end(trouble.verdict, trouble.message + before);
    }
    if (this.#isAnyDecided && this.#undecidedBecause === null) return end("equal", "");
    const decided = parts > 1 ? `; ${parts - this.#undecidedParts} of ${parts} parts were decided` : "";
    return end("busy", (this.#undecidedBecause ?? "") + decided);
  }

  /** Compares open parts again, with half the rows and the time at most, so that the pass gets the rest. */
  async #recheckOpenParts(): Promise<void> {
    const progress = this.#progress;
    const { clock } = this.#pair;
    const now = clock.monotonic();
    const budget = progress.isFull
      ? { maxRows: this.#maxRows, endsAt: this.#endsAt }
      : { maxRows: Math.max(1, Math.floor(this.#maxRows / 2)), endsAt: now + (this.#endsAt - now) / 2 };
    for (const part of progress.openParts) {
      try {
        await this.#recheck(part, budget);
      } catch (error) {
        if (!(error instanceof InconclusiveError) || error.verdict === "skipped") throw error;
        if (error.budget !== null) return;
        const verdict = undecidedPart(error.message, { rows: part.rows, at: clock.monotonic() });
        this.#rechecked.set(rangeId(part.range), verdict);
        this.#trouble ??= error;
      }
    }
  }

  /** Compares an open part again; in several pieces when it has grown. */
  async #recheck(
    part: OpenPart,
    budget: { readonly maxRows: number; readonly endsAt: number },
  ): Promise<void> {
    const { primary, clock } = this.#pair;
    for (let rest: OpenPart | null = part; rest !== null;) {
      const left = budget.maxRows - this.#rows;
      if (left <= 0 || clock.monotonic() >= budget.endsAt) return;
      const { range }: OpenPart = rest;
      const upTo = await primary.keyAt(range, Math.min(this.#chunkRows, left) - 1) ?? range.upTo;
      const piece = { after: range.after, upTo };
      const verdict = await checkPart(this.#pair, { range: piece, limit: left + 1 });
      this.#rows += verdict.rows;
      this.#rechecked.set(rangeId(piece), verdict);
      if (verdict.undecidedBecause === null) this.#isAnyDecided = true;
      // A part that is not known to differ does not spoil the verdict on the parts that the pass reaches.
      else if (rest.found !== null || this.#progress.isFull) {
        this.#undecidedBecause ??= verdict.undecidedBecause;
      }
      this.#found ??= verdict.found;
      rest = this.#progress.recheck(rest, { ...verdict, upTo });
    }
  }

  /** Continues the pass to the end of the table or of the budget. */
  async #continuePass(): Promise<void> {
    this.#passStart = this.#progress.continuePass();
    let continues = true;
    while (continues && this.#rows < this.#maxRows) {
      continues = await this.#passNext(Math.min(this.#chunkRows, this.#maxRows - this.#rows));
    }
  }

  /** Compares the next part; false when the check ends with it, or the budget is used up before. */
  async #passNext(size: number): Promise<boolean> {
    let range: KeyRange | null = null;
    try {
      range = await this.#nextPart(size);
      const known = this.#rechecked.get(rangeId(range));
      if (known !== undefined) return this.#pass(range, known);
      const verdict = await checkPart(this.#pair, { range, limit: this.#maxRows - this.#rows + 1 });
      this.#rows += verdict.rows;
      return this.#pass(range, verdict);
    } catch (error) {
      const isInconclusive = error instanceof InconclusiveError;
      const budget = isInconclusive ? error.budget : null;
      // What was decided counts; the next check begins with the rest.
      if (budget !== null && (this.#isAnyDecided || this.#parts > 0)) return false;
      const part = { rows: size, at: this.#pair.clock.monotonic() };
      if (budget === "rows" && range !== null && this.#pair.table.key.length > 0) {
        this.#rows += size;
        return this.#pass(range, undecidedPart("Rows were inserted while the part was read", part));
      }
      if (budget === "time" && this.#rechecked.size > 0) throw error;
      const reason = errorMessage(error);
      if (range !== null) this.#progress.pass(range, undecidedPart(reason, part));
      else if (isInconclusive && budget === null && this.#parts === 0) this.#progress.giveUp(reason, part.at);
      throw error;
    }
  }

  /** The pass reached a part; false when the check ends with it. */
  #pass(range: KeyRange, verdict: PartVerdict): boolean {
    this.#parts++;
    if (verdict.undecidedBecause === null) this.#isAnyDecided = true;
    else this.#undecidedParts++;
    this.#undecidedBecause ??= verdict.undecidedBecause;
    this.#found ??= verdict.found;
    const isNew = this.#progress.pass(range, verdict);
    const [after, upTo] = [this.#passStart, this.#progress.next];
    this.#window = { afterKey: after && formatRowKey(after), upToKey: upTo && formatRowKey(upTo) };
    return !isNew && this.#progress.isUnderWay;
  }

  /** The next `size` rows; all that are left when the budget covers them. */
  async #nextPart(size: number): Promise<KeyRange> {
    const { table, primary } = this.#pair;
    if (table.key.length === 0) return WHOLE_TABLE;
    const after = this.#progress.next;
    const rest = { after, upTo: null };
    const isLast = size === this.#maxRows - this.#rows && await primary.keyAt(rest, size) === null;
    return isLast ? rest : { after, upTo: await primary.keyAt(rest, size - 1) };
  }
}
