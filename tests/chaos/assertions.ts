/**
 * What must hold of every sample, whatever happens.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import type { Span } from "../truth/markers.ts";
import type { Pace } from "../truth/pace.ts";
import { errorOf, isFalseAlarm, isFalseZero } from "../truth/score.ts";
import { describe, fairTruth, type Sample } from "../truth/stage.ts";

/**
 * One sample interval of the lag clock, and what a machine takes that keeps up; the collection is within what is true.
 * What the machine loses beyond that is measured, see `pace.ts`.
 */
export const LIMIT_SECONDS = 1 + 0.3;

/** What is allowed. */
export interface Allowances {
  /** There are moments at which nobody can know. */
  readonly mayBeUnknown?: boolean;
  /**
   * From the healing until all was right again: a server that could not be reached is found well a little later, and
   * until then its lag is what it would be had it not been healed.
   */
  readonly recovering?: { readonly healedAt: number; readonly recoveredAt: number };
}

/** What samples are judged by. */
export interface Judged extends Allowances {
  /** What times in messages are counted from. */
  readonly since: number;
  /** What the machine took away. */
  readonly pace: Pace;
}

/**
 * No false zero, no false alarm, never further from the truth than the limit; a lag that is not known has no sample
 * and exactly one reason.
 *
 * @param samples Samples of one standby.
 * @param judged What they are judged by.
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
