/**
 * The archiver: how many segments it stored or failed to store, and when last.
 *
 * @module
 */
import type { ArchiverFact } from "../domain/facts.ts";
import { measure, measureStates } from "../metrics/family.ts";
import { decodeNumber, requireNumber, requireText, type Row } from "../postgres/decode.ts";
import type { Collector, VersionedSql } from "./collector.ts";
import { defineFamily } from "./define_family.ts";
import { readFacts } from "./read_facts.ts";

const statements: readonly VersionedSql[] = [{
  sql: `
SELECT pg_catalog.current_setting('archive_mode') AS mode,
  archived_count,
  failed_count,
  EXTRACT(epoch FROM pg_catalog.clock_timestamp() - last_archived_time) AS last_archived_age,
  EXTRACT(epoch FROM pg_catalog.clock_timestamp() - last_failed_time) AS last_failed_age
FROM pg_catalog.pg_stat_archiver`,
}];

function decode(row: Row): ArchiverFact {
  return {
    mode: requireText(row, "mode"),
    archivedTotal: requireNumber(row, "archived_count"),
    failedTotal: requireNumber(row, "failed_count"),
    lastArchivedAgeSeconds: decodeNumber(row, "last_archived_age"),
    lastFailedAgeSeconds: decodeNumber(row, "last_failed_age"),
  };
}

const mode = defineFamily("archive_mode", {
  help: "Whether WAL is archived in this mode, 0 or 1 (setting archive_mode).",
  labels: ["mode"],
});
const archived = defineFamily("archiver_archived_total", {
  help: "WAL files archived since the statistics were reset (pg_stat_archiver.archived_count).",
});
const failed = defineFamily("archiver_failed_total", {
  help:
    "Failed attempts to archive a WAL file since the statistics were reset (pg_stat_archiver.failed_count).",
});
const archivedAge = defineFamily("archiver_last_archived_age_seconds", {
  help:
    "Seconds since a WAL file was last archived; absent when never (pg_stat_archiver.last_archived_time).",
});
const failedAge = defineFamily("archiver_last_failed_age_seconds", {
  help: "Seconds since archiving last failed; absent when never (pg_stat_archiver.last_failed_time).",
});

/** Reads the archiver's statistics. */
export const archiver: Collector<"archiver"> = {
  name: "archiver",
  help: "WAL files archived and failed, and when last",
  roles: ["primary", "standby"],
  statements,
  families: [mode, archived, failed, archivedAge, failedAge],
  collect: (context) => readFacts(context, { statements, decode }),
  *measure(facts, labels) {
    for (const fact of facts) {
      yield* measureStates(mode, labels, ["off", "on", "always"], fact.mode);
      yield* measure(archived, labels, fact.archivedTotal);
      yield* measure(failed, labels, fact.failedTotal);
      yield* measure(archivedAge, labels, fact.lastArchivedAgeSeconds);
      yield* measure(failedAge, labels, fact.lastFailedAgeSeconds);
    }
  },
};
