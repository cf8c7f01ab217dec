/**
 * Paused replay.
 *
 * @module
 */
import { formatBytes, formatSeconds } from "../../domain/quantities.ts";
import { standsAtTarget } from "../topology/receiver_facts.ts";
import { type Check, joinEvidence, perRow } from "./check.ts";
import { destructive } from "./destructive.ts";
import { livePrimaryOf } from "./view_queries.ts";

/** Paused replay. */
export const replayPauseChecks: readonly Check[] = [{
  name: "replay_paused",
  title: "Replay is not paused on any standby",
  looksAt:
    "pg_get_wal_replay_pause_state(), before 14 pg_is_wal_replay_paused(); recovery_target and similar settings",
  reads: ["recovery"],
  isHidden: ({ facts }) => facts.recovery?.[0]?.pauseState === null,
  severities: ["critical", "warning", "info"],
  grades: "Info while no WAL waits, critical above five minutes of lag; at a recovery target never critical.",
  meaning:
    "Someone paused replay, a standby whose settings are too low paused itself, or recovery has reached its target " +
    "(`recovery_target_action = pause`). A standby still receives WAL but does not " +
    "replay it: its pg_wal grows, reads get older, and a promotion would first have to replay all of it.",
  look: [
    "On the standby: `SELECT pg_get_wal_replay_pause_state();` and its log.",
    "On the standby: `SELECT name, setting FROM pg_settings WHERE name LIKE 'recovery_target%';`",
  ],
  steps: [
    "A recovery target is set (`recovery_target`, `recovery_target_time`, `_xid`, `_lsn` or `_name` is not empty): do not resume it: at the target that ends recovery, and the server becomes a primary, a second one beside the cluster's. Leave it while somebody examines its data. To let it follow its cluster instead: make sure that `standby.signal` is in its data directory, reset the target (`ALTER SYSTEM RESET`, or in its configuration file), set `primary_conninfo`, and restart it.",
    "The log has `recovery has paused` because of `max_connections` or the like: do not resume, raise that setting to the primary's value and restart the standby (`settings_mismatch`).",
    destructive({
      because: "Otherwise somebody paused it",
      checkFirst:
        "who, and why? A backup, or rows that were deleted on the primary since and are still here?",
      step: "on the standby: `SELECT pg_wal_replay_resume();`",
      loses: "what was deleted on the primary since is gone here too.",
    }),
  ],
  find: perRow("recovery", (standby, recovery, view, { lagCriticalSeconds }) => {
    const { server, lag } = standby;
    const { pauseState: state, hasPrimaryConninfo } = recovery;
    if (state === null || state === "not paused") return null;
    const { bytes = null, seconds = null } = lag ?? {};
    const evidence = [
      `pause state: ${state}`,
      bytes === null ? "backlog unknown" : `${formatBytes(bytes)} not replayed`,
      seconds !== null && `${formatSeconds(seconds)} behind`,
    ];
    if (standsAtTarget(standby)) {
      const primary = livePrimaryOf(view, server);
      return {
        severity: bytes === 0 ? "info" : "warning",
        remedy: {
          intent: { kind: "rebuild" },
          before:
            `Do not resume it: at the target pg_wal_replay_resume() ends recovery, and "${server}" becomes a primary` +
            `${
              primary === null ? "" : ` beside "${primary.server}"`
            }. Leave it while somebody examines its data; then, to ` +
            "let it follow its cluster,",
        },
        summary: `Recovery on "${server}" is paused at its target`,
        evidence: joinEvidence(
          "a recovery target is set (recovery_target or a similar setting)",
          ...evidence,
          hasPrimaryConninfo === false && "primary_conninfo is empty, so nothing streams to it",
        ),
        advice:
          `Do not resume it: at the target pg_wal_replay_resume() ends recovery, and "${server}" becomes a primary` +
          `${
            primary === null ? "" : ` beside "${primary.server}"`
          }. Leave it while somebody examines its data; to let it ` +
          `follow its cluster instead, make sure that its data directory has standby.signal, then on "${server}": ` +
          "SELECT name, setting FROM pg_settings WHERE name LIKE 'recovery_target%' AND setting <> ''; reset the one that " +
          "is set (ALTER SYSTEM RESET NAME;), set primary_conninfo if it is empty, and restart it",
      };
    }
    return {
      severity: (seconds ?? 0) > lagCriticalSeconds ? "critical" : bytes === 0 ? "info" : "warning",
      summary: `Replay on standby "${server}" is ${state === "paused" ? "paused" : "about to pause"}`,
      evidence: joinEvidence(...evidence),
      advice: destructive({
        because: "Somebody or something paused it, and no recovery target is set",
        checkFirst:
          "was it paused for a backup, or to keep what was deleted on the primary since? Does its log have " +
          '"recovery has paused because of insufficient parameter settings"? Then see settings_mismatch instead',
        step: `on "${server}": SELECT pg_wal_replay_resume();`,
        loses: "what was deleted on the primary since is gone here too",
      }),
    };
  }),
}];
