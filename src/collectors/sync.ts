/**
 * Synchronous commit on a primary: whom it is configured to wait for, and who waits now.
 *
 * @module
 */
import type { SyncFact } from "../domain/facts.ts";
import { measure, measureStates } from "../metrics/family.ts";
import { decodeNumber, requireNumber, requireText, type Row } from "../postgres/decode.ts";
import type { Collector, VersionedSql } from "./collector.ts";
import { defineFamily } from "./define_family.ts";
import { readFacts } from "./read_facts.ts";

/*
 * The condition on the setting has no column, so that without synchronous standbys no backend is looked at. Nothing
 * tells when a wait began: the start of the statement that waits (a COMMIT, or a statement that commits itself) is
 * at most its own run time earlier. Workers of logical replication have no statement, only a transaction.
 */
const statements: readonly VersionedSql[] = [{
  sql: `
SELECT pg_catalog.current_setting('synchronous_standby_names') AS standby_names,
  pg_catalog.current_setting('synchronous_commit') AS synchronous_commit,
  pg_catalog.count(*) AS waiting,
  EXTRACT(epoch FROM pg_catalog.max(pg_catalog.clock_timestamp() - COALESCE(query_start, xact_start))) AS oldest_wait
FROM pg_catalog.pg_stat_get_activity(NULL)
WHERE pg_catalog.current_setting('synchronous_standby_names') <> '' AND wait_event = 'SyncRep'`,
}];

function decode(row: Row): SyncFact {
  return {
    standbyNames: requireText(row, "standby_names"),
    synchronousCommit: requireText(row, "synchronous_commit"),
    waitingCommits: requireNumber(row, "waiting"),
    oldestWaitSeconds: decodeNumber(row, "oldest_wait"),
  };
}

const commit = defineFamily("synchronous_commit", {
  help: "Whether new sessions commit with this durability, 0 or 1 (setting synchronous_commit).",
  labels: ["level"],
});
const configured = defineFamily("sync_configured", {
  help: "Whether commits wait for standbys, 0 or 1 (setting synchronous_standby_names is not empty).",
});
const waiting = defineFamily("sync_waiting_commits", {
  help: "Commits that wait for a synchronous standby now (pg_stat_activity.wait_event SyncRep).",
});
const oldestWait = defineFamily("sync_oldest_wait_seconds", {
  help: "Seconds since the statement of the longest waiting commit began; absent when none waits " +
    "(pg_stat_activity.query_start).",
});

/** Reads the settings of synchronous commit and the commits that wait. */
export const sync: Collector<"sync"> = {
  name: "sync",
  help: "Synchronous commit: settings, commits waiting and the oldest wait",
  roles: ["primary"],
  right: "pg_read_all_stats",
  statements,
  families: [commit, configured, waiting, oldestWait],
  collect: (context) => readFacts(context, { statements, decode }),
  *measure(facts, labels) {
    for (const fact of facts) {
      yield* measureStates(
        commit,
        labels,
        ["off", "local", "remote_write", "on", "remote_apply"],
        fact.synchronousCommit,
      );
      yield* measure(configured, labels, fact.standbyNames !== "");
      yield* measure(waiting, labels, fact.waitingCommits);
      yield* measure(oldestWait, labels, fact.oldestWaitSeconds);
    }
  },
};
