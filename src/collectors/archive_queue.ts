import { requireNumber } from "../postgres/decode.ts";
import { type Collector, defineCollector } from "./collector.ts";

/**
 * Reads the number of WAL files waiting to be archived. Every status file is read, so it runs late with a short timeout.
 *
 * The condition on the setting reads no column, so without an archiver, when nothing can wait, no file is read.
 */
export const archiveQueue: Collector<"archive_queue"> = defineCollector({
  name: "archive_queue",
  help: "Number of WAL files waiting to be archived",
  roles: ["primary", "standby"],
  right: "pg_monitor",
  statementTimeoutSeconds: 0.5,
  sql: `
SELECT pg_catalog.count(*) AS ready_files
FROM pg_catalog.pg_ls_archive_statusdir()
WHERE pg_catalog.current_setting('archive_mode') <> 'off' AND pg_catalog.right(name, 6) = '.ready'`,
  decode: (row) => ({ readyFiles: requireNumber(row, "ready_files") }),
  families: {
    pgrepl_archive_ready_files: {
      help: "WAL files waiting to be archived (.ready files in pg_ls_archive_statusdir()).",
      value: (fact) => fact.readyFiles,
    },
  },
});
