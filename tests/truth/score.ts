/**
 * Scores a source of the lag against the true lag.
 *
 * @module
 */
import type { Span } from "./markers.ts";

/** One moment of one standby. */
export interface Moment {
  /** Our monotonic seconds. */
  readonly at: number;
  /** The minimum and maximum true lag, seconds. */
  readonly truth: Span;
  /** The reported lag, seconds; null when there was none. */
  readonly said: number | null;
}

/** The score of one source in one scenario. */
export interface Score {
  /** Number of moments. */
  readonly moments: number;
  /** Of these, how often a value was reported. */
  readonly answered: number;
  /** Mean error of the reported values, seconds; null without any. */
  readonly meanError: number | null;
  /** Largest error, seconds; null without any value. */
  readonly worstError: number | null;
  /** How often 0 was reported while the standby was behind. */
  readonly falseZeros: number;
  /** How often it was reported as behind while it was not. */
  readonly falseAlarms: number;
  /** Seconds from the first missing row until it was reported as behind; null: never; 0 when none was missing. */
  readonly seenAfterSeconds: number | null;
}

/** From this lag on a standby counts as behind, seconds: then 0 is false; without a lag, this value is. */
export const BEHIND_SECONDS = 2;

/** Up to this a value counts as 0: the time of a reading, seconds. */
const ZERO_SECONDS = 0.1;

/**
 * Distance of a reported lag from the true lag.
 *
 * @param said The reported lag, seconds.
 * @param truth The minimum and maximum true lag.
 */
export function errorOf(said: number, truth: Span): number {
  return Math.max(0, truth.from - said, said - truth.to);
}

/** Whether the value at a moment is a false zero. */
export function isFalseZero({ said, truth }: Moment): boolean {
  return said !== null && said <= ZERO_SECONDS && truth.from > BEHIND_SECONDS;
}

/** Whether the value at a moment is a false alarm. */
export function isFalseAlarm({ said, truth }: Moment): boolean {
  return said !== null && said >= BEHIND_SECONDS && truth.to <= ZERO_SECONDS * 5;
}

/**
 * Scores one source of the lag.
 *
 * @param moments Its values, in order of time.
 */
export function scoreOf(moments: readonly Moment[]): Score {
  const errors = moments.flatMap(({ said, truth }) => said === null ? [] : [errorOf(said, truth)]);
  return {
    moments: moments.length,
    answered: errors.length,
    meanError: errors.length === 0 ? null : errors.reduce((sum, error) => sum + error, 0) / errors.length,
    worstError: errors.length === 0 ? null : Math.max(...errors),
    falseZeros: moments.filter(isFalseZero).length,
    falseAlarms: moments.filter(isFalseAlarm).length,
    seenAfterSeconds: seenAfter(moments),
  };
}

/** A lag of half a second or more is detected when at least half of it is reported. */
function seenAfter(moments: readonly Moment[]): number | null {
  const begun = moments.find(({ truth }) => truth.from > 0);
  if (begun === undefined) return 0;
  const startedAt = begun.at - begun.truth.from;
  const seen = moments.find(({ said, truth }) =>
    said !== null && truth.from > 0 && said >= Math.max(0.5, truth.from / 2)
  );
  return seen === undefined ? null : seen.at - startedAt;
}
