/**
 * Replication slots.
 *
 * @module
 */
import type { SlotFact } from "./facts.ts";

/**
 * Whether a slot no longer retains the WAL that its consumer needs.
 *
 * @param slot The slot.
 */
export function isLostSlot(
  { walStatus, invalidationReason }: Pick<SlotFact, "walStatus" | "invalidationReason">,
): boolean {
  return walStatus === "lost" || invalidationReason !== null;
}
