/**
 * An archiver that fails or cannot keep up.
 *
 * @module
 */
import { formatBytes, formatSeconds } from "../../domain/quantities.ts";
import type { ArchiverFact } from "../../domain/facts.ts";
import type { ServerSnapshot, View } from "../../domain/view.ts";
import type { Check } from "./check.ts";
import { freshRow } from "./view_queries.ts";

/** More files than this are no mere burst. */
const MANY_FILES = 64;

const archiverFailing: Check = {
  name: "archiver_failing",
  title: "Archiving works",
  looksAt: "pg_stat_archiver, archive_status/*.ready",
  reads: ["archiver"],
  severities: ["critical", "warning"],
  meaning:
    "The latest attempt to archive a WAL file failed. Unarchived WAL is never removed, so the disk fills: critical " +
    "with 64 files waiting. Point-in-time recovery and standbys fed from the archive stand still.",
  remedy: "Read the server's log for what archive_command said, and mend it.",
  *find(view) {
    for (const { server, archiver, ready } of everyArchiver(view)) {
      if (!isFailing(archiver)) continue;
      yield {
        severity: (ready ?? 0) >= MANY_FILES ? "critical" : "warning",
        server: server.server,
        subject: "",
        summary: `Archiving on "${server.server}" fails`,
        evidence: [
          `last failure ${formatSeconds(archiver.lastFailedAgeSeconds ?? 0)} ago`,
          archiver.lastArchivedAgeSeconds === null
            ? "never archived since the statistics were reset"
            : `last success ${formatSeconds(archiver.lastArchivedAgeSeconds)} ago`,
          `${archiver.failedTotal} failures in all`,
          tellReady(server, ready),
        ].filter((text) => text !== "").join("; "),
        advice:
          `Read the log of "${server.server}" for what archive_command (or archive_library) said and run it by hand as the ` +
          "server's user; after mending the setting: SELECT pg_reload_conf(); do not delete files in pg_wal",
      };
    }
  },
};

const archiveBacklog: Check = {
  name: "archive_backlog",
  title: "The archiver keeps up",
  looksAt: "archive_status/*.ready (pg_ls_archive_statusdir())",
  reads: ["archiver", "archive_queue"],
  severities: ["warning"],
  meaning:
    "Archiving works, but WAL files are written faster than they are archived: they pile up on the disk.",
  remedy: "Make archive_command faster, compress, or archive in parallel with a backup tool.",
  *find(view) {
    for (const { server, archiver, ready } of everyArchiver(view)) {
      if (isFailing(archiver) || ready === null || ready < MANY_FILES) continue;
      yield {
        severity: "warning",
        server: server.server,
        subject: "",
        summary: `Archiving on "${server.server}" does not keep up`,
        evidence: [
          tellReady(server, ready),
          archiver.lastArchivedAgeSeconds === null
            ? "nothing was archived yet"
            : `last success ${formatSeconds(archiver.lastArchivedAgeSeconds)} ago`,
        ].join("; "),
        advice:
          "Time one run of archive_command; look at the network to the archive; a command that hangs blocks all files " +
          "behind it (SELECT * FROM pg_stat_activity WHERE backend_type = 'archiver')",
      };
    }
  },
};

/** The archiver. */
export const archiverChecks: readonly Check[] = [archiverFailing, archiveBacklog];

function* everyArchiver(view: View): Generator<{
  readonly server: ServerSnapshot;
  readonly archiver: ArchiverFact;
  readonly ready: number | null;
}> {
  for (const server of view.servers) {
    const archiver = freshRow(server, "archiver");
    // On a standby the archiver runs in mode "always" only; the statistics may be those of its time as a primary.
    const runs = archiver !== null &&
      (archiver.mode === "always" || (archiver.mode === "on" && server.role === "primary"));
    if (runs) yield { server, archiver, ready: freshRow(server, "archive_queue")?.readyFiles ?? null };
  }
}

function isFailing({ lastArchivedAgeSeconds, lastFailedAgeSeconds }: ArchiverFact): boolean {
  return lastFailedAgeSeconds !== null && lastFailedAgeSeconds < (lastArchivedAgeSeconds ?? Infinity);
}

function tellReady(server: ServerSnapshot, ready: number | null): string {
  const segment = freshRow(server, "wal")?.segmentBytes;
  if (ready === null) return "";
  return `${ready} files wait` + (segment === undefined ? "" : ` (${formatBytes(ready * segment)})`);
}
