/**
 * What holds replay up on a standby that has WAL to apply: a command, a query, or a delay on purpose.
 *
 * @module
 */
import { lsnDistanceBytes } from "../../domain/lsn.ts";
import { formatBytes, formatSeconds } from "../../domain/quantities.ts";
import { ownFacts, ownReceived, pendingBytes, type StandbySituation } from "./situation.ts";
import { behind } from "./sentences.ts";

/** Replay that waits for less than this is at work, seconds. */
const HELD_SECONDS = 2;

/** A query cancelled by replay within this time still tells why replay stands, seconds. */
const RECENT_CONFLICT_SECONDS = 60;

/** Lag beyond the delay by less than this is of the delay's making: clocks differ, and commits come in steps, seconds. */
const DELAY_MARGIN_SECONDS = 5;

/**
 * What holds replay up.
 *
 * A conflict is told by what the replaying process waits for (`wait_event`: RecoveryConflictSnapshot,
 * RecoveryConflictTablespace, a lock, a buffer pin), or, where that may not be seen, by queries that replay has just
 * cancelled. The delay by what it waits for too (RecoveryApplyDelay), or by a lag no longer than the delay.
 *
 * @param situation The standby.
 * @returns The reason and one sentence; null when nothing holds it up, or it does not tell.
 */
export function deriveReplayHold(
  situation: StandbySituation,
): readonly [reason: "paused" | "conflict" | "delayed", text: string] | null {
  const own = ownFacts(situation.own);
  if (own === null) return null;
  const { lag, signs } = situation;
  const received = ownReceived(situation.own);
  const replayed = own.server?.replayPosition ?? null;
  const pending = received === null || replayed === null ? 0 : lsnDistanceBytes(received, replayed);
  const waits = `${formatBytes(pendingBytes(situation))} received and not applied`;
  const pause = own.recovery?.pauseState ?? "not paused";
  if (pause !== "not paused") {
    return [
      "paused",
      `Replay is ${pause === "paused" ? "paused" : "to pause"}: ${waits}${behind(situation, "; ")}`,
    ];
  }
  if (pending === 0) return null;
  const activity = situation.own?.facts.activity?.[0] ?? null;
  const event = activity?.replayWaitEvent ?? null;
  const still = Math.max(signs.replayStillSeconds ?? 0, lag.seconds ?? 0);
  const delay = own.recovery?.applyDelaySeconds ?? 0;
  if (event !== null && isConflict(activity?.replayWaitEventType ?? null, event)) {
    if (still >= HELD_SECONDS) {
      return ["conflict", `Replay waits for a query (${event}): ${waits}${behind(situation, "; ")}`];
    }
  } else if (activity === null && delay === 0 && isRecent(signs.conflictAgoSeconds)) {
    if ((signs.replayStillSeconds ?? 0) >= HELD_SECONDS) {
      return [
        "conflict",
        `Replay has stood still for ${formatSeconds(still)} and has just cancelled queries: ${waits}` +
        behind(situation, "; "),
      ];
    }
  }
  const ofDelay = event === "RecoveryApplyDelay" || lag.seconds === null ||
    lag.seconds <= delay + DELAY_MARGIN_SECONDS;
  if (delay > 0 && ofDelay) {
    return [
      "delayed",
      `Commits are applied ${formatSeconds(delay)} late on purpose (recovery_min_apply_delay): ${waits}` +
      behind(situation, "; "),
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
