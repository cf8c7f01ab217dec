/**
 * Replication slots.
 *
 * @module
 */
import type { SlotFact } from "./facts.ts";

/** Whether a slot no longer retains the WAL that its consumer needs. */
export function isLostSlot(
  { walStatus, invalidationReason }: Pick<SlotFact, "walStatus" | "invalidationReason">,
): boolean {
  return walStatus === "lost" || invalidationReason !== null;
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
