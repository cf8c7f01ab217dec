import type { Lsn } from "../domain/lsn.ts";

/** Positions and limits of {@linkcode deriveSlotWal}. */
export interface SlotWalOptions {
  /** `restart_lsn`. */
  readonly restartPosition: Lsn;
  /** The standby's own position: the further of received and replayed. */
  readonly serverPosition: Lsn;
  /** `wal_segment_size` in bytes. */
  readonly segmentBytes: number;
  /** `max_slot_wal_keep_size` in bytes; null when unlimited. */
  readonly maxKeepBytes: number | null;
  /** `wal_keep_size` in bytes. */
  readonly keepBytes: number;
  /** `max_wal_size` in bytes. */
  readonly maxWalBytes: number;
}

/**
 * Calculates `wal_status` and `safe_wal_size` of a slot on a standby: how far it is from losing its WAL.
 *
 * The view calculates from the server's WAL *write* position, which in recovery is 0 (`GetXLogWriteRecPtr()`, seen
 * on 13 to 18): there every slot that is not lost is "reserved", and `safe_wal_size` is the absolute position at
 * which it would be lost. The formulas below are those of `GetWALAvailability()` and `pg_get_replication_slots()`
 * with the position that restartpoints use.
 *
 * @param options Positions and limits.
 * @returns `status` as PostgreSQL names it; `safeBytes` until the slot is at risk, negative past that point, null when
 * unlimited.
 */
export function deriveSlotWal(
  options: SlotWalOptions,
): { readonly status: "reserved" | "extended" | "unreserved"; readonly safeBytes: number | null } {
  const segment = BigInt(options.segmentBytes);
  const restartSegment = options.restartPosition / segment;
  const serverSegment = options.serverPosition / segment;
  let safeBytes: number | null = null;
  if (options.maxKeepBytes !== null) {
    const kept = BigInt(Math.max(options.maxKeepBytes, options.keepBytes)) / segment;
    safeBytes = Number((restartSegment + kept + 1n) * segment - options.serverPosition);
    if (serverSegment > restartSegment + kept) return { status: "unreserved", safeBytes };
  }
  const reserved = BigInt(options.maxWalBytes) / segment + 1n;
  return { status: serverSegment > restartSegment + reserved ? "extended" : "reserved", safeBytes };
}
