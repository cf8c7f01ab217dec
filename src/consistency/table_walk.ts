import type { ConsistencyPass, ConsistencyResult } from "../domain/consistency.ts";
import type { Key, KeyRange } from "./table_sql.ts";

/** Rows that differ, as they were seen last. */
export interface SeenDifference {
  /** Key of the first; `[]` for a table without a key; null when the first of those that are left is not known. */
  readonly firstKey: Key | null;
  /** What is different, in one sentence. */
  readonly reason: string;
  /** Where, as text. */
  readonly difference: ConsistencyResult["difference"];
  /** When it was seen: our monotonic seconds. */
  readonly at: number;
}

/** A part of the table that is not done with: it was different, or could not be decided. */
export interface OpenPart {
  /** Its keys. */
  readonly range: KeyRange;
  /** What differs there; null when it could not be decided. */
  readonly seen: SeenDifference | null;
  /** Why it could not be decided; "" when it differs. */
  readonly reason: string;
  /** About how many rows of it are not decided. */
  readonly rows: number;
}

/** What stands of a table after some checks, each of which read a part of it. */
export interface WalkSummary {
  /** The difference that was found first of those that stand; null when none does. */
  readonly standing: SeenDifference | null;
  /** How far the checks have come. */
  readonly pass: ConsistencyPass;
}

/** With so many parts that differ no more are looked for: the standby is to be rebuilt anyway. */
const MOST_DIFFERENT = 8;
/** So many parts that could not be decided are looked at again before the walk comes by the next time. */
const MOST_UNDECIDED = 8;

/**
 * How far the checks of one table on one standby have come.
 *
 * One check reads no more than its budget. The next goes on behind the last key of that, whatever was inserted or
 * deleted meanwhile, and when the end is reached the next begins with the first row: one way through is a pass. What
 * could not be decided does not stop it, and is tried again by the following checks.
 */
export class TableWalk {
  #identity: string | null = null;
  #estimatedRows: number | null = null;
  #next: Key | null = null;
  #isUnderWay = false;
  #decidedRows = 0;
  #undecidedRows = 0;
  #undecidedParts = 0;
  #undecidedBecause = "";
  #open: readonly OpenPart[] = [];
  #fullAt: number | null = null;
  #rowsOfFullPass: number | null = null;
  #incompleteSince: number | null = null;
  /** Whether the latest check did nothing but look at open parts again: the next goes on first. */
  isHeldUp = false;

  /**
   * Begins a check.
   *
   * @param table What tells the table from every other, and the number of its rows as guessed: of another table, or one
   *   with another key, nothing is known.
   */
  begin({ identity, estimatedRows }: {
    readonly identity: string;
    readonly estimatedRows: number | null;
  }): void {
    if (identity !== this.#identity) {
      [this.#open, this.#isUnderWay, this.#next, this.isHeldUp] = [[], false, null, false];
      [this.#fullAt, this.#rowsOfFullPass, this.#incompleteSince] = [null, null, null];
      this.#startPass();
    }
    this.#identity = identity;
    this.#estimatedRows = estimatedRows;
  }

  /** Parts to be looked at again: those that differ first. */
  get openParts(): readonly OpenPart[] {
    return [...this.#open].sort((a, b) => Number(a.seen === null) - Number(b.seen === null));
  }

  /** Whether so many parts differ that no more are looked for. */
  get isFull(): boolean {
    return this.#open.filter(({ seen }) => seen !== null).length >= MOST_DIFFERENT;
  }

  /** The key behind which the next part begins; null: with the first row. */
  get next(): Key | null {
    return this.#next;
  }

  /** Whether a pass has begun and not come to its end. */
  get isUnderWay(): boolean {
    return this.#isUnderWay;
  }

  /** Goes on, with a new pass when the one before has ended; tells {@linkcode TableWalk.next}. */
  goOn(): Key | null {
    if (!this.#isUnderWay) this.#startPass();
    this.#isUnderWay = true;
    return this.#next;
  }

  /** The walk came by a part that is equal. */
  passEqual(range: KeyRange, { rows, at }: { readonly rows: number; readonly at: number }): void {
    this.#open = this.#open.filter((part) => !isSameRange(part.range, range));
    this.#decidedRows += rows;
    this.#advance(range.upTo, at);
  }

  /**
   * The walk came by a part that differs.
   *
   * The first row of it that differs may be known: parts are cut elsewhere after rows were inserted or deleted. What lies
   * in front of that row is equal then, and the walk goes on behind the part that is known, so that every row is in it
   * or yet to come.
   *
   * @param range The part.
   * @param found What differs, and the number of rows.
   * @returns Whether it was not known.
   */
  passDifferent(
    range: KeyRange,
    { seen, rows }: { readonly seen: SeenDifference; readonly rows: number },
  ): boolean {
    const known = this.#open.find((part) =>
      isSameRange(part.range, range) ||
      seen.firstKey !== null && isSameKey(part.seen?.firstKey ?? null, seen.firstKey)
    );
    const part: OpenPart = { range: known?.range ?? range, seen, reason: "", rows: 0 };
    if (known === undefined) this.#open = [...this.#open, part];
    else this.#replace(known, part);
    this.#decidedRows += rows;
    this.#advance(part.range.upTo, seen.at);
    return known === undefined || known.seen === null;
  }

  /** The walk came by a part that could not be decided: it goes on behind it, and the part is tried again later. */
  passUndecided(
    range: KeyRange,
    { rows, at, reason }: { readonly rows: number; readonly at: number; readonly reason: string },
  ): void {
    const undecided = this.#open.filter(({ seen }) => seen === null);
    const isKnown = this.#open.some((part) => isSameRange(part.range, range));
    if (!isKnown && undecided.length < MOST_UNDECIDED) {
      this.#open = [...this.#open, { range, seen: null, reason, rows }];
    }
    this.#undecidedParts++;
    this.#undecidedRows += rows;
    this.#undecidedBecause = reason;
    this.#advance(range.upTo, at);
  }

  /** The walk cannot even find out where the next part ends: it begins again with the first row. */
  giveUp({ at, reason }: { readonly at: number; readonly reason: string }): void {
    this.#undecidedParts++;
    this.#undecidedBecause = reason;
    this.#advance(null, at);
  }

  /**
   * A part that was looked at again is equal, up to a key.
   *
   * @param part The part.
   * @param done Up to where, null for all of it, the number of rows, and when.
   * @returns What is left of it; null when nothing is.
   */
  lookedEqual(
    part: OpenPart,
    { upTo, rows, at }: { readonly upTo: Key | null; readonly rows: number; readonly at: number },
  ): OpenPart | null {
    const isDone = upTo === null || isSameKey(upTo, part.range.upTo);
    const decided = part.seen === null ? isDone ? part.rows : Math.min(rows, part.rows) : 0;
    this.#undecidedRows -= decided;
    this.#decidedRows += decided;
    if (isDone) {
      if (part.seen === null) this.#settleOne(at);
      this.#open = this.#open.filter((each) => each !== part);
      return null;
    }
    const rest: OpenPart = {
      ...part,
      range: { after: upTo, upTo: part.range.upTo },
      seen: part.seen === null ? null : { ...part.seen, firstKey: null },
      rows: part.rows - decided,
    };
    this.#replace(part, rest);
    return rest;
  }

  /** A part that was looked at again differs, still or as it turns out. */
  lookedDifferent(part: OpenPart, seen: SeenDifference): void {
    if (part.seen === null) {
      this.#undecidedRows -= part.rows;
      this.#decidedRows += part.rows;
      this.#settleOne(seen.at);
    }
    this.#replace(part, { range: part.range, seen, reason: "", rows: 0 });
  }

  /** What stands; null before the first check that read the table. */
  get summary(): WalkSummary | null {
    if (this.#identity === null) return null;
    const [first, ...others] = this.#open.flatMap(({ seen }) => seen ?? []);
    const more = others.length === 0
      ? ""
      : `; other rows differ in ${others.length} further ${others.length === 1 ? "part" : "parts"}`;
    return {
      standing: first === undefined
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
    const seen = this.#decidedRows + this.#undecidedRows;
    const hasEnded = this.#fullAt !== null || this.#incompleteSince !== null;
    if (!this.#isUnderWay && !hasEnded) return null;
    if (!this.#isUnderWay) return seen === 0 ? Number(this.#undecidedParts === 0) : this.#decidedRows / seen;
    const total = Math.max(this.#estimatedRows ?? 0, this.#rowsOfFullPass ?? 0);
    // With more rows than were guessed nobody knows how many are left.
    return total > seen ? this.#decidedRows / total : null;
  }

  #replace(part: OpenPart, by: OpenPart): void {
    this.#open = this.#open.map((each) => each === part ? by : each);
  }

  #startPass(): void {
    this.#next = null;
    [this.#decidedRows, this.#undecidedRows, this.#undecidedParts] = [0, 0, 0];
    // The new pass comes by what could not be decided; what differs is looked at by every check.
    this.#open = this.#open.filter(({ seen }) => seen !== null);
  }

  #advance(upTo: Key | null, at: number): void {
    this.#next = upTo;
    if (upTo === null) {
      this.#isUnderWay = false;
      this.#end(at);
    }
  }

  /** What could not be decided when the walk came by is decided now: maybe the last of a pass that has ended. */
  #settleOne(at: number): void {
    this.#undecidedParts--;
    if (!this.#isUnderWay) this.#end(at);
  }

  #end(at: number): void {
    if (this.#undecidedParts === 0) {
      [this.#fullAt, this.#rowsOfFullPass, this.#incompleteSince] = [at, this.#decidedRows, null];
    } else this.#incompleteSince ??= at;
  }
}

function isSameKey(a: Key | null, b: Key | null): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

function isSameRange(a: KeyRange, b: KeyRange): boolean {
  return isSameKey(a.after, b.after) && isSameKey(a.upTo, b.upTo);
}
