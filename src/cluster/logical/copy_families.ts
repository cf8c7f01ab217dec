/**
 * Families of logical slots and their copies on standbys, on the instance of the primary.
 *
 * @module
 */
import type { SlotCopy } from "../../domain/slot_copy.ts";
import { defineFamilies, type FamilyDefinition, measure, type Measurement } from "../../metrics/family.ts";

const copyLabels = ["slot", "standby"];

const COPIES = defineFamilies({
  pgrepl_slot_survives_failover: {
    help:
      "Whether the consumer of a logical slot of this primary could go on after a promotion of the standby now, 0 or 1: the " +
      "standby has a copy that is synced, not temporary and not invalidated (pg_replication_slots there, PostgreSQL 17 and later).",
    labels: copyLabels,
  },
  pgrepl_slot_copy_lag_bytes: {
    help:
      "Bytes of WAL by which what the copy on the standby has confirmed is behind the logical slot of this primary " +
      "(pg_replication_slots.confirmed_flush_lsn of both, PostgreSQL 17 and later).",
    labels: copyLabels,
  },
});

/** Every family of copies. */
export const copyFamilies: readonly FamilyDefinition[] = Object.values(COPIES);

/**
 * Measures every family of {@linkcode copyFamilies}.
 *
 * @param copies Every logical slot of a primary on every standby.
 */
export function* measureCopies(copies: readonly SlotCopy[]): Generator<Measurement> {
  for (const { server, cluster, slot, standby, failover, survives, lagBytes } of copies) {
    if (failover === null) continue;
    const own = { instance: server, cluster, slot, standby };
    yield* measure(COPIES.pgrepl_slot_survives_failover, own, survives);
    yield* measure(COPIES.pgrepl_slot_copy_lag_bytes, own, lagBytes);
  }
}
