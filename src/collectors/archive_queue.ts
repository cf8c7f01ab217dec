/**
 * WAL files that wait for the archiver. Every status file is looked at, so it runs late and is cut early.
 *
 * @module
 */
import type { ArchiveQueueFact } from "../domain/facts.ts";
import { measure } from "../metrics/family.ts";
import { requireNumber, type Row } from "../postgres/decode.ts";
import type { Collector, VersionedSql } from "./collector.ts";
import { defineFamily } from "./define_family.ts";
import { readFacts } from "./read_facts.ts";

/* The condition on the setting has no column: without an archiver, for which nothing waits, no file is looked at. */
const statements: readonly VersionedSql[] = [{
  sql: `
SELECT pg_catalog.count(*) AS ready_files
FROM pg_catalog.pg_ls_archive_statusdir()
WHERE pg_catalog.current_setting('archive_mode') <> 'off' AND pg_catalog.right(name, 6) = '.ready'`,
}];

function decode(row: Row): ArchiveQueueFact {
  return { readyFiles: requireNumber(row, "ready_files") };
}

const ready = defineFamily("archive_ready_files", {
  help: "WAL files that wait for the archiver (.ready files in pg_ls_archive_statusdir()).",
});

/** Reads the archiver's queue. */
export const archiveQueue: Collector<"archive_queue"> = {
  name: "archive_queue",
  help: "Number of WAL files that wait for the archiver",
  roles: ["primary", "standby"],
  right: "pg_monitor",
  statements,
  families: [ready],
  collect: (context) => readFacts(context, { statements, decode, statementTimeoutSeconds: 0.5 }),
  *measure(facts, labels) {
    for (const fact of facts) yield* measure(ready, labels, fact.readyFiles);
  },
};
