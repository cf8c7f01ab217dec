/**
 * Replay that somebody paused and forgot.
 *
 * @module
 */
import { formatBytes, formatSeconds } from "../../domain/quantities.ts";
import type { Check } from "./check.ts";
import { freshRow } from "./view_queries.ts";

const replayPaused: Check = {
  name: "replay_paused",
  title: "Replay is paused nowhere",
  looksAt: "pg_get_wal_replay_pause_state(), before 14 pg_is_wal_replay_paused()",
  reads: ["recovery"],
  severities: ["critical", "warning", "info"],
  meaning:
    "The standby receives WAL but does not apply it: it falls behind and its pg_wal grows. Info while nothing waits to " +
    "be applied, critical after five minutes behind.",
  remedy: "SELECT pg_wal_replay_resume() on the standby.",
  *find(view, { lagCriticalSeconds }) {
    for (const server of view.servers) {
      const state = freshRow(server, "recovery")?.pauseState ?? "not paused";
      if (state === "not paused") continue;
      const lag = view.lags.get(server.server);
      const isBehind = lag?.bytes !== 0;
      yield {
        severity: (lag?.seconds ?? 0) > lagCriticalSeconds ? "critical" : isBehind ? "warning" : "info",
        server: server.server,
        subject: "",
        summary: state === "paused"
          ? `Replay on standby "${server.server}" is paused`
          : `Replay on standby "${server.server}" is about to pause`,
        evidence: [
          `pause state: ${state}`,
          lag === undefined || lag.bytes === null
            ? "what it lacks is not known"
            : `${formatBytes(lag.bytes)} not applied`,
          lag === undefined || lag.seconds === null ? "" : `${formatSeconds(lag.seconds)} behind`,
        ].filter((text) => text !== "").join("; "),
        advice:
          `On "${server.server}": SELECT pg_wal_replay_resume(); when its log says "insufficient parameter settings" ` +
          "instead, see settings_mismatch",
      };
    }
  },
};

/** Paused replay. */
export const replayPauseChecks: readonly Check[] = [replayPaused];
