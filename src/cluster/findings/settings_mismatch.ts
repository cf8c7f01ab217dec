/**
 * Settings of a standby that are too small for its primary.
 *
 * @module
 */
import { majorOf } from "../../domain/pg_version.ts";
import type { ServerSnapshot } from "../../domain/view.ts";
import type { Check } from "./check.ts";
import { freshRow, primaryOf } from "./view_queries.ts";

/** From here on a standby pauses replay instead of shutting down. */
const PAUSES_SINCE_MAJOR = 14;

const settingsMismatch: Check = {
  name: "settings_mismatch",
  title:
    "No standby has fewer connections, workers, senders, locks or prepared transactions than its primary",
  looksAt:
    "max_connections, max_worker_processes, max_wal_senders, max_prepared_transactions, max_locks_per_transaction on both",
  reads: ["settings", "wal"],
  severities: ["critical"],
  meaning:
    "A hot standby must have at least what its primary has: else replay stops (14 and later) or the standby shuts down " +
    "(13), and it does not start again.",
  remedy:
    "Raise the setting on the standby and restart it; always raise on standbys first, lower on the primary first.",
  *find(view) {
    for (const server of view.servers) {
      const primary = primaryOf(view, server.server);
      if (server.role !== "standby" || primary === null) continue;
      const [own, its] = [sizesOf(server), sizesOf(primary)];
      if (own === null || its === null) continue;
      const smaller = own.flatMap(([name, value], index) => {
        const needed = its[index]?.[1] ?? value;
        return value < needed ? [{ name, value, needed }] : [];
      });
      if (smaller.length === 0) continue;
      const version = freshRow(server, "server")?.versionNum ?? 0;
      const isPaused = freshRow(server, "recovery")?.pauseState === "paused";
      yield {
        severity: "critical",
        server: server.server,
        subject: "",
        summary: isPaused
          ? `Replay on "${server.server}" has stopped: settings are smaller than on "${primary.server}"`
          : `Standby "${server.server}" has smaller settings than "${primary.server}": its replay will stop`,
        evidence: smaller.map(({ name, value, needed }) =>
          `${name} = ${value}, on the primary ${needed}`
        ).join("; ") + (isPaused ? "; replay is paused" : ""),
        advice: `On "${server.server}": ` +
          smaller.map(({ name, needed }) =>
            `ALTER SYSTEM SET ${name} = ${needed}`
          ).join("; ") +
          "; then restart it" +
          (majorOf(version) >= PAUSES_SINCE_MAJOR ? " (pg_wal_replay_resume() would shut it down)" : ""),
      };
    }
  },
};

/** Settings that must fit. */
export const settingsMismatchChecks: readonly Check[] = [settingsMismatch];

function sizesOf(server: ServerSnapshot): readonly (readonly [name: string, value: number])[] | null {
  const settings = freshRow(server, "settings");
  const wal = freshRow(server, "wal");
  if (settings === null || wal === null) return null;
  return [
    ["max_connections", settings.maxConnections],
    ["max_worker_processes", settings.maxWorkerProcesses],
    ["max_wal_senders", wal.maxSenders],
    ["max_prepared_transactions", settings.maxPreparedTransactions],
    ["max_locks_per_transaction", settings.maxLocksPerTransaction],
  ];
}
