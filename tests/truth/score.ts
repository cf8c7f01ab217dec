/**
 * How well a way of telling the lag did, against the truth.
 *
 * @module
 */
import type { Span } from "./markers.ts";

/** One moment of one standby. */
export interface Moment {
  /** Our monotonic seconds. */
  readonly at: number;
  /** The least and the most the standby can have been behind, seconds. */
  readonly truth: Span;
  /** What was said, seconds; null when nothing was. */
  readonly said: number | null;
}

/** The score of one way in one scenario. */
export interface Score {
  /** Moments looked at. */
  readonly moments: number;
  /** Of these, how often a number was said. */
  readonly answered: number;
  /** Mean error where a number was said, seconds; null when none was. */
  readonly meanError: number | null;
  /** Worst error, seconds; null when no number was said. */
  readonly worstError: number | null;
  /** How often 0 was said while the standby was behind. */
  readonly falseZeros: number;
  /** How often it was said to be behind while it was not. */
  readonly falseAlarms: number;
  /** Seconds from the first row missing until it was said to be behind; null: never; 0 when none was missing. */
  readonly seenAfterSeconds: number | null;
}

/** From here on a standby counts as behind, seconds: saying 0 then is false, and so is saying this of one that is not. */
export const BEHIND_SECONDS = 2;

/** What counts as 0: no more than the time of a reading, seconds. */
const ZERO_SECONDS = 0.1;

/**
 * By how much something said is outside what can be true.
 *
 * @param said Seconds.
 * @param truth The least and the most.
 */
export function errorOf(said: number, truth: Span): number {
  return Math.max(0, truth.from - said, said - truth.to);
}

/** Whether a moment's word is a false zero. */
export function isFalseZero({ said, truth }: Moment): boolean {
  return said !== null && said <= ZERO_SECONDS && truth.from > BEHIND_SECONDS;
}

/** Whether a moment's word is a false alarm. */
export function isFalseAlarm({ said, truth }: Moment): boolean {
  return said !== null && said >= BEHIND_SECONDS && truth.to <= ZERO_SECONDS * 5;
}

/**
 * Scores one way of telling the lag.
 *
 * @param moments What it said, in order of time.
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

/** It is seen when at least half of a lag of half a second or more is said. */
function seenAfter(moments: readonly Moment[]): number | null {
  const begun = moments.find(({ truth }) => truth.from > 0);
  if (begun === undefined) return 0;
  const startedAt = begun.at - begun.truth.from;
  const seen = moments.find(({ said, truth }) =>
    said !== null && truth.from > 0 && said >= Math.max(0.5, truth.from / 2)
  );
  return seen === undefined ? null : seen.at - startedAt;
}
