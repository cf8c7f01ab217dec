/**
 * Replication slots: what they keep, how much longer they can, and what became of them.
 *
 * @module
 */
import type { SlotFact } from "../domain/facts.ts";
import { lsnDistanceBytes } from "../domain/lsn.ts";
import { headroomOf } from "../domain/slot.ts";
import { type FamilyDefinition, measure, measureStates } from "../metrics/family.ts";
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
import type { Collector, VersionedSql } from "./collector.ts";
import { defineFamily } from "./define_family.ts";
import { readFacts } from "./read_facts.ts";
import { numberTwin, slotLabel } from "./series_key.ts";
import { deriveSlotWal } from "./slot_wal.ts";

/*
 * The function below `pg_replication_slots`, with the same names of columns, so that databases are looked up for
 * logical slots alone. Position and settings are scalar subqueries: evaluated once, after the slots were read. In
 * recovery the position is the further of received and replayed, by which restartpoints remove WAL.
 */
function statement(newer: string): string {
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

const statements: readonly VersionedSql[] = [
  { until: 160000, sql: statement(`NULL AS conflicting, ${BEFORE_17}`) },
  { from: 160000, until: 170000, sql: statement(`conflicting, ${BEFORE_17}`) },
  { from: 170000, sql: statement(`conflicting, ${SINCE_17}`) },
];

function decode(row: Row): SlotFact {
  const restartPosition = decodeLsn(row, "restart_lsn");
  const serverPosition = decodeLsn(row, "server_lsn");
  const maxKeepBytes = decodeNumber(row, "max_keep_bytes");
  let walStatus = decodeText(row, "wal_status");
  let safeWalBytes = decodeNumber(row, "safe_wal_size");
  if (decodeBoolean(row, "in_recovery") && walStatus !== "lost") {
    const derived = restartPosition === null || serverPosition === null ? null : deriveSlotWal({
      restartPosition,
      serverPosition,
      maxKeepBytes,
      segmentBytes: requireNumber(row, "segment_bytes"),
      keepBytes: requireNumber(row, "keep_bytes"),
      maxWalBytes: requireNumber(row, "max_wal_bytes"),
    });
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
    retainedBytes: serverPosition === null || restartPosition === null
      ? null
      : lsnDistanceBytes(serverPosition, restartPosition),
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

const define = (name: string, help: string, ...labels: readonly string[]): FamilyDefinition =>
  defineFamily(`slot_${name}`, { help, labels: ["slot", ...labels] });

const info = define(
  "info",
  "Type, database and plugin of the slot (pg_replication_slots.slot_type, database, plugin); always 1.",
  "slot_type",
  "database",
  "plugin",
);
const active = define(
  "active",
  "Whether someone streams from the slot, 0 or 1 (pg_replication_slots.active).",
);
const retained = define(
  "retained_bytes",
  "Bytes of WAL between the server's position and the oldest the slot needs; absent when it needs none or is lost " +
    "(pg_replication_slots.restart_lsn).",
);
const unconfirmed = define(
  "unconfirmed_bytes",
  "Bytes of WAL between the server's position and what the consumer of a logical slot confirmed " +
    "(pg_replication_slots.confirmed_flush_lsn).",
);
const safe = define(
  "safe_wal_bytes",
  "Bytes of WAL that can be written before the slot is in danger of being lost, negative beyond; absent without a " +
    "limit or when lost (pg_replication_slots.safe_wal_size, reckoned anew on a standby).",
);
const headroom = define(
  "headroom_ratio",
  "Share of max_slot_wal_keep_size that is still free, 1 when nothing is retained, negative beyond the limit " +
    "(pg_replication_slots.safe_wal_size).",
);
const walStatus = define(
  "wal_status",
  "Whether the slot's WAL has this status, 0 or 1 (pg_replication_slots.wal_status, reckoned anew on a standby).",
  "status",
);
const inactiveSince = define(
  "inactive_since_timestamp_seconds",
  "When the slot became inactive, Unix seconds of the server's clock; absent when active " +
    "(pg_replication_slots.inactive_since, PostgreSQL 17).",
);
const invalidation = define(
  "invalidation",
  "Whether the slot was invalidated for this reason, 0 or 1 " +
    "(pg_replication_slots.invalidation_reason, PostgreSQL 17).",
  "reason",
);
const xminAge = define(
  "xmin_age_transactions",
  "Age in transactions of the oldest one the slot holds back from vacuum (pg_replication_slots.xmin).",
);
const catalogXminAge = define(
  "catalog_xmin_age_transactions",
  "Age in transactions of the oldest one the slot holds back from vacuum of catalogs " +
    "(pg_replication_slots.catalog_xmin).",
);
const conflicting = define(
  "conflicting",
  "Whether a logical slot was invalidated by a conflict with recovery, 0 or 1 " +
    "(pg_replication_slots.conflicting, PostgreSQL 16).",
);
const failover = define(
  "failover",
  "Whether the slot is to be synchronised to standbys, 0 or 1 (pg_replication_slots.failover, PostgreSQL 17).",
);
const synced = define(
  "synced",
  "Whether the slot was synchronised from the primary, 0 or 1 (pg_replication_slots.synced, PostgreSQL 17).",
);

const WAL_STATUSES = ["reserved", "extended", "unreserved", "lost"];
const INVALIDATIONS = ["wal_removed", "rows_removed", "wal_level_insufficient", "idle_timeout"];

/** Retained bytes less the part already confirmed; needs no third position. */
function unconfirmedOf({ retainedBytes, restartPosition, confirmedFlushPosition }: SlotFact): number | null {
  if (retainedBytes === null || restartPosition === null || confirmedFlushPosition === null) return null;
  return retainedBytes - lsnDistanceBytes(confirmedFlushPosition, restartPosition);
}

/** Reads the replication slots. */
export const slots: Collector<"slots"> = {
  name: "slots",
  help: "Replication slots: activity, retained WAL, limits and invalidation",
  roles: ["primary", "standby"],
  statements,
  families: [
    info,
    active,
    retained,
    unconfirmed,
    safe,
    headroom,
    walStatus,
    inactiveSince,
    invalidation,
    xminAge,
    catalogXminAge,
    conflicting,
    failover,
    synced,
  ],
  collect: (context) => readFacts(context, { statements, decode }),
  *measure(facts, serverLabels) {
    const taken = new Set<string>();
    for (const fact of facts) {
      const slot = numberTwin(slotLabel(fact.slot, fact.activePid), taken);
      const labels = { ...serverLabels, slot };
      const { type: slot_type, database, plugin } = fact;
      yield* measure(info, { ...labels, slot_type, database, plugin }, 1);
      yield* measure(active, labels, fact.active);
      yield* measure(retained, labels, fact.retainedBytes);
      yield* measure(unconfirmed, labels, unconfirmedOf(fact));
      yield* measure(safe, labels, fact.safeWalBytes);
      yield* measure(headroom, labels, headroomOf(fact));
      yield* measureStates(walStatus, labels, WAL_STATUSES, fact.walStatus);
      yield* measure(inactiveSince, labels, fact.inactiveSinceUnixSeconds);
      // `synced` is never NULL from 17 on: there, no reason means a valid slot; before, that nobody knows.
      if (fact.synced !== null) {
        for (const reason of new Set([...INVALIDATIONS, fact.invalidationReason ?? ""])) {
          if (reason === "") continue;
          yield* measure(invalidation, { ...labels, reason }, reason === fact.invalidationReason);
        }
      }
      yield* measure(xminAge, labels, fact.xminAgeTransactions);
      yield* measure(catalogXminAge, labels, fact.catalogXminAgeTransactions);
      yield* measure(conflicting, labels, fact.conflicting);
      yield* measure(failover, labels, fact.failover);
      yield* measure(synced, labels, fact.synced);
    }
  },
};
