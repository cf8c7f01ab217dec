/**
 * Assertions on every sample, during any fault.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import type { Span } from "../truth/markers.ts";
import type { Pace } from "../truth/pace.ts";
import { errorOf, isFalseAlarm, isFalseZero } from "../truth/score.ts";
import { describe, fairTruth, type Sample } from "../truth/stage.ts";

/**
 * One sample interval of the lag clock, plus the delays of a machine that keeps up; the collection is part of the true
 * range. Further losses of the machine are measured, see `pace.ts`.
 */
export const LIMIT_SECONDS = 1 + 0.3;

/** Allowances. */
export interface Allowances {
  /** There are moments at which the lag is unknown. */
  readonly mayBeUnknown?: boolean;
  /**
   * From healing until everything was healthy again: the recovery of an unreachable server is detected a little later, and
   * until then its lag is reported as if it had not recovered.
   */
  readonly recovering?: { readonly healedAt: number; readonly recoveredAt: number };
}

/** The basis for judging samples. */
export interface Judged extends Allowances {
  /** Origin of the times in messages. */
  readonly since: number;
  /** The time lost by the machine. */
  readonly pace: Pace;
}

/**
 * No false zero, no false alarm, never further from the true lag than the limit; an unknown lag has no sample and exactly
 * one reason.
 *
 * @param samples Samples of one standby.
 * @param judged The basis for judging them.
 */
export function assertTrueAllTheWhile(
  samples: readonly Sample[],
  { since, pace, mayBeUnknown = false, recovering }: Judged,
): void {
  assert(samples.length > 0, "there are samples");
  let unhealed: Sample | undefined;
  for (const sample of samples) {
    const { ours, unknown } = sample;
    const delay = pace.delayAround({ from: sample.since, to: sample.at }, 1);
    const at = `${(sample.at - since).toFixed(1)} s after it began, ${describe(sample)}; ` +
      `the machine made readers up to ${delay.toFixed(2)} s late`;
    assertEquals(ours === null, unknown !== null, at);
    assert(ours !== null || mayBeUnknown, at);
    if (recovering !== undefined && sample.at <= recovering.healedAt) unhealed = sample;
    if (ours === null) continue;
    const isRecovering = recovering !== undefined && unhealed !== undefined &&
      sample.at > recovering.healedAt &&
      sample.at <= recovering.recoveredAt;
    const fair = fairTruth(sample, pace);
    const truth: Span = isRecovering && unhealed !== undefined
      ? { from: fair.from, to: Math.max(fair.to, unhealed.truth.to + sample.at - unhealed.at) }
      : fair;
    const moment = { at: sample.at, said: ours, truth };
    assert(!isFalseZero(moment), `False zero ${at}`);
    assert(!isFalseAlarm(moment), `False alarm ${at}`);
    assert(errorOf(ours, truth) <= LIMIT_SECONDS, `${errorOf(ours, truth).toFixed(2)} s off ${at}`);
  }
}
