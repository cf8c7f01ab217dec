import { requireNumber, requireText } from "../postgres/decode.ts";
import { type Collector, defineCollector } from "./collector.ts";

/**
 * Reads the settings that limit the amount of WAL and the number of senders and slots.
 *
 * A size prints with its unit ("1GB"), which pg_size_bytes understands; pg_settings would read all 350 settings.
 */
export const wal: Collector<"wal"> = defineCollector({
  name: "wal",
  help: "Settings that limit WAL, senders and slots",
  roles: ["primary", "standby"],
  sql: `
SELECT pg_catalog.pg_size_bytes(pg_catalog.current_setting('wal_segment_size')) AS segment_bytes,
  pg_catalog.current_setting('max_wal_senders') AS max_senders,
  pg_catalog.current_setting('max_replication_slots') AS max_slots,
  pg_catalog.pg_size_bytes(pg_catalog.current_setting('wal_keep_size')) AS keep_bytes,
  pg_catalog.pg_size_bytes(pg_catalog.current_setting('max_wal_size')) AS max_wal_bytes,
  pg_catalog.current_setting('wal_level') AS level`,
  decode: (row) => ({
    segmentBytes: requireNumber(row, "segment_bytes"),
    maxSenders: requireNumber(row, "max_senders"),
    maxSlots: requireNumber(row, "max_slots"),
    keepBytes: requireNumber(row, "keep_bytes"),
    maxWalBytes: requireNumber(row, "max_wal_bytes"),
    level: requireText(row, "level"),
  }),
  families: {
    pgrepl_wal_segment_size_bytes: {
      help: "Size of a WAL segment in bytes (setting wal_segment_size).",
      value: (fact) => fact.segmentBytes,
    },
    pgrepl_wal_senders_limit: {
      help: "Maximum number of concurrent WAL senders (setting max_wal_senders).",
      value: (fact) => fact.maxSenders,
    },
    pgrepl_slots_limit: {
      help: "Maximum number of replication slots (setting max_replication_slots).",
      value: (fact) => fact.maxSlots,
    },
    pgrepl_wal_keep_size_bytes: {
      help: "Bytes of past WAL kept for standbys without a slot (setting wal_keep_size).",
      value: (fact) => fact.keepBytes,
    },
    pgrepl_wal_max_size_bytes: {
      help: "Bytes of WAL after which a checkpoint starts (setting max_wal_size).",
      value: (fact) => fact.maxWalBytes,
    },
    pgrepl_wal_level: {
      help: "Whether WAL is written at this level, 0 or 1 (setting wal_level).",
      label: "level",
      states: ["minimal", "replica", "logical"],
      state: (fact) => fact.level,
    },
  },
});
