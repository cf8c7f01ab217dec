import type { DecodingFact } from "../domain/facts.ts";
import {
  decodeBoolean,
  decodeLabel,
  decodeNumber,
  decodeText,
  requireText,
  type Row,
} from "../postgres/decode.ts";
import { type Collector, defineCollector } from "./collector.ts";

/**
 * Only slots of logical decoding have a row in `pg_stat_replication_slots`. Decoding must begin at the oldest transaction that
 * is open and has a transaction ID: its slot retains the WAL since then, whatever its consumer has confirmed.
 */
function selectDecoding({ stats, waits }: { readonly stats: boolean; readonly waits: boolean }): string {
  const counters = ["total_txns", "spill_txns", "spill_bytes", "stream_txns", "stream_bytes"]
    .map((name) => `${stats ? `stats.${name}` : "NULL"} AS ${name}`).join(", ");
  return `
SELECT slot.slot_name, ${counters}, ${
    waits
      ? `CASE WHEN slot.active_pid IS NULL THEN false ELSE (
    SELECT wait_event IS NOT DISTINCT FROM 'WaitForStandbyConfirmation'
    FROM pg_catalog.pg_stat_get_activity(slot.active_pid) WHERE backend_type IS NOT NULL) END`
      : "NULL"
  } AS waits_for_standby,
  writer.name AS writer, writer.is_prepared, writer.database AS writer_database, writer.usename AS writer_user, writer.application_name AS writer_application,
  EXTRACT(epoch FROM pg_catalog.clock_timestamp() - writer.since) AS writer_age
FROM pg_catalog.pg_get_replication_slots() AS slot${
    stats
      ? "\nLEFT JOIN LATERAL pg_catalog.pg_stat_get_replication_slot(slot.slot_name) AS stats ON true"
      : ""
  }
LEFT JOIN (
  SELECT name, is_prepared, database, usename, application_name, since FROM (
    SELECT pid::pg_catalog.text AS name, false AS is_prepared, NULL AS database, pg_catalog.pg_get_userbyid(usesysid) AS usename,
      application_name, xact_start AS since
    FROM pg_catalog.pg_stat_get_activity(NULL) WHERE backend_xid IS NOT NULL
    UNION ALL
    SELECT gid, true, (SELECT datname FROM pg_catalog.pg_database WHERE oid = dbid),
      pg_catalog.pg_get_userbyid(ownerid), NULL, prepared FROM pg_catalog.pg_prepared_xact()
  ) AS open ORDER BY since LIMIT 1
) AS writer ON true
WHERE slot.slot_type = 'logical'`;
}

function decodeDecoding(row: Row): DecodingFact {
  const writer = decodeText(row, "writer");
  return {
    slot: requireText(row, "slot_name"),
    decodedTransactionsTotal: decodeNumber(row, "total_txns"),
    spilledTransactionsTotal: decodeNumber(row, "spill_txns"),
    spilledBytesTotal: decodeNumber(row, "spill_bytes"),
    streamedTransactionsTotal: decodeNumber(row, "stream_txns"),
    streamedBytesTotal: decodeNumber(row, "stream_bytes"),
    waitsForStandby: decodeBoolean(row, "waits_for_standby"),
    oldestWriter: writer === null ? null : {
      by: writer,
      isPrepared: decodeBoolean(row, "is_prepared") === true,
      database: decodeLabel(row, "writer_database"),
      user: decodeLabel(row, "writer_user"),
      applicationName: decodeLabel(row, "writer_application"),
      seconds: decodeNumber(row, "writer_age"),
    },
  };
}

/** Reads what logical decoding has spilled to disk and streamed, and the transaction that it waits for. */
export const decoding: Collector<"decoding"> = defineCollector({
  name: "decoding",
  help: "Logical decoding: changes spilled to disk and streamed, and the oldest transaction it needs",
  roles: ["primary", "standby"],
  applies: ({ hasLogicalSlots }) => hasLogicalSlots === true,
  needs: ["pg_get_replication_slots"],
  sql: [
    { until: 140000, sql: selectDecoding({ stats: false, waits: false }) },
    { from: 140000, until: 170000, sql: selectDecoding({ stats: true, waits: false }) },
    { from: 170000, sql: selectDecoding({ stats: true, waits: true }) },
  ],
  decode: decodeDecoding,
  key: { slot: ({ slot }) => slot },
  families: {
    pgrepl_slot_spilled_transactions_total: {
      help:
        "Transactions whose decoded changes exceeded logical_decoding_work_mem and were written to disk " +
        "(pg_stat_replication_slots.spill_txns, PostgreSQL 14 and later).",
      value: (fact) => fact.spilledTransactionsTotal,
    },
    pgrepl_slot_spilled_bytes_total: {
      help:
        "Bytes of decoded changes written to disk (pg_stat_replication_slots.spill_bytes, PostgreSQL 14 and later).",
      value: (fact) => fact.spilledBytesTotal,
    },
    pgrepl_slot_streamed_transactions_total: {
      help: "Transactions whose decoded changes were sent before they had ended " +
        "(pg_stat_replication_slots.stream_txns, PostgreSQL 14 and later).",
      value: (fact) => fact.streamedTransactionsTotal,
    },
    pgrepl_slot_streamed_bytes_total: {
      help: "Bytes of decoded changes sent before their transaction had ended " +
        "(pg_stat_replication_slots.stream_bytes, PostgreSQL 14 and later).",
      value: (fact) => fact.streamedBytesTotal,
    },
    pgrepl_oldest_writer_age_seconds: {
      help:
        "Age in seconds of the oldest open transaction that has a transaction ID, prepared ones included, where there are " +
        "logical slots: they retain the WAL since it began (pg_stat_activity.backend_xid, xact_start, pg_prepared_xacts).",
      total: ([fact]) => fact?.oldestWriter?.seconds,
    },
  },
});
