import type { ConsistencyPass, ConsistencyResult } from "../domain/consistency.ts";
import type { ComparedTable, KeyRange, RowKey } from "./table_sql.ts";

/** Rows that differ, as they were last seen. */
export interface FoundDifference {
  /** Key of the first; `[]` for a table without a key; null when the first of the remaining ones is unknown. */
  readonly firstKey: RowKey | null;
  /** What differs, in one sentence. */
  readonly reason: string;
  /** Where, as text. */
  readonly difference: ConsistencyResult["difference"];
  /** When it was seen: our monotonic seconds. */
  readonly at: number;
}

/** Result of the comparison of one part of a table. */
export interface PartVerdict {
  /** What differs; null when nothing does, or the part is undecided. */
  readonly found: FoundDifference | null;
  /** Why the part is undecided; null when it is decided. */
  readonly undecidedBecause: string | null;
  /** Rows on the primary. */
  readonly rows: number;
  /** When it was compared: our monotonic seconds. */
  readonly at: number;
}

/** Verdict on a part that could not be decided. */
export function undecidedPart(reason: string, part: Pick<PartVerdict, "rows" | "at">): PartVerdict {
  return { ...part, found: null, undecidedBecause: reason };
}

/** A part of the table that later checks compare again. */
export interface OpenPart {
  /** Its keys. */
  readonly range: KeyRange;
  /** What differs in it; null when it could not be decided. */
  readonly found: FoundDifference | null;
  /** About how many of its rows are undecided. */
  readonly rows: number;
}

/** What is known of a table after several checks, each of which read a part of it. */
export interface TableSummary {
  /** The oldest difference that persists; null when none does. */
  readonly persisting: FoundDifference | null;
  /** How far the checks have come. */
  readonly pass: ConsistencyPass;
}

/** With so many parts that differ, the search for more stops: the standby has to be rebuilt anyway. */
const MAX_DIFFERENT_PARTS = 8;
/** Most undecided parts that are compared again before the next pass reaches them. */
const MAX_UNDECIDED_PARTS = 8;

/**
 * How far the checks of one table on one standby have come.
 *
 * A check reads no more than its budget. The next one continues behind the last key, whatever was inserted or deleted in
 * between; behind the end of the table it begins with the first row again. One way through the table is a pass. A part
 * that could not be decided does not stop the pass: later checks compare it again.
 */
export class TableProgress {
  #identity: string | null = null;
  #estimatedRows: number | null = null;
  #next: RowKey | null = null;
  #isUnderWay = false;
  #decidedRows = 0;
  #undecidedRows = 0;
  #undecidedParts = 0;
  #undecidedBecause = "";
  #open: readonly OpenPart[] = [];
  #fullAt: number | null = null;
  #rowsOfFullPass: number | null = null;
  #incompleteSince: number | null = null;
  /** Whether the latest check only compared open parts again: the next one continues the pass first. */
  hasOnlyRechecked = false;

  /**
   * Begins a check.
   *
   * @param table The table; progress is lost when `identity` changes.
   */
  begin(table: Pick<ComparedTable, "identity" | "estimatedRows">): void {
    if (table.identity !== this.#identity) {
      [this.#open, this.#isUnderWay, this.hasOnlyRechecked] = [[], false, false];
      [this.#fullAt, this.#rowsOfFullPass, this.#incompleteSince] = [null, null, null];
      this.#startPass();
    }
    this.#identity = table.identity;
    this.#estimatedRows = table.estimatedRows;
  }

  /** Parts to compare again, those that differ first. */
  get openParts(): readonly OpenPart[] {
    return [...this.#open].sort((a, b) => Number(a.found === null) - Number(b.found === null));
  }

  /** Whether so many parts differ that the search for more stops. */
  get isFull(): boolean {
    return this.#open.filter(({ found }) => found !== null).length >= MAX_DIFFERENT_PARTS;
  }

  /** Key behind which the next part begins; null: the first row. */
  get next(): RowKey | null {
    return this.#next;
  }

  /** Whether a pass has begun and not reached the end of the table. */
  get isUnderWay(): boolean {
    return this.#isUnderWay;
  }

  /** Continues the pass, or begins a new one; returns {@linkcode TableProgress.next}. */
  continuePass(): RowKey | null {
    if (!this.#isUnderWay) this.#startPass();
    this.#isUnderWay = true;
    return this.#next;
  }

  /**
   * The pass reached a part, and continues behind it.
   *
   * After inserts and deletes its first different row may lie in an open part with other limits. The rows before it are
   * equal then, and the pass continues behind the open part, so that no row is left out.
   *
   * @returns Whether the part has a new difference.
   */
  pass(range: KeyRange, { found, undecidedBecause, rows, at }: PartVerdict): boolean {
    const firstKey = found?.firstKey ?? null;
    const known = this.#open.find((part) =>
      rangeId(part.range) === rangeId(range) ||
      firstKey !== null && isSameKey(part.found?.firstKey ?? null, firstKey)
    );
    if (undecidedBecause !== null) {
      const undecidedParts = this.#open.filter(({ found }) => found === null);
      if (known === undefined && undecidedParts.length < MAX_UNDECIDED_PARTS) {
        this.#replace(undefined, { range, found: null, rows });
      }
      this.#undecidedRows += rows;
      this.#noteUndecided(undecidedBecause);
    } else {
      this.#decidedRows += rows;
      if (found !== null) this.#replace(known, { range: known?.range ?? range, found, rows: 0 });
      else this.#open = this.#open.filter((part) => rangeId(part.range) !== rangeId(range));
    }
    this.#advance(found === null ? range.upTo : (known?.range ?? range).upTo, at);
    return found !== null && (known?.found ?? null) === null;
  }

  /** Not even the end of the next part could be read: the pass ends, the next one begins with the first row. */
  giveUp(reason: string, at: number): void {
    this.#noteUndecided(reason);
    this.#advance(null, at);
  }

  /**
   * An open part was compared again, up to the key `upTo`, null for the whole part.
   *
   * @returns The rest of the part; null when nothing is left, or when it differs or is undecided.
   */
  recheck(
    part: OpenPart,
    { upTo, found, undecidedBecause, rows, at }: PartVerdict & { readonly upTo: RowKey | null },
  ): OpenPart | null {
    if (undecidedBecause !== null) return null;
    const isDone = found !== null || upTo === null || isSameKey(upTo, part.range.upTo);
    const decided = part.found !== null ? 0 : isDone ? part.rows : Math.min(rows, part.rows);
    this.#undecidedRows -= decided;
    this.#decidedRows += decided;
    if (isDone) {
      if (part.found === null) {
        this.#undecidedParts--;
        this.#noteEnd(at);
      }
      this.#replace(part, ...found === null ? [] : [{ range: part.range, found, rows: 0 }]);
      return null;
    }
    const rest: OpenPart = {
      range: { after: upTo, upTo: part.range.upTo },
      found: part.found === null ? null : { ...part.found, firstKey: null },
      rows: part.rows - decided,
    };
    this.#replace(part, rest);
    return rest;
  }

  /** What is known now; null before the first check that read the table. */
  get summary(): TableSummary | null {
    if (this.#identity === null) return null;
    const [first, ...others] = this.#open.flatMap(({ found }) => found ?? []);
    const more = others.length === 0
      ? ""
      : `; rows differ in ${others.length} other ${others.length === 1 ? "part" : "parts"}`;
    return {
      persisting: first === undefined
        ? null
        : { ...first, reason: first.reason + more, at: Math.max(first.at, ...others.map(({ at }) => at)) },
      pass: {
        ratio: this.#ratio,
        fullAt: this.#fullAt,
        incompleteSince: this.#incompleteSince,
        undecidedBecause: this.#undecidedParts === 0 ? "" : this.#undecidedBecause,
      },
    };
  }

  get #ratio(): number | null {
    const compared = this.#decidedRows + this.#undecidedRows;
    if (!this.#isUnderWay) {
      if (this.#fullAt === null && this.#incompleteSince === null) return null;
      return compared === 0 ? Number(this.#undecidedParts === 0) : this.#decidedRows / compared;
    }
    const total = Math.max(this.#estimatedRows ?? 0, this.#rowsOfFullPass ?? 0);
    // Beyond the estimate the number of rows left is unknown.
    return total > compared ? this.#decidedRows / total : null;
  }

  /** Replaces an open part by others; adds them when there is none to replace. */
  #replace(part: OpenPart | undefined, ...by: readonly OpenPart[]): void {
    this.#open = part === undefined
      ? [...this.#open, ...by]
      : this.#open.flatMap((each) => each === part ? by : each);
  }

  #noteUndecided(reason: string): void {
    this.#undecidedParts++;
    this.#undecidedBecause = reason;
  }

  #startPass(): void {
    [this.#next, this.#decidedRows, this.#undecidedRows, this.#undecidedParts] = [null, 0, 0, 0];
    // The new pass reaches the undecided parts itself; every check compares those that differ.
    this.#open = this.#open.filter(({ found }) => found !== null);
  }

  #advance(upTo: RowKey | null, at: number): void {
    this.#next = upTo;
    if (upTo === null) this.#isUnderWay = false;
    this.#noteEnd(at);
  }

  /** Notes whether a pass that has ended is full: when it ends, and when an undecided part of it is decided later. */
  #noteEnd(at: number): void {
    if (this.#isUnderWay) return;
    if (this.#undecidedParts === 0) {
      [this.#fullAt, this.#rowsOfFullPass, this.#incompleteSince] = [at, this.#decidedRows, null];
    } else this.#incompleteSince ??= at;
  }
}

function isSameKey(a: RowKey | null, b: RowKey | null): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

/** Text that is the same for the same range only. */
export function rangeId({ after, upTo }: KeyRange): string {
  return JSON.stringify([after, upTo]);
}
