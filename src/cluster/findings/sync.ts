/**
 * Synchronous commit: standbys that are missing, and commits that wait for them.
 *
 * @module
 */
import { countOf, formatSeconds } from "../../domain/quantities.ts";
import type { SyncFact } from "../../domain/facts.ts";
import type { View } from "../../domain/view.ts";
import { type SyncStanding, syncStandingOf } from "../topology/sync_names.ts";
import type { Check } from "./check.ts";
import { freshRow, freshRows } from "./view_queries.ts";
import { quoteText } from "../../domain/sql_text.ts";

/** A commit that waits longer than this is felt, seconds. */
const LONG_WAIT_SECONDS = 5;
/** A commit that waits this long is an outage, seconds. */
const VERY_LONG_WAIT_SECONDS = 30;

const syncShort: Check = {
  name: "sync_short",
  title: "Every synchronous standby that commits need is there",
  looksAt: "synchronous_standby_names, pg_stat_replication, sessions that wait for SyncRep",
  reads: ["sync", "senders"],
  severities: ["critical", "warning"],
  meaning:
    "Fewer synchronous standbys stream than synchronous_standby_names demands, so commits wait until one is back: " +
    "critical when some do wait.",
  remedy: "Bring the standby back, or take it out of synchronous_standby_names and reload.",
  *find(view) {
    for (const { server, sync, standing, streaming } of everySync(view)) {
      if (standing.met >= standing.required) continue;
      const { waitingCommits, oldestWaitSeconds, standbyNames, synchronousCommit } = sync;
      yield {
        severity: waitingCommits > 0 ? "critical" : "warning",
        server,
        subject: "",
        summary: waitingCommits > 0
          ? `Commits on "${server}" wait for a synchronous standby that is not there`
          : `Too few synchronous standbys stream from "${server}": commits will wait`,
        evidence: [
          `synchronous_standby_names = ${quoteText(standbyNames)}`,
          `${standing.met} of ${standing.required} required are there`,
          streaming.length === 0 ? "nobody streams" : `streaming: ${streaming.join(", ")}`,
          `${countOf(waitingCommits, "commit")} ${waitingCommits === 1 ? "waits" : "wait"}` +
          (oldestWaitSeconds === null ? "" : `, the oldest for ${formatSeconds(oldestWaitSeconds)}`),
          `synchronous_commit = ${synchronousCommit}`,
        ].join("; "),
        advice:
          "Bring the missing standby back (its application_name must match); to let commits through at once, waiting for " +
          `no standby, on "${server}": ALTER SYSTEM SET synchronous_standby_names = ''; SELECT pg_reload_conf(); to wait ` +
          "for others instead, name them there",
      };
    }
  },
};

const syncNoSpare: Check = {
  name: "sync_no_spare",
  title: "One synchronous standby may leave without a commit having to wait",
  looksAt: "synchronous_standby_names, pg_stat_replication",
  reads: ["sync", "senders"],
  severities: ["info"],
  meaning:
    "As many synchronous standbys stream as are needed and no more: when one leaves, all commits wait.",
  remedy: "Name another standby in synchronous_standby_names.",
  *find(view) {
    for (const { server, sync, standing } of everySync(view)) {
      if (standing.required === 0 || standing.met < standing.required || standing.spare > 0) continue;
      yield {
        severity: "info",
        server,
        subject: "",
        summary: `Every synchronous standby of "${server}" is needed: when one leaves, commits wait`,
        evidence: `synchronous_standby_names = ${
          quoteText(sync.standbyNames)
        }; ${standing.required} required, 0 spare`,
        advice:
          `Add a standby and name it: ALTER SYSTEM SET synchronous_standby_names = 'ANY ${standing.required} (..., another)'; ` +
          "SELECT pg_reload_conf()",
      };
    }
  },
};

const commitsWait: Check = {
  name: "commits_wait",
  title: "No commit waits long for its synchronous standbys",
  looksAt: "sessions that wait for SyncRep in pg_stat_activity",
  reads: ["sync", "senders"],
  severities: ["critical", "warning"],
  meaning:
    "The synchronous standbys are there, but confirm slowly: commits wait for seconds, critical from half a minute.",
  remedy: "Look at the lag of the synchronous standbys and its stage.",
  *find(view) {
    for (const { server, sync, standing } of everySync(view)) {
      const wait = sync.oldestWaitSeconds;
      if (wait === null || wait <= LONG_WAIT_SECONDS || standing.met < standing.required) continue;
      yield {
        severity: wait > VERY_LONG_WAIT_SECONDS ? "critical" : "warning",
        server,
        subject: "",
        summary: `Commits on "${server}" wait ${formatSeconds(wait)} for synchronous standbys that are there`,
        evidence:
          `${countOf(sync.waitingCommits, "commit")} waiting, the oldest for ${
            formatSeconds(wait)
          }; synchronous_commit = ` +
          `${sync.synchronousCommit}; ${standing.met} of ${standing.required} required are there`,
        advice: sync.synchronousCommit === "remote_apply"
          ? "remote_apply waits for replay: look for a paused or blocked replay on the synchronous standbys; on or remote_write waits for less"
          : "Look at the write and flush lag of the synchronous standbys: network, or the disk of pg_wal there",
      };
    }
  },
};

/** Synchronous commit. */
export const syncChecks: readonly Check[] = [syncShort, commitsWait, syncNoSpare];

interface SyncOfServer {
  readonly server: string;
  readonly sync: SyncFact;
  readonly standing: SyncStanding;
  readonly streaming: readonly string[];
}

function* everySync(view: View): Generator<SyncOfServer> {
  for (const server of view.servers) {
    const sync = freshRow(server, "sync");
    const standing = syncStandingOf(server);
    if (sync === null || standing === null) continue;
    const streaming = (freshRows(server, "senders") ?? []).filter(({ state }) => state === "streaming")
      .map(({ applicationName }) => applicationName);
    yield { server: server.server, sync, standing, streaming };
  }
}
