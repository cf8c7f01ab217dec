import { decodeNumber, decodeText, requireNumber, requireText } from "../postgres/decode.ts";
import { type Collector, defineCollector, serverSetting } from "./collector.ts";

/**
 * Reads the settings of synchronous commit on a primary, and the commits that wait for a standby.
 *
 * The condition on the setting reads no column, so without synchronous standbys no backend is read. The start of a
 * wait is not recorded: the start of the statement that waits (a COMMIT, or a statement that commits itself) is
 * earlier by at most its own run time. Workers of logical replication have no statement, only a transaction.
 */
export const sync: Collector<"sync"> = defineCollector({
  name: "sync",
  help: "Synchronous commit: settings, waiting commits and the oldest wait",
  roles: ["primary"],
  right: "pg_read_all_stats",
  needs: ["current_setting", "pg_stat_get_activity"],
  sql: `
SELECT pg_catalog.current_setting('synchronous_standby_names') AS standby_names,
  ${serverSetting("synchronous_commit")} AS synchronous_commit,
  pg_catalog.count(*) AS waiting,
  EXTRACT(epoch FROM pg_catalog.max(pg_catalog.clock_timestamp() - COALESCE(query_start, xact_start))) AS oldest_wait
FROM pg_catalog.pg_stat_get_activity(NULL)
WHERE pg_catalog.current_setting('synchronous_standby_names') <> '' AND wait_event = 'SyncRep'`,
  decode: (row) => ({
    standbyNames: requireText(row, "standby_names"),
    synchronousCommit: decodeText(row, "synchronous_commit"),
    waitingCommits: requireNumber(row, "waiting"),
    oldestWaitSeconds: decodeNumber(row, "oldest_wait"),
  }),
  families: {
    pgrepl_synchronous_commit: {
      help: "Whether new sessions commit at this level, 0 or 1 (setting synchronous_commit).",
      label: "level",
      states: ["off", "local", "remote_write", "on", "remote_apply"],
      state: (fact) => fact.synchronousCommit,
    },
    pgrepl_sync_configured: {
      help: "Whether commits wait for standbys, 0 or 1 (setting synchronous_standby_names is not empty).",
      value: (fact) => fact.standbyNames !== "",
    },
    pgrepl_sync_waiting_commits: {
      help: "Commits waiting for a synchronous standby (pg_stat_activity.wait_event SyncRep).",
      value: (fact) => fact.waitingCommits,
    },
    pgrepl_sync_oldest_wait_seconds: {
      help: "Seconds since the statement of the longest-waiting commit began; absent when none waits " +
        "(pg_stat_activity.query_start).",
      value: (fact) => fact.oldestWaitSeconds,
    },
  },
});
