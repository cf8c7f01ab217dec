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

/** A table on a standby, or on a subscriber. */
export interface StandbyTable extends ServerTable {
  /** Position up to which it has replayed, or applied; null before it has replayed anything. */
  replayed(): Promise<{ readonly inRecovery: boolean; readonly position: Lsn | null }>;
  /** Those of the transactions, which the primary does not show yet, that it may already show. */
  shownEarly(xids: readonly string[]): Promise<readonly string[]>;
}

/** A table on a primary. */
export interface PrimaryTable extends ServerTable {
  /** End of the last WAL record before an insert position. */
  recordEnd(insertPosition: Lsn): Lsn;
}

/** What the two servers of a pair are to each other. */
export interface PairRoles {
  /** The one that is written to. */
  readonly source: "primary" | "publisher";
  /** The one that follows it. */
  readonly copy: "standby" | "subscriber";
  /** What it does with WAL. */
  readonly verb: "replay" | "apply";
  /** Whether it is in recovery. */
  readonly isCopyInRecovery: boolean;
}

/** A primary and its standby. */
export const STANDBY_ROLES: PairRoles = {
  source: "primary",
  copy: "standby",
  verb: "replay",
  isCopyInRecovery: true,
};
/** A publisher and its subscriber. */
export const SUBSCRIBER_ROLES: PairRoles = {
  source: "publisher",
  copy: "subscriber",
  verb: "apply",
  isCopyInRecovery: false,
};

/** A table on a primary and on one of its standbys; or on a publisher and on a subscriber, in their places. */
export interface TablePair {
  /** Which of the two. */
  readonly roles: PairRoles;
  /** The table, as the primary describes it. */
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
