import { decodeText, requireNumber } from "../postgres/decode.ts";
import { type Collector, defineCollector } from "./collector.ts";

/**
 * Reads the number and size of the WAL segments on disk. Every file is read, so it runs late with a short timeout.
 *
 * Only segments count: 24 hexadecimal digits, not timeline histories, backup labels and partial segments. Segments
 * recycled under a future name take up disk space and count. Without a segment there is a row of 0 files and NULL for
 * the sum, which is known to be 0 bytes.
 */
export const walDirectory: Collector<"wal_directory"> = defineCollector({
  name: "wal_directory",
  help: "Number and size of the WAL segments on disk",
  roles: ["primary", "standby"],
  right: "pg_monitor",
  statementTimeoutSeconds: 0.5,
  sql: `
SELECT pg_catalog.count(*) AS files,
  COALESCE(pg_catalog.sum(size), 0) AS bytes,
  pg_catalog.min(name COLLATE pg_catalog."C") AS oldest_file
FROM pg_catalog.pg_ls_waldir()
WHERE pg_catalog.length(name) = 24 AND name COLLATE pg_catalog."C" !~ '[^0-9A-F]'`,
  decode: (row) => ({
    files: requireNumber(row, "files"),
    bytes: requireNumber(row, "bytes"),
    oldestFile: decodeText(row, "oldest_file"),
  }),
  families: {
    pgrepl_wal_directory_files: {
      help: "WAL segments in the WAL directory, including recycled ones (pg_ls_waldir()).",
      value: (fact) => fact.files,
    },
    pgrepl_wal_directory_bytes: {
      help: "Total size of the WAL segments in the WAL directory in bytes (pg_ls_waldir().size).",
      value: (fact) => fact.bytes,
    },
  },
});
