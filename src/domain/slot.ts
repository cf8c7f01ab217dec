/**
 * Replication slots.
 *
 * @module
 */
import type { SlotFact } from "./facts.ts";
import { lsnDistanceBytes } from "./lsn.ts";

/** Whether a slot no longer retains the WAL that its consumer needs. */
export function isLostSlot(
  { walStatus, invalidationReason }: Pick<SlotFact, "walStatus" | "invalidationReason">,
): boolean {
  return walStatus === "lost" || invalidationReason !== null;
}

/** What reads a slot, as far as its type, its plugin and its name tell. */
export type SlotConsumer =
  | "standby" // or another reader of a physical slot
  | "subscription" // most likely: a CDC connector may use pgoutput as well
  | "table_copy" // the initial copy of one table of a subscription
  | "change_data_capture"; // a CDC connector or another program, no subscription

/** The initial copy of a table, as PostgreSQL 14 and later names its slot and its sender. */
export interface TableCopy {
  /** OID of the subscription, on the subscriber. */
  readonly subscription: string;
  /** OID of the table, on the subscriber. */
  readonly table: string;
  /** System identifier of the subscriber. */
  readonly systemIdentifier: string;
}

/** The initial copy to which the name of a slot, or of a sender, belongs; null when it is another name. */
export function tableCopyOf(name: string): TableCopy | null {
  const [, subscription, table, systemIdentifier] = /^pg_(\d+)_sync_(\d+)_(\d+)$/.exec(name) ?? [];
  return subscription === undefined || table === undefined || systemIdentifier === undefined
    ? null
    : { subscription, table, systemIdentifier };
}

/** What reads a slot. */
export function consumerOf(slot: Pick<SlotFact, "slot" | "type" | "plugin">): SlotConsumer {
  if (slot.type === "physical") return "standby";
  if (slot.plugin !== "pgoutput") return "change_data_capture";
  return tableCopyOf(slot.slot) === null ? "subscription" : "table_copy";
}

/**
 * Bytes of WAL that the consumer of a logical slot has yet to confirm: what the slot retains less the part that is confirmed
 * already; needs no third position. null when unknown.
 */
export function unconfirmedBytesOf(
  { retainedBytes, restartPosition, confirmedFlushPosition }: Pick<
    SlotFact,
    "retainedBytes" | "restartPosition" | "confirmedFlushPosition"
  >,
): number | null {
  if (retainedBytes === null || restartPosition === null || confirmedFlushPosition === null) return null;
  return retainedBytes - lsnDistanceBytes(confirmedFlushPosition, restartPosition);
}

/**
 * The share of `max_slot_wal_keep_size` that is left to a slot, 0 to 1. The server keeps one segment more than the
 * limit, so a slot that retains nothing would have slightly more than 1.
 *
 * @returns null without a limit, or when the slot is lost.
 */
export function headroomOf(
  { safeWalBytes, maxKeepBytes }: Pick<SlotFact, "safeWalBytes" | "maxKeepBytes">,
): number | null {
  if (safeWalBytes === null || maxKeepBytes === null || maxKeepBytes === 0) return null;
  return Math.min(1, safeWalBytes / maxKeepBytes);
}
