import { decodeNumber, requireNumber, requireText } from "../postgres/decode.ts";
import { type Collector, defineCollector } from "./collector.ts";

/** Reads the archiver's statistics: WAL files archived, failed attempts, and when each last happened. */
export const archiver: Collector<"archiver"> = defineCollector({
  name: "archiver",
  help: "WAL files archived, failed attempts, and when each last happened",
  roles: ["primary", "standby"],
  sql: `
SELECT pg_catalog.current_setting('archive_mode') AS mode,
  archived_count,
  failed_count,
  EXTRACT(epoch FROM pg_catalog.clock_timestamp() - last_archived_time) AS last_archived_age,
  EXTRACT(epoch FROM pg_catalog.clock_timestamp() - last_failed_time) AS last_failed_age
FROM pg_catalog.pg_stat_archiver`,
  decode: (row) => ({
    mode: requireText(row, "mode"),
    archivedTotal: requireNumber(row, "archived_count"),
    failedTotal: requireNumber(row, "failed_count"),
    lastArchivedAgeSeconds: decodeNumber(row, "last_archived_age"),
    lastFailedAgeSeconds: decodeNumber(row, "last_failed_age"),
  }),
  families: {
    pgrepl_archive_mode: {
      help: "Whether this archive mode is set, 0 or 1 (setting archive_mode).",
      label: "mode",
      states: ["off", "on", "always"],
      state: (fact) => fact.mode,
    },
    pgrepl_archiver_archived_total: {
      help: "WAL files archived since the last statistics reset (pg_stat_archiver.archived_count).",
      value: (fact) => fact.archivedTotal,
    },
    pgrepl_archiver_failed_total: {
      help: "Failed archiving attempts since the last statistics reset (pg_stat_archiver.failed_count).",
      value: (fact) => fact.failedTotal,
    },
    pgrepl_archiver_last_archived_age_seconds: {
      help: "Seconds since a file was last archived; absent if never (pg_stat_archiver.last_archived_time).",
      value: (fact) => fact.lastArchivedAgeSeconds,
    },
    pgrepl_archiver_last_failed_age_seconds: {
      help: "Seconds since archiving last failed; absent if never (pg_stat_archiver.last_failed_time).",
      value: (fact) => fact.lastFailedAgeSeconds,
    },
  },
});
