import type { SettingsFact } from "../domain/facts.ts";
import {
  decodeBoolean,
  decodeLabel,
  decodeNumber,
  requireBoolean,
  requireNumber,
  requireText,
  type Row,
} from "../postgres/decode.ts";
import { type Collector, defineCollector, serverSetting } from "./collector.ts";

/** A time setting prints with its unit ("250ms", "1min"; "0" and "-1" without), which interval understands. */
function selectSeconds(setting: string, value = `pg_catalog.current_setting('${setting}')`): string {
  return `EXTRACT(epoch FROM (${value})::pg_catalog.interval) AS ${setting}`;
}

/** A size or a delay; negative means unlimited. */
function decodeLimit(row: Row, column: string): number | null {
  const limit = requireNumber(row, column);
  return limit < 0 ? null : limit;
}

/** A timeout or an interval; 0 turns it off. */
function decodeTimeout(row: Row, column: string): number | null {
  return requireNumber(row, column) || null;
}

/** A value in a connection string, and a keyword with its value, as libpq separates them. */
const CONNINFO_VALUE = "(''[^'']*''|[^[:space:]''][^[:space:]]*)";
const CONNINFO_FILLED = "(?:''[^'']+''|[^[:space:]''][^[:space:]]*)";
const CONNINFO_PAIR = `[a-z_]+[[:space:]]*=[[:space:]]*${CONNINFO_VALUE.replace("(", "(?:")}`;

/** A text that holds one keyword with its value, of which the last counts, among any others. */
function conninfoWith(keyword: string, value: string): string {
  return `^[[:space:]]*(?:${CONNINFO_PAIR}[[:space:]]+)*${keyword}[[:space:]]*=[[:space:]]*${value}(?:[[:space:]]+${CONNINFO_PAIR})*[[:space:]]*$`;
}

/**
 * The server picks the name out of `primary_conninfo`, so that no secret leaves it: the last `application_name` among
 * keywords and values. A URI, and a text with a backslash, which may escape anything, are left alone.
 */
const STANDBY_NAME = `
  CASE WHEN pg_catalog.pg_has_role('pg_read_all_settings', 'USAGE')
    AND pg_catalog.strpos(pg_catalog.current_setting('primary_conninfo'), E'\\\\') = 0
  THEN pg_catalog.substring(
    pg_catalog.current_setting('primary_conninfo'), '${conninfoWith("application_name", CONNINFO_VALUE)}'
  ) END AS standby_name`;

/** A URI that names a database, in its path or as a parameter. */
const URI_WITH_DATABASE = "^[[:space:]]*(?:postgres|postgresql)://[^/?]*(?:/[^?]+|/?[?](?:.*&)?dbname=[^&]+)";

/** From 17 on; of `primary_conninfo` it reads whether it names a database, and only where slots are synchronized who runs. */
const SLOT_SYNC = `
  pg_catalog.current_setting('sync_replication_slots', true) AS sync_slots,
  CASE WHEN pg_catalog.current_setting('sync_replication_slots', true) IS NOT NULL
    AND pg_catalog.pg_has_role('pg_read_all_settings', 'USAGE')
    AND pg_catalog.strpos(pg_catalog.current_setting('primary_conninfo'), E'\\\\') = 0
  THEN pg_catalog.current_setting('primary_conninfo') ~ '${
  conninfoWith("dbname", CONNINFO_FILLED)
}|${URI_WITH_DATABASE}'
  END AS names_database,
  CASE WHEN pg_catalog.current_setting('sync_replication_slots', true) = 'on'
    AND pg_catalog.pg_has_role('pg_read_all_stats', 'USAGE')
  THEN (SELECT pg_catalog.bool_or(backend_type = 'slotsync worker') FROM pg_catalog.pg_stat_get_activity(NULL))
  END AS runs_slot_sync,
  pg_catalog.current_setting('synchronized_standby_slots', true) AS synchronized_standby_slots`;

function decodeSlotSync(row: Row): Pick<SettingsFact, "slotSync"> {
  const isOn = decodeBoolean(row, "sync_slots");
  return isOn === null ? {} : {
    slotSync: {
      isOn,
      hasDatabase: decodeBoolean(row, "names_database"),
      isRunning: decodeBoolean(row, "runs_slot_sync"),
      awaited: decodeLabel(row, "synchronized_standby_slots").split(",")
        .map((name) => name.trim().replace(/^"(.*)"$/, "$1")).filter((name) => name !== ""),
    },
  };
}

function decodeOwnEndpoint(row: Row): Pick<SettingsFact, "ownEndpoint"> {
  const [host, port] = [decodeLabel(row, "own_address"), decodeNumber(row, "own_port")];
  return host === "" || port === null ? {} : { ownEndpoint: { host, port } };
}

function decodeStandbyName(row: Row): Pick<SettingsFact, "standbyName"> {
  const name = decodeLabel(row, "standby_name").replace(/^'(.*)'$/s, "$1");
  return name === "" ? {} : { standbyName: name };
}

/**
 * Reads settings on which replication depends: safety of the data, sizes that a standby must match, timeouts, and what a
 * standby would do after a promotion.
 *
 * PostgreSQL 19 has states between checksums on and off: only "on" protects every page.
 */
export const settings: Collector<"settings"> = defineCollector({
  name: "settings",
  help: "Durability settings, sizes that a standby must match, and replication timeouts",
  roles: ["primary", "standby"],
  needs: ["current_setting", "pg_size_bytes"],
  sql: `
SELECT pg_catalog.current_setting('data_checksums') = 'on' AS data_checksums,
  pg_catalog.current_setting('fsync') AS fsync,
  pg_catalog.current_setting('full_page_writes') AS full_page_writes,
  pg_catalog.current_setting('wal_log_hints') AS wal_log_hints,
  pg_catalog.current_setting('max_connections') AS max_connections,
  pg_catalog.current_setting('max_worker_processes') AS max_worker_processes,
  pg_catalog.current_setting('max_prepared_transactions') AS max_prepared_transactions,
  pg_catalog.current_setting('max_locks_per_transaction') AS max_locks_per_transaction,
  ${selectSeconds("wal_sender_timeout", serverSetting("wal_sender_timeout"))},
  ${selectSeconds("wal_receiver_timeout")},
  ${selectSeconds("wal_receiver_status_interval")},
  ${selectSeconds("max_standby_streaming_delay")},
  pg_catalog.current_setting('synchronous_standby_names') AS synchronous_standby_names,
  pg_catalog.pg_size_bytes(pg_catalog.current_setting('max_slot_wal_keep_size')) AS max_slot_wal_keep,
  pg_catalog.current_setting('archive_command') NOT IN ('', '(disabled)')
    OR COALESCE(pg_catalog.current_setting('archive_library', true), '') <> '' AS has_archive_command,
  pg_catalog.current_setting('recovery_target_timeline') AS recovery_target_timeline,
  ${STANDBY_NAME}, ${SLOT_SYNC},
  pg_catalog.host(pg_catalog.inet_server_addr()) AS own_address, pg_catalog.inet_server_port() AS own_port`,
  decode: (row) => ({
    dataChecksums: requireBoolean(row, "data_checksums"),
    fsync: requireBoolean(row, "fsync"),
    fullPageWrites: requireBoolean(row, "full_page_writes"),
    walLogHints: requireBoolean(row, "wal_log_hints"),
    maxConnections: requireNumber(row, "max_connections"),
    maxWorkerProcesses: requireNumber(row, "max_worker_processes"),
    maxPreparedTransactions: requireNumber(row, "max_prepared_transactions"),
    maxLocksPerTransaction: requireNumber(row, "max_locks_per_transaction"),
    ...decodeNumber(row, "wal_sender_timeout") === null
      ? {}
      : { walSenderTimeoutSeconds: decodeTimeout(row, "wal_sender_timeout") },
    walReceiverTimeoutSeconds: decodeTimeout(row, "wal_receiver_timeout"),
    walReceiverStatusIntervalSeconds: decodeTimeout(row, "wal_receiver_status_interval"),
    maxStandbyStreamingDelaySeconds: decodeLimit(row, "max_standby_streaming_delay"),
    synchronousStandbyNames: requireText(row, "synchronous_standby_names"),
    maxSlotWalKeepBytes: decodeLimit(row, "max_slot_wal_keep"),
    hasArchiveCommand: requireBoolean(row, "has_archive_command"),
    recoveryTargetTimeline: requireText(row, "recovery_target_timeline"),
    ...decodeStandbyName(row),
    ...decodeSlotSync(row),
    ...decodeOwnEndpoint(row),
  }),
  families: {
    pgrepl_data_checksums: {
      help: "Whether data pages have checksums, 0 or 1 (setting data_checksums).",
      value: (fact) => fact.dataChecksums,
    },
    pgrepl_fsync: {
      help: "Whether the server makes sure that updates reach the disk, 0 or 1 (setting fsync).",
      value: (fact) => fact.fsync,
    },
    pgrepl_full_page_writes: {
      help: "Whether pages torn by a crash can be restored from WAL, 0 or 1 (setting full_page_writes).",
      value: (fact) => fact.fullPageWrites,
    },
  },
});
