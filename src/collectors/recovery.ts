/**
 * Recovery on a standby: whether replay is paused or delayed on purpose, and what recovery is configured to do.
 *
 * @module
 */
import type { RecoveryFact } from "../domain/facts.ts";
import { measure, measureStates } from "../metrics/family.ts";
import { decodeLabel, requireBoolean, requireNumber, requireText, type Row } from "../postgres/decode.ts";
import { PostgresError } from "../postgres/errors.ts";
import type { Collector, VersionedSql } from "./collector.ts";
import { defineFamily } from "./define_family.ts";
import { readFacts } from "./read_facts.ts";

/*
 * The pause functions fail outside recovery, so the condition comes first and a promoted server yields no row. The
 * text of restore_command and primary_conninfo may hold secrets and is not read. A time setting prints with its
 * unit ("250ms", "4min", "1d"), which interval understands.
 */
function statement(pauseState: string): string {
  return `
SELECT ${pauseState} AS pause_state,
  EXTRACT(epoch FROM pg_catalog.current_setting('recovery_min_apply_delay')::pg_catalog.interval) AS apply_delay,
  pg_catalog.current_setting('hot_standby_feedback') AS hot_standby_feedback,
  pg_catalog.current_setting('primary_slot_name') AS primary_slot_name,
  pg_catalog.current_setting('restore_command') <> '' AS has_restore_command
WHERE pg_catalog.pg_is_in_recovery()`;
}

const statements: readonly VersionedSql[] = [
  // Before 14 the only function tells what was requested: the replay may still finish a record.
  {
    until: 140000,
    sql: statement("CASE WHEN pg_catalog.pg_is_wal_replay_paused() THEN 'paused' ELSE 'not paused' END"),
  },
  { from: 140000, sql: statement("pg_catalog.pg_get_wal_replay_pause_state()") },
];

const PAUSE_STATES = ["not paused", "pause requested", "paused"] as const;

/** `object_not_in_prerequisite_state`: "recovery is not in progress". */
const NOT_IN_RECOVERY = "55000";

function decode(row: Row): RecoveryFact {
  const text = requireText(row, "pause_state");
  const pauseState = PAUSE_STATES.find((state) => state === text);
  if (pauseState === undefined) {
    throw new TypeError(
      `Cannot decode column "pause_state": expected one of ${PAUSE_STATES.join(", ")}, got "${text}"`,
    );
  }
  return {
    pauseState,
    applyDelaySeconds: requireNumber(row, "apply_delay"),
    hotStandbyFeedback: requireBoolean(row, "hot_standby_feedback"),
    primarySlotName: decodeLabel(row, "primary_slot_name"),
    hasRestoreCommand: requireBoolean(row, "has_restore_command"),
  };
}

const pause = defineFamily("replay_pause_state", {
  help: "Whether replay is in this state, 0 or 1: not_paused, pause_requested, paused " +
    "(pg_get_wal_replay_pause_state(); before PostgreSQL 14 pg_is_wal_replay_paused()).",
  labels: ["state"],
});
const applyDelay = defineFamily("replay_apply_delay_seconds", {
  help: "Seconds by which commits are replayed late on purpose (setting recovery_min_apply_delay).",
});
const feedback = defineFamily("hot_standby_feedback", {
  help:
    "Whether this standby tells its upstream which rows its queries need, 0 or 1 (setting hot_standby_feedback).",
});
const restoreCommand = defineFamily("restore_command_configured", {
  help: "Whether WAL can also come from an archive, 0 or 1 (setting restore_command is not empty).",
});

/** Reads the state and the settings of recovery. */
export const recovery: Collector<"recovery"> = {
  name: "recovery",
  help: "Replay pause, apply delay and recovery settings of a standby",
  roles: ["standby"],
  statements,
  families: [pause, applyDelay, feedback, restoreCommand],
  async *collect(context) {
    try {
      yield* readFacts(context, { statements, decode });
    } catch (error) {
      // Promoted in the instant between the condition and the pause function: no longer a standby, no fact.
      if (error instanceof PostgresError && error.sqlstate === NOT_IN_RECOVERY) return;
      throw error;
    }
  },
  *measure(facts, labels) {
    for (const fact of facts) {
      const states = PAUSE_STATES.map((state) => state.replace(" ", "_"));
      yield* measureStates(pause, labels, states, fact.pauseState.replace(" ", "_"));
      yield* measure(applyDelay, labels, fact.applyDelaySeconds);
      yield* measure(feedback, labels, fact.hotStandbyFeedback);
      yield* measure(restoreCommand, labels, fact.hasRestoreCommand);
    }
  },
};
