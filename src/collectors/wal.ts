/**
 * Settings that bound the write-ahead log and the number of its readers.
 *
 * @module
 */
import type { WalFact } from "../domain/facts.ts";
import { measure, measureStates } from "../metrics/family.ts";
import { requireNumber, requireText, type Row } from "../postgres/decode.ts";
import type { Collector, VersionedSql } from "./collector.ts";
import { defineFamily } from "./define_family.ts";
import { readFacts } from "./read_facts.ts";

/* A size prints with its unit ("1GB"), which pg_size_bytes understands; pg_settings would read all 350 settings. */
const statements: readonly VersionedSql[] = [{
  sql: `
SELECT pg_catalog.pg_size_bytes(pg_catalog.current_setting('wal_segment_size')) AS segment_bytes,
  pg_catalog.current_setting('max_wal_senders') AS max_senders,
  pg_catalog.current_setting('max_replication_slots') AS max_slots,
  pg_catalog.pg_size_bytes(pg_catalog.current_setting('wal_keep_size')) AS keep_bytes,
  pg_catalog.pg_size_bytes(pg_catalog.current_setting('max_wal_size')) AS max_wal_bytes,
  pg_catalog.current_setting('wal_level') AS level`,
}];

function decode(row: Row): WalFact {
  return {
    segmentBytes: requireNumber(row, "segment_bytes"),
    maxSenders: requireNumber(row, "max_senders"),
    maxSlots: requireNumber(row, "max_slots"),
    keepBytes: requireNumber(row, "keep_bytes"),
    maxWalBytes: requireNumber(row, "max_wal_bytes"),
    level: requireText(row, "level"),
  };
}

const segment = defineFamily("wal_segment_size_bytes", {
  help: "Size of one WAL segment in bytes (setting wal_segment_size).",
});
const maxSenders = defineFamily("wal_senders_limit", {
  help: "How many WAL senders the server allows at once (setting max_wal_senders).",
});
const maxSlots = defineFamily("slots_limit", {
  help: "How many replication slots the server allows (setting max_replication_slots).",
});
const keep = defineFamily("wal_keep_size_bytes", {
  help: "Bytes of past WAL kept for standbys without a slot (setting wal_keep_size).",
});
const maxWal = defineFamily("wal_max_size_bytes", {
  help: "Bytes of WAL after which a checkpoint is started (setting max_wal_size).",
});
const level = defineFamily("wal_level", {
  help: "Whether WAL is written at this level, 0 or 1 (setting wal_level).",
  labels: ["level"],
});

/** Reads the settings of the write-ahead log. */
export const wal: Collector<"wal"> = {
  name: "wal",
  help: "Settings that bound WAL, senders and slots",
  roles: ["primary", "standby"],
  statements,
  families: [segment, maxSenders, maxSlots, keep, maxWal, level],
  collect: (context) => readFacts(context, { statements, decode }),
  *measure(facts, labels) {
    for (const fact of facts) {
      yield* measure(segment, labels, fact.segmentBytes);
      yield* measure(maxSenders, labels, fact.maxSenders);
      yield* measure(maxSlots, labels, fact.maxSlots);
      yield* measure(keep, labels, fact.keepBytes);
      yield* measure(maxWal, labels, fact.maxWalBytes);
      yield* measureStates(level, labels, ["minimal", "replica", "logical"], fact.level);
    }
  },
};
