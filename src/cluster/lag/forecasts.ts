/**
 * Forecasts at the current rates: when a standby has caught up, when a slot is lost.
 *
 * Rates are means over a window, so that a single quiet or busy interval does not reverse a forecast: {@linkcode CATCH_UP_WINDOW_SECONDS} for catching up, {@linkcode SLOT_WINDOW_SECONDS} for slots.
 *
 * @module
 */
import { isLostSlot } from "../../domain/slot.ts";
import type { ServerSnapshot } from "../../domain/view.ts";
import { type ServerMemory, SLOT_WINDOW_SECONDS } from "../memory/server_memory.ts";
import type { SlotForecast, StandbyReason, StandbyView } from "../../domain/standby.ts";

/** Window of the rates that a catch-up is forecast from, seconds: two collection intervals by default. */
export const CATCH_UP_WINDOW_SECONDS = 30;

/** A standby that is at most this far behind keeps pace, seconds: WAL in transit, and the resolution of the lag clock. */
const PACE_SECONDS = 3;

/** Reasons with which nothing is received or applied, whatever the rates in the window were. */
const STALLED: ReadonlySet<StandbyReason> = new Set([
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
  /** What the standby is doing, or what holds it back. */
  readonly reason: StandbyReason | null;
  /** Bytes per second it replays, over the window; null when unknown. */
  readonly replayBytesPerSecond: number | null;
  /** Bytes per second its primary writes, over the window; null when unknown. */
  readonly walBytesPerSecond: number | null;
}

/** When a standby will have caught up, or that it falls behind. */
export type CatchUpForecast = Pick<StandbyView, "catchUpSeconds" | "fallingBehind">;

/**
 * Forecasts when a standby will have caught up: its backlog, divided by how much faster it replays than its primary
 * writes.
 *
 * While a standby keeps pace there is always some WAL in transit, and the difference of two nearly equal rates is noise:
 * then the forecast is the time to apply the current backlog. A delayed standby (`recovery_min_apply_delay`) neither
 * catches up nor falls behind. A stalled one (paused, disconnected) does not catch up, and falls behind as soon as its
 * primary writes.
 *
 * @param input What is known.
 */
export function deriveCatchUpForecast(input: CatchUpInput): CatchUpForecast {
  const { lagBytes, lagSeconds, reason, replayBytesPerSecond: replay, walBytesPerSecond: wal } = input;
  if (lagBytes === 0) return { catchUpSeconds: 0, fallingBehind: false };
  if (lagBytes === null || wal === null) return { catchUpSeconds: null, fallingBehind: null };
  if (reason !== null && STALLED.has(reason)) return { catchUpSeconds: null, fallingBehind: wal > 0 };
  if (replay === null) return { catchUpSeconds: null, fallingBehind: null };
  if (reason === "delayed") return { catchUpSeconds: null, fallingBehind: false };
  const keepsPace = lagSeconds === null ? lagBytes <= wal * PACE_SECONDS : lagSeconds <= PACE_SECONDS;
  if (keepsPace && replay > 0) return { catchUpSeconds: lagBytes / replay, fallingBehind: false };
  if (replay > wal) return { catchUpSeconds: lagBytes / (replay - wal), fallingBehind: false };
  return { catchUpSeconds: null, fallingBehind: wal > 0 };
}

/**
 * Forecasts when slots are lost: the WAL that may still be written (`safe_wal_size`), divided by the rate at which it
 * shrinks, which is the server's WAL rate minus the rate at which the slot advances. With nothing left, the slot is lost
 * at the next checkpoint: 0 seconds.
 *
 * Only `max_slot_wal_keep_size` limits a slot here. PostgreSQL has no function for the free disk space of the WAL
 * directory, so a slot without that limit has no forecast.
 *
 * @param snapshot The server that has the slots; of an unreachable one only lost slots have a forecast.
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
    // An inactive slot does not advance, whether or not it did before, unless something else moves it.
    const advance = fact.active || memory.movedIdleSlots.has(slot)
      ? memory.slots.get(slot)?.bytesPerSecond(SLOT_WINDOW_SECONDS) ?? null
      : 0;
    if (wal === null || advance === null || wal <= advance) return [];
    return [{ server, slot, lostInSeconds: safeWalBytes / (wal - advance) }];
  });
}
