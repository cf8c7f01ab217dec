/**
 * Settings that decide whether replication lasts: safety of the data, sizes that a standby must match, timeouts, and
 * what a standby would do once it is promoted.
 *
 * @module
 */
import type { SettingsFact } from "../domain/facts.ts";
import { measure } from "../metrics/family.ts";
import { requireBoolean, requireNumber, requireText, type Row } from "../postgres/decode.ts";
import type { Collector, VersionedSql } from "./collector.ts";
import { defineFamily } from "./define_family.ts";
import { readFacts } from "./read_facts.ts";

/* A time setting prints with its unit ("250ms", "1min"; "0" and "-1" without), which interval understands. */
function seconds(setting: string): string {
  return `EXTRACT(epoch FROM pg_catalog.current_setting('${setting}')::pg_catalog.interval) AS ${setting}`;
}

/* PostgreSQL 19 knows states between checksums on and off: only "on" protects every page. */
const statements: readonly VersionedSql[] = [{
  sql: `
SELECT pg_catalog.current_setting('data_checksums') = 'on' AS data_checksums,
  pg_catalog.current_setting('fsync') AS fsync,
  pg_catalog.current_setting('full_page_writes') AS full_page_writes,
  pg_catalog.current_setting('wal_log_hints') AS wal_log_hints,
  pg_catalog.current_setting('max_connections') AS max_connections,
  pg_catalog.current_setting('max_worker_processes') AS max_worker_processes,
  pg_catalog.current_setting('max_prepared_transactions') AS max_prepared_transactions,
  pg_catalog.current_setting('max_locks_per_transaction') AS max_locks_per_transaction,
  ${seconds("wal_sender_timeout")},
  ${seconds("wal_receiver_timeout")},
  ${seconds("wal_receiver_status_interval")},
  ${seconds("max_standby_streaming_delay")},
  pg_catalog.current_setting('synchronous_standby_names') AS synchronous_standby_names,
  pg_catalog.pg_size_bytes(pg_catalog.current_setting('max_slot_wal_keep_size')) AS max_slot_wal_keep,
  pg_catalog.current_setting('archive_command') NOT IN ('', '(disabled)')
    OR COALESCE(pg_catalog.current_setting('archive_library', true), '') <> '' AS has_archive_command,
  pg_catalog.current_setting('recovery_target_timeline') AS recovery_target_timeline,
  pg_catalog.concat(
    pg_catalog.current_setting('recovery_target'), pg_catalog.current_setting('recovery_target_time'),
    pg_catalog.current_setting('recovery_target_xid'), pg_catalog.current_setting('recovery_target_lsn'),
    pg_catalog.current_setting('recovery_target_name')
  ) <> '' AS has_recovery_target`,
}];

function decode(row: Row): SettingsFact {
  return {
    dataChecksums: requireBoolean(row, "data_checksums"),
    fsync: requireBoolean(row, "fsync"),
    fullPageWrites: requireBoolean(row, "full_page_writes"),
    walLogHints: requireBoolean(row, "wal_log_hints"),
    maxConnections: requireNumber(row, "max_connections"),
    maxWorkerProcesses: requireNumber(row, "max_worker_processes"),
    maxPreparedTransactions: requireNumber(row, "max_prepared_transactions"),
    maxLocksPerTransaction: requireNumber(row, "max_locks_per_transaction"),
    walSenderTimeoutSeconds: decodeTimeout(row, "wal_sender_timeout"),
    walReceiverTimeoutSeconds: decodeTimeout(row, "wal_receiver_timeout"),
    walReceiverStatusIntervalSeconds: decodeTimeout(row, "wal_receiver_status_interval"),
    maxStandbyStreamingDelaySeconds: decodeDelay(row, "max_standby_streaming_delay"),
    synchronousStandbyNames: requireText(row, "synchronous_standby_names"),
    maxSlotWalKeepBytes: decodeSize(row, "max_slot_wal_keep"),
    hasArchiveCommand: requireBoolean(row, "has_archive_command"),
    recoveryTargetTimeline: requireText(row, "recovery_target_timeline"),
    hasRecoveryTarget: requireBoolean(row, "has_recovery_target"),
  };
}

/** Below 0 is without a limit. */
function decodeSize(row: Row, column: string): number | null {
  const bytes = requireNumber(row, column);
  return bytes < 0 ? null : bytes;
}

/** 0 turns these off. */
function decodeTimeout(row: Row, column: string): number | null {
  return requireNumber(row, column) || null;
}

/** Below 0 is for ever; 0 cancels queries at once. */
function decodeDelay(row: Row, column: string): number | null {
  const seconds = requireNumber(row, column);
  return seconds < 0 ? null : seconds;
}

const dataChecksums = defineFamily("data_checksums", {
  help: "Whether pages carry checksums, 0 or 1 (setting data_checksums).",
});
const fsync = defineFamily("fsync", {
  help: "Whether the server makes sure that what it commits is on disk, 0 or 1 (setting fsync).",
});
const fullPageWrites = defineFamily("full_page_writes", {
  help: "Whether pages torn by a crash can be mended from WAL, 0 or 1 (setting full_page_writes).",
});

/** Reads settings. */
export const settings: Collector<"settings"> = {
  name: "settings",
  help: "Settings of durability, of sizes that a standby must match, and timeouts of replication",
  roles: ["primary", "standby"],
  statements,
  families: [dataChecksums, fsync, fullPageWrites],
  collect: (context) => readFacts(context, { statements, decode }),
  *measure(facts, labels) {
    for (const fact of facts) {
      yield* measure(dataChecksums, labels, fact.dataChecksums);
      yield* measure(fsync, labels, fact.fsync);
      yield* measure(fullPageWrites, labels, fact.fullPageWrites);
    }
  },
};
