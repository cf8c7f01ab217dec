/**
 * Scores a measurement of the lag against the true lag.
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
  /** Reported lag, seconds; null without an answer. */
  readonly said: number | null;
}

/** The score of one measurement in one scenario. */
export interface Score {
  /** Number of moments. */
  readonly moments: number;
  /** Moments with an answer. */
  readonly answered: number;
  /** Mean error of the answers, seconds; null without answers. */
  readonly meanError: number | null;
  /** Largest error, seconds; null without answers. */
  readonly worstError: number | null;
  /** Answers of 0 while the standby was behind. */
  readonly falseZeros: number;
  /** Answers that report lag while the standby was caught up. */
  readonly falseAlarms: number;
  /** Seconds from the first missing row until lag was reported; null: never; 0 if no row was missing. */
  readonly seenAfterSeconds: number | null;
}

/** Threshold from which a standby counts as behind, seconds. */
export const BEHIND_SECONDS = 2;

/** Answers up to this count as 0: the duration of a reading, seconds. */
const ZERO_SECONDS = 0.1;

/**
 * Distance of an answer from the range of the true lag.
 *
 * @param said Reported lag, seconds.
 * @param truth Minimum and maximum true lag.
 */
export function errorOf(said: number, truth: Span): number {
  return Math.max(0, truth.from - said, said - truth.to);
}

/** Whether the answer is a false zero. */
export function isFalseZero({ said, truth }: Moment): boolean {
  return said !== null && said <= ZERO_SECONDS && truth.from > BEHIND_SECONDS;
}

/** Whether the answer is a false alarm. */
export function isFalseAlarm({ said, truth }: Moment): boolean {
  return said !== null && said >= BEHIND_SECONDS && truth.to <= ZERO_SECONDS * 5;
}

/**
 * Scores one measurement of the lag.
 *
 * @param moments Its answers, in order of time.
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

/** Lag is detected when at least half of it, and at least half a second, is reported. */
function seenAfter(moments: readonly Moment[]): number | null {
  const begun = moments.find(({ truth }) => truth.from > 0);
  if (begun === undefined) return 0;
  const startedAt = begun.at - begun.truth.from;
  const seen = moments.find(({ said, truth }) =>
    said !== null && truth.from > 0 && said >= Math.max(0.5, truth.from / 2)
  );
  return seen === undefined ? null : seen.at - startedAt;
}
