import { decodeNumber, decodeText } from "../postgres/decode.ts";
import { type Collector, defineCollector } from "./collector.ts";

/**
 * Reads the age of the oldest snapshot on a standby, which can delay replay there or vacuum on the primary, and what
 * replay waits for.
 *
 * A session without a snapshot, idle in its transaction or not, delays neither replay nor vacuum. Our own is left out:
 * it has just begun. The startup process replays WAL: its wait event distinguishes a recovery
 * conflict (RecoveryConflictSnapshot, a lock, a pinned buffer) from a delay or a pause (seen on 13 and 18).
 */
export const activity: Collector<"activity"> = defineCollector({
  name: "activity",
  help: "Age of the oldest snapshot on a standby, and what replay waits for",
  roles: ["standby"],
  needs: ["pg_stat_get_activity"],
  right: "pg_read_all_stats",
  sql: `
SELECT EXTRACT(epoch FROM pg_catalog.max(
    CASE WHEN backend_type = 'client backend' AND backend_xmin IS NOT NULL AND pid <> pg_catalog.pg_backend_pid()
      THEN pg_catalog.clock_timestamp() - xact_start END
  )) AS oldest_snapshot,
  pg_catalog.max(CASE WHEN backend_type = 'startup' THEN wait_event_type END) AS replay_wait_event_type,
  pg_catalog.max(CASE WHEN backend_type = 'startup' THEN wait_event END) AS replay_wait_event
FROM pg_catalog.pg_stat_get_activity(NULL)`,
  decode: (row) => ({
    oldestSnapshotSeconds: decodeNumber(row, "oldest_snapshot"),
    replayWaitEventType: decodeText(row, "replay_wait_event_type"),
    replayWaitEvent: decodeText(row, "replay_wait_event"),
  }),
  families: {
    pgrepl_oldest_snapshot_age_seconds: {
      help:
        "Age in seconds of the standby's oldest transaction that holds a snapshot; absent when none does " +
        "(pg_stat_activity.xact_start, backend_xmin).",
      value: (fact) => fact.oldestSnapshotSeconds,
    },
  },
});
