/**
 * Paused replay.
 *
 * @module
 */
import { formatBytes, formatSeconds } from "../../domain/quantities.ts";
import { type Check, joinEvidence, perRow } from "./check.ts";

/** Paused replay. */
export const replayPauseChecks: readonly Check[] = [{
  name: "replay_paused",
  title: "Replay is not paused on any standby",
  looksAt: "pg_get_wal_replay_pause_state(), before 14 pg_is_wal_replay_paused()",
  reads: ["recovery"],
  severities: ["critical", "warning", "info"],
  grades: "Info while no WAL waits, critical above five minutes of lag.",
  meaning:
    "Someone paused replay, or a standby whose settings are too low paused itself. It still receives WAL but does not " +
    "replay it: its pg_wal grows, reads get older, and a promotion would first have to replay all of it.",
  look: ["On the standby: `SELECT pg_get_wal_replay_pause_state();` and its log."],
  steps: [
    "The log has `recovery has paused` because of `max_connections` or the like: do not resume, raise that setting to the primary's value and restart the standby (`settings_mismatch`).",
    "Otherwise, on the standby: `SELECT pg_wal_replay_resume();`",
  ],
  find: perRow("recovery", ({ server, lag }, { pauseState: state }, _view, { lagCriticalSeconds }) => {
    if (state === "not paused") return null;
    const { bytes = null, seconds = null } = lag ?? {};
    return {
      severity: (seconds ?? 0) > lagCriticalSeconds ? "critical" : bytes === 0 ? "info" : "warning",
      summary: `Replay on standby "${server}" is ${state === "paused" ? "paused" : "about to pause"}`,
      evidence: joinEvidence(
        `pause state: ${state}`,
        bytes === null ? "backlog unknown" : `${formatBytes(bytes)} not replayed`,
        seconds !== null && `${formatSeconds(seconds)} behind`,
      ),
      advice:
        `On "${server}": SELECT pg_wal_replay_resume(); if its log has "insufficient parameter settings" ` +
        "instead, see settings_mismatch",
    };
  }),
}];
