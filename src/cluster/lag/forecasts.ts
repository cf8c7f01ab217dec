/**
 * Where things are going at the present rates: when a standby has caught up, when a slot is lost.
 *
 * Rates are means over a window, so that one quiet interval, or one busy one, does not turn
 * a forecast over: {@linkcode CATCH_UP_WINDOW_SECONDS} for catching up, {@linkcode SLOT_WINDOW_SECONDS} for slots.
 *
 * @module
 */
import { isLostSlot } from "../../domain/slot.ts";
import type { ServerSnapshot } from "../../domain/view.ts";
import type { ServerMemory } from "../memory/server_memory.ts";
import type { SlotForecast, StandbyReason, StandbyView } from "../../domain/standby.ts";

/** Window of the rates that a catch-up is forecast from, seconds: two intervals of collection by default. */
export const CATCH_UP_WINDOW_SECONDS = 30;

/** Window of the rates that the loss of a slot is forecast from, seconds. */
export const SLOT_WINDOW_SECONDS = 300;

/** Behind by no more than this a standby keeps pace, seconds: what is under way, and the grain of the lag clock. */
const PACE_SECONDS = 3;

/** Reasons for which nothing comes, or nothing is applied, whatever the rates of the last half minute were. */
const AT_A_STAND: ReadonlySet<StandbyReason> = new Set([
  "paused",
  "conflict",
  "disconnected",
  "half_open",
  "unreachable",
  "stranded",
  "lost",
]);

/** What a catch-up is forecast from. */
export interface CatchUpInput {
  /** Bytes behind the primary; null when unknown. */
  readonly lagBytes: number | null;
  /** Seconds behind the primary; null when unknown. */
  readonly lagSeconds: number | null;
  /** Why the standby is where it is. */
  readonly reason: StandbyReason | null;
  /** Bytes per second it replays, over the window; null when unknown. */
  readonly replayBytesPerSecond: number | null;
  /** Bytes per second its primary writes, over the window; null when unknown. */
  readonly walBytesPerSecond: number | null;
}

/** When a standby has caught up, or that it falls behind. */
export type CatchUpForecast = Pick<StandbyView, "catchUpSeconds" | "fallingBehind">;

/**
 * Forecasts when a standby has caught up: what it lacks, by how much faster it replays than its primary writes.
 *
 * One that keeps pace never has less than what is under way, and two rates that are equal but for noise say nothing
 * then: what counts is the time until it has applied what it lacks now. One that is late on purpose
 * (`recovery_min_apply_delay`) neither catches up nor falls behind; one that is at a stand (paused, cut off) does
 * not catch up, and falls behind as soon as its primary writes.
 *
 * @param input What is known.
 */
export function deriveCatchUpForecast(input: CatchUpInput): CatchUpForecast {
  const { lagBytes, lagSeconds, reason, replayBytesPerSecond: replay, walBytesPerSecond: wal } = input;
  if (lagBytes === 0) return { catchUpSeconds: 0, fallingBehind: false };
  if (lagBytes === null || wal === null) return { catchUpSeconds: null, fallingBehind: null };
  if (reason !== null && AT_A_STAND.has(reason)) return { catchUpSeconds: null, fallingBehind: wal > 0 };
  if (replay === null) return { catchUpSeconds: null, fallingBehind: null };
  if (reason === "delayed") return { catchUpSeconds: null, fallingBehind: false };
  const keepsPace = lagSeconds === null ? lagBytes <= wal * PACE_SECONDS : lagSeconds <= PACE_SECONDS;
  if (keepsPace && replay > 0) return { catchUpSeconds: lagBytes / replay, fallingBehind: false };
  if (replay > wal) return { catchUpSeconds: lagBytes / (replay - wal), fallingBehind: false };
  return { catchUpSeconds: null, fallingBehind: wal > 0 };
}

/**
 * Forecasts when slots are lost: the WAL that may still be written, by the rate at which that shrinks.
 *
 * It shrinks by what the server writes less by what the slot advances: nothing for a slot that is used and keeps up, all
 * of it for an unused one. One without anything left is lost at the next checkpoint: 0 seconds.
 *
 * Only `max_slot_wal_keep_size` limits a slot here. The free space of the disk would too, but no function of
 * PostgreSQL reports it for the WAL directory, so a slot without that limit has no forecast.
 *
 * @param snapshot The server that has the slots; of an unreachable one only slots that are lost already are known.
 * @param memory What is remembered of it.
 * @returns A forecast for every slot that is lost or about to be.
 */
export function forecastSlots(
  { server, up, facts }: ServerSnapshot,
  memory: Pick<ServerMemory, "wal" | "slots" | "movedIdleSlots">,
): readonly SlotForecast[] {
  const wal = up ? memory.wal.bytesPerSecond(SLOT_WINDOW_SECONDS) : null;
  return (facts.slots ?? []).flatMap((fact): readonly SlotForecast[] => {
    const { slot, safeWalBytes } = fact;
    if (isLostSlot(fact)) return [{ server, slot, lostInSeconds: 0 }];
    if (safeWalBytes === null) return [];
    if (safeWalBytes <= 0) return [{ server, slot, lostInSeconds: 0 }];
    // An unused slot stays where it is, whether or not it was seen moving before, unless something else moves it.
    const advance = fact.active || memory.movedIdleSlots.has(slot)
      ? memory.slots.get(slot)?.bytesPerSecond(SLOT_WINDOW_SECONDS) ?? null
      : 0;
    if (wal === null || advance === null || wal <= advance) return [];
    return [{ server, slot, lostInSeconds: safeWalBytes / (wal - advance) }];
  });
}
