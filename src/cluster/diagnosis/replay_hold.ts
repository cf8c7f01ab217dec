/**
 * What holds back replay on a standby that has WAL to apply: a pause, a query, or `recovery_min_apply_delay`.
 *
 * @module
 */
import { formatSeconds } from "../../domain/quantities.ts";
import type { StandbyContext } from "../standby_context.ts";
import { receivedPosition, standsAtTarget } from "../topology/receiver_facts.ts";
import { behind, notApplied } from "./sentences.ts";

/** Replay that waits for less than this counts as working, seconds. */
const HELD_SECONDS = 2;

/** A query cancelled by replay within this time still explains why replay waits, seconds. */
const RECENT_CONFLICT_SECONDS = 60;

/** Lag up to this much beyond the delay is still due to the delay: clocks differ, and commits come in bursts, seconds. */
const DELAY_MARGIN_SECONDS = 5;

/**
 * What holds back replay.
 *
 * A conflict shows in the `wait_event` of the startup process (RecoveryConflictSnapshot, RecoveryConflictTablespace, a
 * lock, a buffer pin), or, where that is not readable, in queries that replay has just cancelled. A delay shows in it too
 * (RecoveryApplyDelay), or in a lag no longer than the delay.
 *
 * @returns The reason and one sentence; null when nothing holds it back, or that is unknown.
 */
export function deriveReplayHold(
  standby: StandbyContext,
): readonly [reason: "paused" | "conflict" | "delayed", text: string] | null {
  const { fact, recovery, lag, observations } = standby;
  if (standby.own?.up !== true) return null;
  const waits = notApplied(standby);
  const pause = recovery?.pauseState ?? "not paused";
  if (standsAtTarget(standby.own)) {
    const streams = recovery?.hasPrimaryConninfo === false
      ? ", and nothing streams to it, as it has no primary_conninfo"
      : "";
    return [
      "paused",
      `Replay is paused at its recovery target${streams}: resuming it ends recovery; ${waits}${
        behind(standby, "; ")
      }`,
    ];
  }
  if (pause !== "not paused") {
    return [
      "paused",
      `Replay is ${pause === "paused" ? "paused" : "about to pause"}: ${waits}${behind(standby, "; ")}`,
    ];
  }
  const received = receivedPosition(standby.own);
  if (received === null || fact?.replayPosition === null || received === fact?.replayPosition) return null;
  const activity = standby.own.facts.activity?.[0] ?? null;
  const event = activity?.replayWaitEvent ?? null;
  const still = Math.max(observations.replayStillSeconds ?? 0, lag.seconds ?? 0);
  const delay = recovery?.applyDelaySeconds ?? 0;
  if (event !== null && isConflict(activity?.replayWaitEventType ?? null, event)) {
    if (still >= HELD_SECONDS) {
      return ["conflict", `Replay waits for a query (${event}): ${waits}${behind(standby, "; ")}`];
    }
  } else if (activity === null && delay === 0 && isRecent(observations.conflictAgoSeconds)) {
    if ((observations.replayStillSeconds ?? 0) >= HELD_SECONDS) {
      return [
        "conflict",
        `Replay has stood still for ${formatSeconds(still)} and has just cancelled queries: ${waits}` +
        behind(standby, "; "),
      ];
    }
  }
  const ofDelay = event === "RecoveryApplyDelay" || lag.seconds === null ||
    lag.seconds <= delay + DELAY_MARGIN_SECONDS;
  if (delay > 0 && ofDelay) {
    return [
      "delayed",
      `Commits are applied ${formatSeconds(delay)} late on purpose (recovery_min_apply_delay): ${waits}` +
      behind(standby, "; "),
    ];
  }
  return null;
}

function isConflict(type: string | null, event: string): boolean {
  return event.startsWith("RecoveryConflict") || type === "Lock" || type === "BufferPin";
}

function isRecent(ago: number | null): boolean {
  return ago !== null && ago <= RECENT_CONFLICT_SECONDS;
}
