/**
 * Settings that put the data itself at risk.
 *
 * @module
 */
import type { SettingsFact } from "../../domain/facts.ts";
import type { Severity } from "../../domain/finding.ts";
import type { Intent } from "../managers/remedy.ts";
import { type Check, joinEvidence, perRow } from "./check.ts";
import { destructive } from "./destructive.ts";
import { clusterOf } from "./view_queries.ts";

interface RiskySetting extends Pick<Check, "name" | "title"> {
  readonly setting: string;
  readonly severity: Severity;
  readonly isOn: (settings: SettingsFact) => boolean;
  /** What its being off risks; no full stop. */
  readonly risk: string;
  readonly fix: string;
  /** What that wants done. */
  readonly intent: Intent;
  /** Whether the fix is for every server of the cluster, not only for the primary. */
  readonly isForAll?: boolean;
}

function settingCheck(
  { name, title, setting, severity, isOn, risk, fix, intent, isForAll = false }: RiskySetting,
): Check {
  return {
    name,
    title,
    looksAt: setting,
    reads: ["settings"],
    severities: [severity],
    meaning: `${risk}.`,
    steps: [fix],
    find: perRow("settings", ({ server, role }, settings) => {
      // Checksums come with the primary's pages, and the rest matters most there: one finding is enough.
      if (isOn(settings) || role !== "primary") return null;
      return {
        severity,
        remedy: { intent },
        summary: `${setting} is off on "${server}"`,
        evidence: `${setting} = off: ${risk}`,
        advice: isForAll ? fix : `On "${server}": ${fix}`,
      };
    }),
  };
}

/** Durability. */
export const durabilityChecks: readonly Check[] = [
  {
    name: "wal_level_minimal",
    title: "wal_level allows replication",
    looksAt: "wal_level on the primary",
    reads: ["wal"],
    severities: ["critical", "warning"],
    grades: "Critical where standbys are expected.",
    meaning: "With wal_level = minimal nothing can be replicated or archived.",
    steps: [
      "ALTER SYSTEM SET wal_level = replica and max_wal_senders = 10 on the primary, then restart it.",
    ],
    find: perRow("wal", ({ server, role }, { level }, view) => {
      if (role !== "primary" || level !== "minimal") return null;
      const expected = clusterOf(view, server)?.expectedStandbys ?? 0;
      return {
        severity: expected > 0 ? "critical" : "warning",
        remedy: {
          intent: {
            kind: "set",
            settings: [["wal_level", "replica"], ["max_wal_senders", "10"]],
            restart: true,
          },
        },
        summary: `wal_level = minimal on "${server}": nothing can be replicated`,
        evidence: joinEvidence("wal_level = minimal", `${expected} standbys expected`),
        advice:
          `On "${server}": ALTER SYSTEM SET wal_level = replica; ALTER SYSTEM SET max_wal_senders = 10; then restart ` +
          'it; a standby whose log has "WAL was generated with wal_level=minimal" must be rebuilt, see wal_removed',
      };
    }),
  },
  settingCheck({
    name: "fsync_off",
    title: "fsync is on",
    setting: "fsync",
    severity: "warning",
    isOn: ({ fsync }) => fsync,
    risk: "A crash of the host can destroy the whole cluster beyond repair",
    fix: "ALTER SYSTEM SET fsync = on; SELECT pg_reload_conf();",
    intent: { kind: "set", settings: [["fsync", "on"]] },
  }),
  settingCheck({
    name: "full_page_writes_off",
    title: "full_page_writes is on",
    setting: "full_page_writes",
    severity: "warning",
    isOn: ({ fullPageWrites }) => fullPageWrites,
    risk: "Pages torn by a crash cannot be repaired, unless the file system never tears pages",
    fix: "ALTER SYSTEM SET full_page_writes = on; SELECT pg_reload_conf();",
    intent: { kind: "set", settings: [["full_page_writes", "on"]] },
  }),
  settingCheck({
    name: "checksums_off",
    title: "Data checksums are on",
    setting: "data_checksums",
    severity: "info",
    isOn: ({ dataChecksums }) => dataChecksums,
    risk: "Damage on the disk goes unnoticed, and pg_rewind needs wal_log_hints = on instead",
    fix: destructive({
      because: "Checksums are written while the servers are stopped, and must be on or off on all of them",
      checkFirst:
        "the others have received everything: stop the primary first, then the others, each cleanly",
      step: "on each: pg_checksums --enable -D DATADIR, and start them, the primary first",
      loses: "the cluster is down for as long as its data takes to be read and written",
    }),
    intent: { kind: "enable_checksums" },
    isForAll: true,
  }),
];
