/**
 * Queries on a standby that hold something up, replay there or vacuum on the primary, and what replay waits for.
 *
 * @module
 */
import type { ActivityFact } from "../domain/facts.ts";
import { measure } from "../metrics/family.ts";
import { decodeNumber, decodeText, type Row } from "../postgres/decode.ts";
import type { Collector, VersionedSql } from "./collector.ts";
import { defineFamily } from "./define_family.ts";
import { readFacts } from "./read_facts.ts";

/*
 * A session without a snapshot, idle in its transaction or not, stands in nobody's way. Our own has just begun. The
 * startup process is the one that replays; what it waits for tells a recovery conflict (RecoveryConflictSnapshot, a
 * lock, a pinned buffer) from a delay or a pause (seen on 13 and 18).
 */
const statements: readonly VersionedSql[] = [{
  sql: `
SELECT EXTRACT(epoch FROM pg_catalog.max(
    CASE WHEN backend_type = 'client backend' AND backend_xmin IS NOT NULL AND pid <> pg_catalog.pg_backend_pid()
      THEN pg_catalog.clock_timestamp() - xact_start END
  )) AS oldest_snapshot,
  pg_catalog.max(CASE WHEN backend_type = 'startup' THEN wait_event_type END) AS replay_wait_event_type,
  pg_catalog.max(CASE WHEN backend_type = 'startup' THEN wait_event END) AS replay_wait_event
FROM pg_catalog.pg_stat_get_activity(NULL)`,
}];

function decode(row: Row): ActivityFact {
  return {
    oldestSnapshotSeconds: decodeNumber(row, "oldest_snapshot"),
    replayWaitEventType: decodeText(row, "replay_wait_event_type"),
    replayWaitEvent: decodeText(row, "replay_wait_event"),
  };
}

const oldestSnapshot = defineFamily("oldest_snapshot_age_seconds", {
  help:
    "Age of the oldest transaction on the standby that holds a snapshot, in seconds; absent when none does " +
    "(pg_stat_activity.xact_start, backend_xmin).",
});

/** Reads the age of the oldest snapshot. */
export const activity: Collector<"activity"> = {
  name: "activity",
  help: "The longest running query of a standby",
  roles: ["standby"],
  right: "pg_read_all_stats",
  statements,
  families: [oldestSnapshot],
  collect: (context) => readFacts(context, { statements, decode }),
  *measure(facts, labels) {
    for (const fact of facts) yield* measure(oldestSnapshot, labels, fact.oldestSnapshotSeconds);
  },
};
