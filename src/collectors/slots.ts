import type { SlotFact } from "../domain/facts.ts";
import { lsnDistanceBytes } from "../domain/lsn.ts";
import { headroomOf, unconfirmedBytesOf } from "../domain/slot.ts";
import {
  decodeBoolean,
  decodeLabel,
  decodeLsn,
  decodeNumber,
  decodeText,
  requireBoolean,
  requireNumber,
  requireText,
  type Row,
} from "../postgres/decode.ts";
import { type Collector, defineCollector } from "./collector.ts";
import { numberTwin, slotLabel } from "./series_key.ts";
import { deriveSlotWal } from "./slot_wal.ts";

/**
 * It reads the function under `pg_replication_slots`, with the same column names, so that databases are looked up for
 * logical slots alone. Position and settings are scalar subqueries: evaluated once, after the slots were read. In
 * recovery the position is the further of received and replayed, by which restartpoints remove WAL.
 */
function selectSlots(newer: string): string {
  return `
SELECT slot_name, slot_type, plugin, temporary, active, active_pid,
  CASE WHEN datoid IS NOT NULL THEN (SELECT datname FROM pg_catalog.pg_database WHERE oid = datoid) END AS database,
  pg_catalog.age(xmin) AS xmin_age,
  pg_catalog.age(catalog_xmin) AS catalog_xmin_age,
  restart_lsn, confirmed_flush_lsn, wal_status, safe_wal_size,
  ${newer},
  (SELECT pg_catalog.pg_is_in_recovery()) AS in_recovery,
  (SELECT CASE WHEN in_recovery
      THEN GREATEST(pg_catalog.pg_last_wal_receive_lsn(), pg_catalog.pg_last_wal_replay_lsn())
      ELSE pg_catalog.pg_current_wal_lsn() END
    FROM (SELECT pg_catalog.pg_is_in_recovery() AS in_recovery) AS recovery) AS server_lsn,
  (SELECT NULLIF(pg_catalog.pg_size_bytes(pg_catalog.current_setting('max_slot_wal_keep_size')), -1))
    AS max_keep_bytes,
  (SELECT pg_catalog.pg_size_bytes(pg_catalog.current_setting('wal_keep_size'))) AS keep_bytes,
  (SELECT pg_catalog.pg_size_bytes(pg_catalog.current_setting('max_wal_size'))) AS max_wal_bytes,
  (SELECT pg_catalog.pg_size_bytes(pg_catalog.current_setting('wal_segment_size'))) AS segment_bytes
FROM pg_catalog.pg_get_replication_slots() AS slot`;
}

const SINCE_17 =
  "EXTRACT(epoch FROM inactive_since) AS inactive_since, invalidation_reason, failover, synced";
const BEFORE_17 = "NULL AS inactive_since, NULL AS invalidation_reason, NULL AS failover, NULL AS synced";

function decodeSlot(row: Row): SlotFact {
  const restartPosition = decodeLsn(row, "restart_lsn");
  const serverPosition = decodeLsn(row, "server_lsn");
  const maxKeepBytes = decodeNumber(row, "max_keep_bytes");
  const isKnown = restartPosition !== null && serverPosition !== null;
  let walStatus = decodeText(row, "wal_status");
  let safeWalBytes = decodeNumber(row, "safe_wal_size");
  if (decodeBoolean(row, "in_recovery") && walStatus !== "lost") {
    const derived = isKnown
      ? deriveSlotWal({
        restartPosition,
        serverPosition,
        maxKeepBytes,
        segmentBytes: requireNumber(row, "segment_bytes"),
        keepBytes: requireNumber(row, "keep_bytes"),
        maxWalBytes: requireNumber(row, "max_wal_bytes"),
      })
      : null;
    walStatus = derived?.status ?? null;
    safeWalBytes = derived?.safeBytes ?? null;
  }
  return {
    slot: requireText(row, "slot_name"),
    type: requireText(row, "slot_type") === "logical" ? "logical" : "physical",
    database: decodeLabel(row, "database"),
    plugin: decodeLabel(row, "plugin"),
    temporary: requireBoolean(row, "temporary"),
    active: requireBoolean(row, "active"),
    activePid: decodeNumber(row, "active_pid"),
    restartPosition,
    confirmedFlushPosition: decodeLsn(row, "confirmed_flush_lsn"),
    retainedBytes: isKnown ? lsnDistanceBytes(serverPosition, restartPosition) : null,
    walStatus,
    safeWalBytes,
    maxKeepBytes,
    xminAgeTransactions: decodeNumber(row, "xmin_age"),
    catalogXminAgeTransactions: decodeNumber(row, "catalog_xmin_age"),
    inactiveSinceUnixSeconds: decodeNumber(row, "inactive_since"),
    invalidationReason: decodeText(row, "invalidation_reason"),
    conflicting: decodeBoolean(row, "conflicting"),
    failover: decodeBoolean(row, "failover"),
    synced: decodeBoolean(row, "synced"),
  };
}

const INVALIDATION_REASONS = ["wal_removed", "rows_removed", "wal_level_insufficient", "idle_timeout"];

/** `synced` is never NULL from 17 on: there, no reason means a valid slot; before, that it is not known. */
function invalidations({ synced, invalidationReason }: SlotFact): Readonly<Record<string, boolean>> {
  if (synced === null) return {};
  const reasons = [...INVALIDATION_REASONS, ...invalidationReason === null ? [] : [invalidationReason]];
  return Object.fromEntries(reasons.map((reason) => [reason, reason === invalidationReason]));
}

/** Reads the replication slots: the WAL they retain, how much more they can, and whether they were invalidated. */
export const slots: Collector<"slots"> = defineCollector({
  name: "slots",
  help: "Replication slots: activity, retained WAL, limits and invalidation",
  roles: ["primary", "standby"],
  needs: ["pg_get_replication_slots", "pg_is_in_recovery", "current_setting", "pg_size_bytes"],
  sql: [
    { until: 160000, sql: selectSlots(`NULL AS conflicting, ${BEFORE_17}`) },
    { from: 160000, until: 170000, sql: selectSlots(`conflicting, ${BEFORE_17}`) },
    { from: 170000, sql: selectSlots(`conflicting, ${SINCE_17}`) },
  ],
  decode: decodeSlot,
  key: { slot: (fact, taken) => numberTwin(slotLabel(fact.slot, fact.activePid), taken) },
  families: {
    pgrepl_slot_info: {
      help:
        "Type, database and plugin of the slot (pg_replication_slots.slot_type, database, plugin); always 1.",
      info: {
        slot_type: (fact) => fact.type,
        database: (fact) => fact.database,
        plugin: (fact) => fact.plugin,
      },
    },
    pgrepl_slot_active: {
      help: "Whether the slot is being streamed from, 0 or 1 (pg_replication_slots.active).",
      value: (fact) => fact.active,
    },
    pgrepl_slot_retained_bytes: {
      help:
        "Bytes of WAL from the oldest the slot needs up to the server's position; absent when it needs none " +
        "or is lost (pg_replication_slots.restart_lsn).",
      value: (fact) => fact.retainedBytes,
    },
    pgrepl_slot_unconfirmed_bytes: {
      help: "Bytes of WAL from what the consumer of a logical slot confirmed up to the server's position " +
        "(pg_replication_slots.confirmed_flush_lsn).",
      value: unconfirmedBytesOf,
    },
    pgrepl_slot_safe_wal_bytes: {
      help: "Bytes of WAL that can be written before the slot is at risk of being lost, negative past that " +
        "point; absent without a limit or when lost (pg_replication_slots.safe_wal_size, recalculated on a standby).",
      value: (fact) => fact.safeWalBytes,
    },
    pgrepl_slot_headroom_ratio: {
      help: "Free share of max_slot_wal_keep_size, 1 when nothing is retained, negative past the limit " +
        "(pg_replication_slots.safe_wal_size).",
      value: headroomOf,
    },
    pgrepl_slot_wal_status: {
      help: "Whether the slot's WAL has this status, 0 or 1 " +
        "(pg_replication_slots.wal_status, recalculated on a standby).",
      label: "status",
      states: ["reserved", "extended", "unreserved", "lost"],
      state: (fact) => fact.walStatus,
    },
    pgrepl_slot_inactive_since_timestamp_seconds: {
      help: "When the slot became inactive, Unix time by the server's clock; absent when active " +
        "(pg_replication_slots.inactive_since, PostgreSQL 17 and later).",
      value: (fact) => fact.inactiveSinceUnixSeconds,
    },
    pgrepl_slot_invalidation: {
      help: "Whether the slot was invalidated for this reason, 0 or 1 " +
        "(pg_replication_slots.invalidation_reason, PostgreSQL 17 and later).",
      label: "reason",
      values: invalidations,
    },
    pgrepl_slot_xmin_age_transactions: {
      help: "Age in transactions of the oldest transaction whose rows the slot holds back from " +
        "vacuum (pg_replication_slots.xmin).",
      value: (fact) => fact.xminAgeTransactions,
    },
    pgrepl_slot_catalog_xmin_age_transactions: {
      help: "Age in transactions of the oldest transaction whose catalog rows the slot holds back from " +
        "vacuum (pg_replication_slots.catalog_xmin).",
      value: (fact) => fact.catalogXminAgeTransactions,
    },
    pgrepl_slot_conflicting: {
      help: "Whether a logical slot was invalidated by a recovery conflict, 0 or 1 " +
        "(pg_replication_slots.conflicting, PostgreSQL 16 and later).",
      value: (fact) => fact.conflicting,
    },
    pgrepl_slot_failover: {
      help: "Whether the slot is enabled to be synchronised to standbys, 0 or 1 " +
        "(pg_replication_slots.failover, PostgreSQL 17 and later).",
      value: (fact) => fact.failover,
    },
    pgrepl_slot_synced: {
      help: "Whether the slot was synchronised from the primary, 0 or 1 " +
        "(pg_replication_slots.synced, PostgreSQL 17 and later).",
      value: (fact) => fact.synced,
    },
  },
});
