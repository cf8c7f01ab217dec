import type { Clock } from "../domain/clock.ts";
import type { Lsn } from "../domain/lsn.ts";
import type { ComparedTable, KeyRange, RowKey, RowPlace } from "./table_sql.ts";

/** State of a server in the snapshot of one read. */
export interface SnapshotState {
  /** Whether it was in recovery. */
  readonly inRecovery: boolean;
  /** A position behind the commit of every transaction that the read saw; null in recovery. */
  readonly insertPosition: Lsn | null;
  /** WAL flushed to disk: only asynchronous commits may lie behind it; null in recovery. */
  readonly flushPosition: Lsn | null;
  /** 64-bit ids of transactions that were still running, unseen by the read; null: too many to list. */
  readonly running: readonly string[] | null;
}

/** Sums over the rows of a range. */
export interface RangeSums extends SnapshotState {
  /** Number of rows. */
  readonly rows: number;
  /** Sum of the hashes of their contents. */
  readonly content: string;
  /** Sum of the hashes of their versions: changes with every update, even one that was reverted. */
  readonly versions: string;
}

/** One row. */
export interface RowFingerprint {
  /** Its key; `[]` for all rows of a table without a key. */
  readonly key: RowKey;
  /** Hash of its content. */
  readonly content: string;
  /** Its version, as in {@linkcode RowPlace.versions}. */
  readonly version: string;
}

/** The rows of a range. */
export interface RangeRows extends SnapshotState {
  /** The rows, in key order. */
  readonly rows: readonly RowFingerprint[];
}

/** A table on one server. */
export interface ServerTable {
  /** Sums up a range; reads no more than `limit` rows. */
  sum(range: KeyRange, limit: number): Promise<RangeSums>;
  /** Rows of a range, no more than `limit`. */
  rows(range: KeyRange, limit: number): Promise<RangeRows>;
  /** Looks rows up by `ctid`, which is the same on a standby: no index is used, and no scan grows with the table. */
  lookUp(rows: readonly RowPlace[]): Promise<RangeRows>;
  /** The key that follows `offset` rows of a range; null when the range has no more rows than that. */
  keyAt(range: KeyRange, offset: number): Promise<RowKey | null>;
}

/** A table on a standby. */
export interface StandbyTable extends ServerTable {
  /** Replay position of the standby; null before it has replayed anything. */
  replayed(): Promise<{ readonly inRecovery: boolean; readonly position: Lsn | null }>;
  /** Whether any of these transactions is committed on the standby. */
  anyCommitted(xids: readonly string[]): Promise<boolean>;
}

/** A table on a primary. */
export interface PrimaryTable extends ServerTable {
  /** End of the last WAL record before an insert position. */
  recordEnd(insertPosition: Lsn): Lsn;
}

/** A table on a primary and on one of its standbys. */
export interface TablePair {
  /** The table. */
  readonly table: ComparedTable;
  /** On the primary. */
  readonly primary: PrimaryTable;
  /** On the standby. */
  readonly standby: StandbyTable;
  /** Time. */
  readonly clock: Clock;
  /** Ends every wait. */
  readonly signal: AbortSignal;
  /** Longest wait for the standby to replay a position, seconds. */
  readonly maxWaitSeconds: number;
}
