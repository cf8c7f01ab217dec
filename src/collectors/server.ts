import {
  decodeBoolean,
  decodeLabel,
  decodeLsn,
  decodeNumber,
  decodeText,
  requireBoolean,
  requireNumber,
  requireText,
} from "../postgres/decode.ts";
import { type Collector, defineCollector } from "./collector.ts";

/**
 * Reads the server itself: identity, role, timeline, WAL positions, and the rights of our login. It runs first: its row
 * decides the role and version that the other collectors are planned by.
 *
 * `pg_is_in_recovery()` is called once, in a subquery that the planner cannot pull up because the function is volatile:
 * a promotion while the statement runs then gives a standby's row, never an error ("recovery is in progress") and
 * never a mixture. After a promotion the receive and replay functions keep their last value: hence the guard on them
 * too, and outside recovery the kept value shows where the new timeline begins.
 *
 * Timeline, outside recovery: from the name of the WAL file, which is right immediately after a promotion, when the
 * control file shows the old timeline until the next checkpoint. In recovery `pg_walfile_name` fails, so: the greater of
 * what the receiver gets (NULL without a receiver, or without pg_read_all_stats) and `min_recovery_end_timeline`,
 * the timeline replayed when a page was last flushed or a restartpoint made. The last checkpoint's timeline is never
 * newer than the latter, and a server never goes back to a lower one, so the greater is right.
 *
 * The rights are checked as the views check them: `pg_has_role(..., 'USAGE')` is true for superusers and for members
 * that inherit; the WAL directory by the functions' own privilege, which may be granted without pg_monitor and is
 * revoked from pg_monitor by some providers.
 *
 * Every subscription has a replication origin, `pg_` and its OID, in a catalog that every role may read whole: of
 * `pg_subscription` it may not.
 */
export const server: Collector<"server"> = defineCollector({
  name: "server",
  help: "Version, identity, role, timeline and WAL positions of the server",
  roles: ["primary", "standby"],
  needs: ["pg_is_in_recovery", "current_setting", "clock_timestamp"],
  sql: `
SELECT pg_catalog.current_setting('server_version_num') AS version_num,
  pg_catalog.current_setting('server_version') AS version,
  (SELECT system_identifier FROM pg_catalog.pg_control_system()) AS system_identifier,
  in_recovery,
  CASE WHEN in_recovery THEN GREATEST(
    (SELECT received_tli FROM pg_catalog.pg_stat_get_wal_receiver()),
    (SELECT NULLIF(min_recovery_end_timeline, 0) FROM pg_catalog.pg_control_recovery())
  ) ELSE (
    'x' || pg_catalog.substr(pg_catalog.pg_walfile_name(pg_catalog.pg_current_wal_lsn()), 1, 8)
  )::pg_catalog.bit(32)::pg_catalog.int8 END AS timeline,
  CASE WHEN NOT in_recovery THEN pg_catalog.pg_current_wal_lsn() END AS write_lsn,
  CASE WHEN NOT in_recovery THEN pg_catalog.pg_current_wal_insert_lsn() END AS insert_lsn,
  CASE WHEN NOT in_recovery THEN pg_catalog.pg_current_wal_flush_lsn() END AS flush_lsn,
  CASE WHEN in_recovery THEN pg_catalog.pg_last_wal_receive_lsn() END AS receive_lsn,
  CASE WHEN in_recovery THEN pg_catalog.pg_last_wal_replay_lsn() END AS replay_lsn,
  CASE WHEN NOT in_recovery THEN pg_catalog.pg_last_wal_replay_lsn() END AS recovery_end_lsn,
  CASE WHEN in_recovery THEN EXTRACT(epoch FROM pg_catalog.pg_last_xact_replay_timestamp()) END
    AS last_replayed_transaction,
  EXTRACT(epoch FROM pg_catalog.clock_timestamp()) AS clock,
  EXTRACT(epoch FROM pg_catalog.pg_postmaster_start_time()) AS start,
  pg_catalog.current_setting('cluster_name') AS cluster_name,
  pg_catalog.pg_has_role('pg_read_all_stats', 'USAGE') AS can_read_statistics,
  pg_catalog.has_function_privilege('pg_catalog.pg_ls_waldir()', 'EXECUTE')
    AND pg_catalog.has_function_privilege('pg_catalog.pg_ls_archive_statusdir()', 'EXECUTE')
    AS can_read_wal_directory,
  CASE WHEN NOT in_recovery AND pg_catalog.has_table_privilege('pg_catalog.pg_replication_origin', 'SELECT')
    THEN EXISTS (SELECT FROM pg_catalog.pg_replication_origin WHERE roname ~ '^pg_[0-9]+$') END AS has_subscriptions,
  pg_catalog.current_setting('wal_level') = 'logical'
    AND EXISTS (SELECT FROM pg_catalog.pg_get_replication_slots() WHERE slot_type = 'logical') AS has_logical_slots,
  pg_catalog.has_function_privilege('pg_catalog.pg_show_replication_origin_status()', 'EXECUTE') AS can_read_origins
FROM (SELECT pg_catalog.pg_is_in_recovery() AS in_recovery) AS recovery`,
  decode: (row) => ({
    versionNum: requireNumber(row, "version_num"),
    version: requireText(row, "version"),
    systemIdentifier: decodeText(row, "system_identifier"),
    inRecovery: requireBoolean(row, "in_recovery"),
    timeline: decodeNumber(row, "timeline"),
    writePosition: decodeLsn(row, "write_lsn"),
    insertPosition: decodeLsn(row, "insert_lsn"),
    flushPosition: decodeLsn(row, "flush_lsn"),
    receivePosition: decodeLsn(row, "receive_lsn"),
    replayPosition: decodeLsn(row, "replay_lsn"),
    recoveryEndPosition: decodeLsn(row, "recovery_end_lsn"),
    lastReplayedTransactionUnixSeconds: decodeNumber(row, "last_replayed_transaction"),
    clockUnixSeconds: requireNumber(row, "clock"),
    startUnixSeconds: decodeNumber(row, "start"),
    clusterName: decodeLabel(row, "cluster_name"),
    // If unknown, the outcome of each statement shows whether it may read.
    canReadStatistics: decodeBoolean(row, "can_read_statistics") ?? true,
    canReadWalDirectory: decodeBoolean(row, "can_read_wal_directory") ?? true,
    hasSubscriptions: decodeBoolean(row, "has_subscriptions"),
    hasLogicalSlots: decodeBoolean(row, "has_logical_slots") ?? false,
    canReadOrigins: decodeBoolean(row, "can_read_origins") ?? false,
  }),
  families: {
    pgrepl_server_info: {
      help:
        "Version and system identifier (server_version, pg_control_system().system_identifier); always 1.",
      info: {
        version: (fact) => fact.version,
        system_identifier: (fact) => fact.systemIdentifier ?? "",
      },
    },
    pgrepl_role: {
      help: "Whether the server has this role, 0 or 1: standby while in recovery, otherwise primary " +
        "(pg_is_in_recovery()).",
      label: "role",
      states: ["primary", "standby"],
      state: (fact) => fact.inRecovery ? "standby" : "primary",
    },
    pgrepl_timeline: {
      help: "Timeline being written (name of the current WAL file) or, in recovery, received or replayed " +
        "(pg_stat_wal_receiver.received_tli, pg_control_recovery().min_recovery_end_timeline).",
      value: (fact) => fact.timeline,
    },
    pgrepl_wal_position_bytes: {
      help: "WAL position in bytes from the beginning of the log: write, insert and flush outside recovery " +
        "(pg_current_wal_lsn(), pg_current_wal_insert_lsn(), pg_current_wal_flush_lsn()), receive and replay in " +
        "recovery (pg_last_wal_receive_lsn(), pg_last_wal_replay_lsn()).",
      label: "position",
      values: (fact) => ({
        write: fact.writePosition,
        insert: fact.insertPosition,
        flush: fact.flushPosition,
        receive: fact.receivePosition,
        replay: fact.replayPosition,
      }),
    },
    pgrepl_server_start_timestamp_seconds: {
      help: "When the server started, Unix time by its own clock (pg_postmaster_start_time()).",
      value: (fact) => fact.startUnixSeconds,
    },
    pgrepl_last_replayed_transaction_timestamp_seconds: {
      help: "When the last transaction replayed in recovery was committed, Unix time by the primary's " +
        "clock (pg_last_xact_replay_timestamp()).",
      value: (fact) => fact.lastReplayedTransactionUnixSeconds,
    },
  },
});
