/**
 * Settings of a standby that are too small for its primary.
 *
 * @module
 */
import { majorOf } from "../../domain/pg_version.ts";
import type { ServerView } from "../../domain/view.ts";
import { type Check, joinEvidence, mayHaveStandbys } from "./check.ts";
import { distinctServers, freshRow, livePrimaryOf } from "./view_queries.ts";

/** From this version on a standby pauses replay instead of shutting down. */
const PAUSES_SINCE_MAJOR = 14;

/** Settings that must match. */
export const settingsMismatchChecks: readonly Check[] = [{
  name: "settings_mismatch",
  title:
    "No standby allows fewer connections, workers, senders, locks or prepared transactions than its primary",
  looksAt:
    "max_connections, max_worker_processes, max_wal_senders, max_prepared_transactions, max_locks_per_transaction on both",
  reads: ["settings", "wal"],
  applies: mayHaveStandbys,
  severities: ["critical"],
  meaning:
    "A hot standby must have at least the primary's value: otherwise replay stops (14 and later) or the standby shuts down " +
    "(13), and it does not start again.",
  steps: [
    "Raise the setting on the standby and restart it; always raise on standbys first, lower on the primary first.",
  ],
  *find(view) {
    for (const server of distinctServers(view)) {
      const primary = livePrimaryOf(view, server.server);
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
      const commands = smaller.map(({ name, needed }) => `ALTER SYSTEM SET ${name} = ${needed}`).join("; ");
      const warning = majorOf(version) >= PAUSES_SINCE_MAJOR
        ? " (pg_wal_replay_resume() would shut it down)"
        : "";
      yield {
        severity: "critical",
        remedy: {
          intent: {
            kind: "set",
            settings: smaller.map(({ name, needed }) => [name, `${needed}`] as const),
            restart: true,
          },
        },
        server: server.server,
        summary: isPaused
          ? `Replay on "${server.server}" has stopped: settings are smaller than on "${primary.server}"`
          : `Standby "${server.server}" has smaller settings than "${primary.server}": its replay will stop`,
        evidence: joinEvidence(
          ...smaller.map(({ name, value, needed }) => `${name} = ${value}, on the primary ${needed}`),
          isPaused && "replay is paused",
        ),
        advice: `On "${server.server}": ${commands}; then restart it${warning}`,
      };
    }
  },
}];

function sizesOf(server: ServerView): readonly (readonly [name: string, value: number])[] | null {
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
