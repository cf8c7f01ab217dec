import type { Lsn } from "../domain/lsn.ts";
import type { Key, KeyRange } from "./table_sql.ts";

/** Where a server stood when something was read: in the snapshot that the reading saw. */
export interface Standing {
  /** Whether it was in recovery. */
  readonly inRecovery: boolean;
  /** Behind the commit of every transaction that the reading saw; null in recovery. */
  readonly insertPosition: Lsn | null;
  /** What of that was on disk: only asynchronous commits may lie behind it; null in recovery. */
  readonly flushPosition: Lsn | null;
  /**
   * Transactions that had begun to write and that the reading did not see, as they had not ended: 64-bit ids; null
   * when there are too many to name.
   */
  readonly running: readonly string[] | null;
}

/** The rows of a range, summed up. */
export interface Sums extends Standing {
  /** How many. */
  readonly rows: number;
  /** Sum of the hashes of what they say. */
  readonly content: string;
  /** Sum of the hashes of which versions they are: differs after any change, also one that was taken back. */
  readonly versions: string;
}

/** One row. */
export interface RowPrint {
  /** Its key; `[]` for all rows together, when the table has none. */
  readonly key: Key;
  /** Hash of what it says. */
  readonly content: string;
  /** Which version it is. */
  readonly version: string;
}

/** Where a row is to be found. */
export interface RowPlace {
  /** Its key. */
  readonly key: Key;
  /** Its versions, as {@linkcode RowPrint.version} tells them. */
  readonly versions: readonly string[];
}

/** The rows of a range one by one. */
export interface Rows extends Standing {
  /** The rows, in the order of the key. */
  readonly rows: readonly RowPrint[];
}

/** A table on one server. */
export interface TableSide {
  /** Sums up a range; reads no more rows than `limit`. */
  sum(range: KeyRange, limit: number): Promise<Sums>;
  /** The rows of a range, no more than `limit`. */
  rows(range: KeyRange, limit: number): Promise<Rows>;
  /**
   * Rows of these keys, found without an index: at their places in the table, which are the same on a standby. To look for
   * them everywhere would take longer the larger the table is.
   */
  lookUp(rows: readonly RowPlace[]): Promise<Rows>;
  /** The key so many rows into a range; null when it has no more than those. */
  keyAt(range: KeyRange, offset: number): Promise<Key | null>;
}

/** A table on a standby. */
export interface StandbySide extends TableSide {
  /** How far it has replayed; null before it has replayed anything. */
  replayed(): Promise<{ readonly inRecovery: boolean; readonly position: Lsn | null }>;
  /** Whether it shows any of these transactions as committed. */
  anyCommitted(xids: readonly string[]): Promise<boolean>;
}

/** A table on a primary. */
export interface PrimarySide extends TableSide {
  /** Where the last record ends that lies before an insert position. */
  recordEnd(insertPosition: Lsn): Lsn;
}

/** Why a check ended before it could conclude. */
export class CheckEnd extends Error {
  /** Class name, for logs. */
  override readonly name = "CheckEnd";
  /** How it ended. */
  readonly verdict: "busy" | "skipped" | "failed";
  /** What ran out: what was compared until then counts, and the next check goes on there; null: nothing did. */
  readonly budget: "rows" | "time" | null;

  /** Ends a check. */
  constructor(
    verdict: "busy" | "skipped" | "failed",
    reason: string,
    { budget }: { readonly budget?: "rows" | "time" } = {},
  ) {
    super(reason);
    this.verdict = verdict;
    this.budget = budget ?? null;
  }
}
