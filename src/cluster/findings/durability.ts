/**
 * Settings that put the data itself at risk.
 *
 * @module
 */
import type { SettingsFact } from "../../domain/facts.ts";
import type { Severity } from "../../domain/finding.ts";
import type { Check } from "./check.ts";
import { clusterOf, freshRow } from "./view_queries.ts";

function settingCheck(
  check: Pick<Check, "name" | "title" | "meaning" | "remedy"> & {
    readonly setting: string;
    readonly severity: Severity;
    readonly isFine: (settings: SettingsFact) => boolean;
    /** Whether the remedy is for the server it is found on alone. */
    readonly isLocal: boolean;
  },
): Check {
  const { name, title, meaning, remedy, setting, severity, isFine, isLocal } = check;
  return {
    name,
    title,
    meaning,
    remedy,
    looksAt: setting,
    reads: ["settings"],
    severities: [severity],
    *find(view) {
      for (const server of view.servers) {
        const settings = freshRow(server, "settings");
        // Checksums come with the primary's pages, and the rest matters most there: one finding is enough.
        if (settings === null || isFine(settings) || server.role !== "primary") continue;
        yield {
          severity,
          server: server.server,
          subject: "",
          summary: `${setting} is off on "${server.server}"`,
          evidence: `${setting} = off: ${meaning.replace(/\.$/, "")}`,
          advice: isLocal ? `On "${server.server}": ${remedy}` : remedy,
        };
      }
    },
  };
}

const walLevelMinimal: Check = {
  name: "wal_level_minimal",
  title: "wal_level allows replication",
  looksAt: "wal_level on the primary",
  reads: ["wal"],
  severities: ["critical", "warning"],
  meaning:
    "With wal_level = minimal nothing can be replicated or archived; critical where standbys are expected.",
  remedy: "ALTER SYSTEM SET wal_level = replica and max_wal_senders = 10 on the primary, then restart it.",
  *find(view) {
    for (const server of view.servers) {
      if (server.role !== "primary" || freshRow(server, "wal")?.level !== "minimal") continue;
      const expected = clusterOf(view, server.server)?.expectedStandbys ?? 0;
      yield {
        severity: expected > 0 ? "critical" : "warning",
        server: server.server,
        subject: "",
        summary: `wal_level = minimal on "${server.server}": nothing can be replicated`,
        evidence: `wal_level = minimal; ${expected} standbys expected`,
        advice:
          `On "${server.server}": ALTER SYSTEM SET wal_level = replica; ALTER SYSTEM SET max_wal_senders = 10; then restart ` +
          "it and make the standbys anew",
      };
    }
  },
};

/** Durability. */
export const durabilityChecks: readonly Check[] = [
  walLevelMinimal,
  settingCheck({
    name: "fsync_off",
    title: "fsync is on",
    setting: "fsync",
    severity: "warning",
    isFine: ({ fsync }) => fsync,
    isLocal: true,
    meaning: "A crash of the host can destroy the whole cluster beyond repair.",
    remedy: "ALTER SYSTEM SET fsync = on; SELECT pg_reload_conf()",
  }),
  settingCheck({
    name: "full_page_writes_off",
    title: "full_page_writes is on",
    setting: "full_page_writes",
    severity: "warning",
    isFine: ({ fullPageWrites }) => fullPageWrites,
    isLocal: true,
    meaning: "Pages torn by a crash cannot be mended, unless the file system never tears pages.",
    remedy: "ALTER SYSTEM SET full_page_writes = on; SELECT pg_reload_conf()",
  }),
  settingCheck({
    name: "checksums_off",
    title: "Data checksums are on",
    setting: "data_checksums",
    severity: "info",
    isFine: ({ dataChecksums }) => dataChecksums,
    isLocal: false,
    meaning: "Damage on the disk goes unnoticed, and pg_rewind needs wal_log_hints = on instead.",
    remedy: "With every server of the cluster stopped cleanly, on each: pg_checksums --enable -D DATADIR",
  }),
];
