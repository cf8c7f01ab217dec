/**
 * Copies of logical slots on standbys: whether a consumer could go on there after a promotion.
 *
 * @module
 */
import type { SlotFact } from "./facts.ts";

/** What keeps a standby from having a copy, or from keeping it in sync; the first is to be solved first. */
export const COPY_OBSTACLES = [
  "too_old", // 16 and earlier have no synchronization of slots
  "not_failover", // the slot was made without failover = true
  "slot_lost", // the slot itself is invalidated
  "cascading", // slots are synchronized from the primary only
  "sync_off", // sync_replication_slots = off
  "no_slot", // primary_slot_name is empty
  "no_feedback", // hot_standby_feedback = off
  "no_database", // primary_conninfo names no database
  "other_slot", // the standby has a slot of that name that is not synchronized, which stops the worker
  "no_worker", // everything is set, but the worker does not run
  "invalidated", // the copy is invalidated
  "missing", // there is no copy yet
  "temporary", // the copy is not persistent yet
] as const;

/** One of {@linkcode COPY_OBSTACLES}. */
export type CopyObstacle = typeof COPY_OBSTACLES[number];

/** A logical slot of a primary, as one of its standbys has it. */
export interface SlotCopy {
  /** The primary. */
  readonly server: string;
  /** The cluster name of the primary; "" when none. */
  readonly cluster: string;
  /** The slot. */
  readonly slot: string;
  /** The standby. */
  readonly standby: string;
  /** Whether the slot is to be synchronized; null before 17. */
  readonly failover: boolean | null;
  /**
   * Whether its consumer could go on there after a promotion now: of a copy by PostgreSQL, synced, not temporary and not
   * invalidated (the criterion of its manual); of one by another program, that it moves. null when unknown.
   */
  readonly survives: boolean | null;
  /** What is in the way; of one that survives, why it is no longer kept in sync. In the order of {@linkcode COPY_OBSTACLES}. */
  readonly obstacles: readonly CopyObstacle[];
  /** The slot of that name on the standby, as last read; null when it has none. */
  readonly copy: SlotFact | null;
  /** Bytes of WAL by which what the copy has confirmed is behind the slot; null when unknown. */
  readonly lagBytes: number | null;
  /** The same in seconds of the primary's WAL; null when unknown. */
  readonly lagSeconds: number | null;
  /** Whether decoding waits for this standby (`synchronized_standby_slots`), so that no consumer gets ahead of it. */
  readonly isAwaited: boolean;
}
