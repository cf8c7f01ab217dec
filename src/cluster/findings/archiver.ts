/**
 * Archivers that fail or do not keep up.
 *
 * @module
 */
import { formatBytes, formatSeconds } from "../../domain/quantities.ts";
import type { ArchiverFact } from "../../domain/facts.ts";
import type { ServerSnapshot } from "../../domain/view.ts";
import { type Check, joinEvidence, perRow } from "./check.ts";
import { freshRow } from "./view_queries.ts";

/** More files than this are more than a burst. */
const MANY_FILES = 64;

/** The archiver. */
export const archiverChecks: readonly Check[] = [
  {
    name: "archiver_failing",
    title: "Archiving succeeds",
    looksAt: "pg_stat_archiver, archive_status/*.ready",
    reads: ["archiver"],
    severities: ["critical", "warning"],
    grades: "Critical from 64 waiting files.",
    meaning:
      "The latest attempt to archive a WAL file failed. Unarchived WAL is never removed, so the disk fills. Backups " +
      "have a gap; point-in-time recovery and standbys that follow the archive stop there.",
    look: [
      "`SELECT * FROM pg_stat_archiver;` and the server's log.",
      "`pgrepl_archive_ready_files`",
    ],
    steps: [
      "Read the server's log for the error of `archive_command`, and fix the cause.",
      "Run `archive_command` by hand as the server's user; check space and permissions at its destination.",
      "Do not delete files in `pg_wal`.",
    ],
    find: perRow("archiver", (server, archiver) => {
      const ready = readyFiles(server);
      if (!isRunning(server, archiver) || !isFailing(archiver)) return null;
      return {
        severity: (ready ?? 0) >= MANY_FILES ? "critical" : "warning",
        remedy: {
          intent: { kind: "set", settings: [["archive_command", "COMMAND"]] },
          before:
            `Read the log of "${server.server}" for the error of archive_command (or archive_library) and run it by hand ` +
            "as the server's user; if the setting must change:",
          after: "do not delete files in pg_wal",
        },
        summary: `Archiving on "${server.server}" fails`,
        evidence: joinEvidence(
          `last failure ${formatSeconds(archiver.lastFailedAgeSeconds ?? 0)} ago`,
          lastSuccess(archiver) ?? "never archived since the statistics were reset",
          `${archiver.failedTotal} failures in total`,
          describeReady(server, ready),
        ),
        advice:
          `Read the log of "${server.server}" for the error of archive_command (or archive_library) and run it by hand ` +
          `as the server's user; after correcting the setting, on "${server.server}": SELECT pg_reload_conf(); do not ` +
          "delete files in pg_wal",
      };
    }),
  },
  {
    name: "archive_backlog",
    title: "The archiver keeps up",
    looksAt: "archive_status/*.ready (pg_ls_archive_statusdir())",
    reads: ["archiver", "archive_queue"],
    severities: ["warning"],
    meaning: "WAL files are written faster than they are archived: they pile up on the disk.",
    look: ["`rate(pgrepl_archiver_archived_total[5m])` against `pg_wal_generation_rate`"],
    steps: [
      "Make `archive_command` faster, compress, or archive several files in parallel with a backup tool.",
    ],
    find: perRow("archiver", (server, archiver) => {
      const ready = readyFiles(server);
      if (!isRunning(server, archiver) || isFailing(archiver) || (ready ?? 0) < MANY_FILES) return null;
      return {
        severity: "warning",
        summary: `Archiving on "${server.server}" does not keep up`,
        evidence: joinEvidence(
          describeReady(server, ready),
          lastSuccess(archiver) ?? "nothing has been archived yet",
        ),
        advice:
          "Time one run of archive_command; look at the network to the archive; a command that hangs blocks all files " +
          "behind it: ps shows it as a child of the archiver",
      };
    }),
  },
];

/** On a standby it runs in mode "always" only; the statistics may date from its time as a primary. */
function isRunning({ role }: ServerSnapshot, { mode }: ArchiverFact): boolean {
  return mode === "always" || (mode === "on" && role === "primary");
}

function readyFiles(server: ServerSnapshot): number | null {
  return freshRow(server, "archive_queue")?.readyFiles ?? null;
}

function isFailing({ lastArchivedAgeSeconds, lastFailedAgeSeconds }: ArchiverFact): boolean {
  return lastFailedAgeSeconds !== null && lastFailedAgeSeconds < (lastArchivedAgeSeconds ?? Infinity);
}

function lastSuccess({ lastArchivedAgeSeconds: age }: ArchiverFact): string | null {
  return age === null ? null : `last success ${formatSeconds(age)} ago`;
}

function describeReady(server: ServerSnapshot, ready: number | null): string {
  const segment = freshRow(server, "wal")?.segmentBytes;
  if (ready === null) return "";
  return `${ready} files wait` + (segment === undefined ? "" : ` (${formatBytes(ready * segment)})`);
}
