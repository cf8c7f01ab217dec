/**
 * Synchronous commit: standbys that are missing, and commits that wait for them.
 *
 * @module
 */
import type { SyncFact } from "../../domain/facts.ts";
import { countOf, formatSeconds, joinNames } from "../../domain/quantities.ts";
import { quoteText } from "../../domain/sql_text.ts";
import type { ServerSnapshot, View } from "../../domain/view.ts";
import { canConfirm, isSyncCandidate, parseSyncNames, syncStandingOf } from "../topology/sync_names.ts";
import { type Check, joinEvidence, perRow } from "./check.ts";
import { destructive } from "./destructive.ts";
import { freshRows } from "./view_queries.ts";

/** A commit that waits longer than this is felt, seconds. */
const LONG_WAIT_SECONDS = 5;
/** A commit that waits this long is an outage, seconds. */
const VERY_LONG_WAIT_SECONDS = 30;

/** Whether commits wait for standbys somewhere, or may. */
function mayBeSynchronous({ servers }: View): boolean {
  return servers.some(({ role, facts }) => role !== "standby" && facts.sync?.[0]?.standbyNames !== "");
}

/** Synchronous commit. */
export const syncChecks: readonly Check[] = [
  {
    name: "sync_short",
    title: "All required synchronous standbys stream",
    looksAt: "synchronous_standby_names, pg_stat_replication, sessions that wait for SyncRep",
    reads: ["sync", "senders"],
    applies: mayBeSynchronous,
    severities: ["critical", "warning"],
    grades: "Critical when commits wait now.",
    meaning:
      "Fewer synchronous standbys stream than `synchronous_standby_names` requires. Every synchronous commit hangs until one " +
      "is back.",
    look: [
      "`pgrepl_sync_waiting_commits`, `pgrepl_sync_oldest_wait_seconds`",
      "`SHOW synchronous_standby_names;`",
    ],
    steps: [
      "Bring back a standby that is named there.",
      "With `synchronous_commit = remote_apply` a client that never replays (`pg_receivewal`) can never confirm, although it streams: name a standby instead of it, or `ALTER SYSTEM SET synchronous_commit = 'on'; SELECT pg_reload_conf();`, which waits only for flushed WAL.",
      destructive({
        because: "If that takes too long, and it is acceptable that only the primary has what is committed",
        checkFirst:
          "was a named standby promoted? `SELECT pg_is_in_recovery();` on each must be true: otherwise this server must not take writes (`split_brain`).",
        step:
          "on the primary: `ALTER SYSTEM SET synchronous_standby_names = ''; SELECT pg_reload_conf();`, or name those that stream. Set it back as soon as one streams.",
        loses: "what is committed until then is lost if the primary fails.",
      }),
    ],
    find: perRow("sync", (server, sync) => {
      const standing = syncStandingOf(server);
      if (standing === null || standing.met >= standing.required) return null;
      const streaming = streamingOf(server);
      const never = neverConfirming(server, sync);
      const { waitingCommits, oldestWaitSeconds, standbyNames, synchronousCommit } = sync;
      return {
        severity: waitingCommits > 0 ? "critical" : "warning",
        remedy: never.length > 0
          ? {
            intent: { kind: "set", settings: [["synchronous_commit", "on"]] },
            before: `${
              never.join(", ")
            } can never confirm: name a standby that replays instead; or wait only for flushed WAL:`,
          }
          : { intent: { kind: "release_commits" } },
        summary: waitingCommits > 0
          ? `Commits on "${server.server}" wait for a synchronous standby that is missing`
          : `Too few synchronous standbys stream from "${server.server}": commits will wait`,
        evidence: joinEvidence(
          `synchronous_standby_names = ${quoteText(standbyNames)}`,
          `${standing.met} of ${standing.required} required are there`,
          never.length > 0 &&
            `${joinNames(never)} never ${
              never.length === 1 ? "reports" : "report"
            } a replay position, which remote_apply waits for`,
          streaming.length === 0 ? "none streams" : `streaming: ${joinNames(streaming)}`,
          `${countOf(waitingCommits, "commit")} ${waitingCommits === 1 ? "waits" : "wait"}` +
            (oldestWaitSeconds === null ? "" : `, the oldest for ${formatSeconds(oldestWaitSeconds)}`),
          synchronousCommit !== null && `synchronous_commit = ${synchronousCommit}`,
        ),
        advice: (never.length > 0
          ? `In synchronous_standby_names, name a standby that replays instead of ${
            joinNames(never)
          }; or wait only ` +
            `for flushed WAL, on "${server.server}": ALTER SYSTEM SET synchronous_commit = 'on'; SELECT pg_reload_conf(); `
          : "Bring the missing standby back (its application_name must match), or name another one that streams. ") +
          destructive({
            because:
              `Only if "${server.server}" alone may hold what is committed, let commits through at once`,
            checkFirst:
              "no named standby was promoted: SELECT pg_is_in_recovery(); on each of them must say t, or " +
              `"${server.server}" must not take writes, see split_brain`,
            step:
              `on "${server.server}": ALTER SYSTEM SET synchronous_standby_names = ''; SELECT pg_reload_conf(); and ` +
              `as soon as one streams: ALTER SYSTEM SET synchronous_standby_names = ${
                quoteText(standbyNames)
              }; ` +
              "SELECT pg_reload_conf();",
            loses: `what is committed in between is lost if "${server.server}" fails`,
          }),
      };
    }),
  },
  {
    name: "commits_wait",
    title: "No commit waits long for its synchronous standbys",
    looksAt: "sessions that wait for SyncRep in pg_stat_activity",
    reads: ["sync", "senders"],
    applies: mayBeSynchronous,
    severities: ["critical", "warning"],
    grades: "Warning above five seconds, critical above half a minute.",
    meaning:
      "Clients hang in COMMIT although enough synchronous standbys stream: one of them confirms slowly or not at all.",
    look: [
      "`pgrepl_sender_lag_bytes` of the synchronous standbys, by stage.",
      "`SHOW synchronous_commit;`: `remote_apply` waits for replay too.",
    ],
    steps: [
      "Find the synchronous standby that lags and its stage, and fix the cause (`half_open`, `replay_paused`, `lag_high`).",
      "Otherwise follow `sync_short`.",
    ],
    find: perRow("sync", (server, sync) => {
      const standing = syncStandingOf(server);
      const wait = sync.oldestWaitSeconds;
      if (wait === null || wait <= LONG_WAIT_SECONDS) return null;
      if (standing === null || standing.met < standing.required) return null;
      const waits = formatSeconds(wait);
      return {
        severity: wait > VERY_LONG_WAIT_SECONDS ? "critical" : "warning",
        summary: `Commits on "${server.server}" wait ${waits} for synchronous standbys that are there`,
        evidence: joinEvidence(
          `${countOf(sync.waitingCommits, "commit")} waiting, the oldest for ${waits}`,
          sync.synchronousCommit !== null && `synchronous_commit = ${sync.synchronousCommit}`,
          `${standing.met} of ${standing.required} required are there`,
        ),
        advice: sync.synchronousCommit === "remote_apply"
          ? "remote_apply waits for replay: look for a paused or blocked replay on the synchronous standbys; on or remote_write waits for less"
          : "Look at the write and flush lag of the synchronous standbys: network, or the disk of pg_wal there",
      };
    }),
  },
  {
    name: "sync_no_spare",
    title: "One synchronous standby can fail without blocking commits",
    looksAt: "synchronous_standby_names, pg_stat_replication",
    reads: ["sync", "senders"],
    applies: mayBeSynchronous,
    severities: ["info"],
    meaning:
      "Exactly as many synchronous standbys stream as are required: when one disconnects, all commits wait.",
    steps: ["Name another standby in `synchronous_standby_names`."],
    find: perRow("sync", (server, { standbyNames }) => {
      const standing = syncStandingOf(server);
      if (standing === null || standing.required === 0) return null;
      if (standing.met < standing.required || standing.spare > 0) return null;
      return {
        severity: "info",
        remedy: {
          intent: {
            kind: "add_synchronous",
            required: standing.required,
            standbys: (freshRows(server, "senders") ?? [])
              .filter(({ kind, state }) => kind === "standby" && state === "streaming")
              .map(({ applicationName }) => applicationName),
          },
        },
        summary:
          `"${server.server}" requires all its synchronous standbys: when one disconnects, commits wait`,
        evidence: joinEvidence(
          `synchronous_standby_names = ${quoteText(standbyNames)}`,
          `${standing.required} required, 0 spare`,
        ),
        advice:
          `Add a standby and name it, on "${server.server}": ALTER SYSTEM SET synchronous_standby_names = ` +
          `'ANY ${standing.required} (..., another)'; SELECT pg_reload_conf();`,
      };
    }),
  },
];

/** Named senders that stream but can never confirm the level that commits ask for. */
function neverConfirming(
  server: ServerSnapshot,
  { standbyNames, synchronousCommit }: SyncFact,
): readonly string[] {
  const names = parseSyncNames(standbyNames);
  return (freshRows(server, "senders") ?? [])
    .filter((each) =>
      each.state === "streaming" && isSyncCandidate(names, each.applicationName) &&
      !canConfirm(each, synchronousCommit)
    )
    .map(({ applicationName }) => applicationName);
}

function streamingOf(server: ServerSnapshot): readonly string[] {
  return (freshRows(server, "senders") ?? []).filter(({ state }) => state === "streaming")
    .map(({ applicationName }) => applicationName);
}
