import { decodeBoolean, decodeLabel, decodeText, requireBoolean, requireNumber } from "../postgres/decode.ts";
import { type Collector, defineCollector } from "./collector.ts";

/**
 * The pause functions fail outside recovery, so the condition comes first and a promoted server yields no row. The
 * text of restore_command and primary_conninfo may hold secrets and is not read; whether primary_conninfo is set
 * can be read only with pg_read_all_settings. A time setting prints with its unit ("250ms", "4min", "1d"), which interval understands.
 */
function selectRecovery(pauseState: string): string {
  return `
SELECT ${pauseState} AS pause_state,
  EXTRACT(epoch FROM pg_catalog.current_setting('recovery_min_apply_delay')::pg_catalog.interval) AS apply_delay,
  pg_catalog.current_setting('hot_standby_feedback') AS hot_standby_feedback,
  pg_catalog.current_setting('primary_slot_name') AS primary_slot_name,
  pg_catalog.current_setting('restore_command') <> '' AS has_restore_command,
  ROW(pg_catalog.current_setting('recovery_target'), pg_catalog.current_setting('recovery_target_time'),
    pg_catalog.current_setting('recovery_target_xid'), pg_catalog.current_setting('recovery_target_lsn'),
    pg_catalog.current_setting('recovery_target_name')) <> ROW('', '', '', '', '') AS has_recovery_target,
  CASE WHEN pg_catalog.pg_has_role('pg_read_all_settings', 'USAGE')
    THEN pg_catalog.current_setting('primary_conninfo') <> '' END AS has_primary_conninfo
WHERE pg_catalog.pg_is_in_recovery()`;
}

const PAUSE_STATES = ["not paused", "pause requested", "paused"] as const;

function parsePauseState(text: string | null): typeof PAUSE_STATES[number] | null {
  if (text === null) return null;
  const pauseState = PAUSE_STATES.find((state) => state === text);
  if (pauseState !== undefined) return pauseState;
  const expected = PAUSE_STATES.join(", ");
  throw new TypeError(`Cannot decode column "pause_state": expected one of ${expected}, got "${text}"`);
}

/** Reads whether replay on a standby is paused or deliberately delayed, and the settings of recovery. */
export const recovery: Collector<"recovery"> = defineCollector({
  name: "recovery",
  help: "Replay pause, apply delay and recovery settings of a standby",
  roles: ["standby"],
  sql: [
    // Before 14 the only function reports the request: replay may still be finishing a record.
    {
      until: 140000,
      sql: selectRecovery(
        "CASE pg_catalog.pg_is_wal_replay_paused() WHEN true THEN 'paused' WHEN false THEN 'not paused' END",
      ),
    },
    { from: 140000, sql: selectRecovery("pg_catalog.pg_get_wal_replay_pause_state()") },
  ],
  needs: ["pg_is_in_recovery", "current_setting"],
  // "recovery is not in progress": promoted between the condition and the pause function, so no longer a standby.
  emptyOn: "55000",
  decode: (row) => ({
    pauseState: parsePauseState(decodeText(row, "pause_state")),
    applyDelaySeconds: requireNumber(row, "apply_delay"),
    hotStandbyFeedback: requireBoolean(row, "hot_standby_feedback"),
    primarySlotName: decodeLabel(row, "primary_slot_name"),
    hasRestoreCommand: requireBoolean(row, "has_restore_command"),
    hasRecoveryTarget: requireBoolean(row, "has_recovery_target"),
    hasPrimaryConninfo: decodeBoolean(row, "has_primary_conninfo"),
  }),
  families: {
    pgrepl_replay_pause_state: {
      help: "Whether replay is in this state, 0 or 1: not_paused, pause_requested, paused " +
        "(pg_get_wal_replay_pause_state(); before PostgreSQL 14 pg_is_wal_replay_paused()).",
      label: "state",
      states: PAUSE_STATES.map((state) => state.replace(" ", "_")),
      state: (fact) => fact.pauseState?.replace(" ", "_") ?? null,
    },
    pgrepl_replay_apply_delay_seconds: {
      help: "Seconds by which replay of commits is delayed on purpose (setting recovery_min_apply_delay).",
      value: (fact) => fact.applyDelaySeconds,
    },
    pgrepl_hot_standby_feedback: {
      help: "Whether this standby reports to its upstream which rows its queries need, 0 or 1 " +
        "(setting hot_standby_feedback).",
      value: (fact) => fact.hotStandbyFeedback,
    },
    pgrepl_restore_command_configured: {
      help: "Whether WAL can also come from an archive, 0 or 1 (setting restore_command is not empty).",
      value: (fact) => fact.hasRestoreCommand,
    },
  },
});
