/**
 * Transactions that hold something back: a logical slot, or a worker that waits for their lock.
 *
 * @module
 */
import type { DecodingFact, OpenTransaction, SlotFact } from "../../domain/facts.ts";
import { formatSeconds } from "../../domain/quantities.ts";
import { unconfirmedBytesOf } from "../../domain/slot.ts";

/** A transaction that has been open for this long holds the slots of its server, seconds. */
const HOLDS_AFTER_SECONDS = 60;

/** Less than this is no sign that a transaction holds a slot, bytes. */
const HELD_BYTES = 1024 ** 2;

/**
 * Whether the oldest transaction of its server holds a logical slot: it has been open for a minute, and the slot retains
 * much more than its consumer has left to confirm.
 *
 * @param slot The slot.
 * @param decoding Its decoding; undefined when unknown.
 */
export function isHolding(slot: SlotFact, decoding: DecodingFact | undefined): boolean {
  const writer = decoding?.oldestWriter ?? null;
  if (writer === null || (writer.seconds ?? 0) < HOLDS_AFTER_SECONDS) return false;
  const unconfirmed = unconfirmedBytesOf(slot);
  return unconfirmed !== null && (slot.retainedBytes ?? 0) - unconfirmed >= HELD_BYTES;
}

/** A transaction in a sentence. */
export function describeHolder({ by, isPrepared, user, applicationName, seconds }: OpenTransaction): string {
  const details = [
    user === "" ? "" : `user ${user}`,
    applicationName,
    seconds === null ? "" : `open for ${formatSeconds(seconds)}`,
  ].filter((each) => each !== "");
  const what = isPrepared ? `prepared transaction "${by}"` : `process ${by}`;
  return details.length === 0 ? what : `${what} (${details.join(", ")})`;
}
