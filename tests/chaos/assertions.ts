/**
 * What must hold of every sample, whatever happens.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { errorOf, isFalseAlarm, isFalseZero } from "../truth/score.ts";
import { describe, type Sample } from "../truth/stage.ts";

/** One sample interval of the lag clock, and what a loaded machine takes; the collection is within what is true. */
const LIMIT_SECONDS = 1 + 0.3;

/**
 * No false zero, no false alarm, never further from the truth than the limit; a lag that is not known has no sample
 * and exactly one reason.
 *
 * @param samples Samples of one standby.
 * @param since What times in messages are counted from.
 * @param options `mayBeUnknown`: there are moments at which nobody can know.
 */
export function assertTrueAllTheWhile(
  samples: readonly Sample[],
  since: number,
  options: { readonly mayBeUnknown?: boolean } = {},
): void {
  assert(samples.length > 0, "there are samples");
  for (const sample of samples) {
    const { ours, truth, unknown } = sample;
    const at = `${(sample.at - since).toFixed(1)} s after it began, ${describe(sample)}`;
    assertEquals(ours === null, unknown !== null, at);
    assert(ours !== null || options.mayBeUnknown, at);
    if (ours === null) continue;
    const moment = { at: sample.at, said: ours, truth };
    assert(!isFalseZero(moment), `False zero ${at}`);
    assert(!isFalseAlarm(moment), `False alarm ${at}`);
    assert(errorOf(ours, truth) <= LIMIT_SECONDS, `${errorOf(ours, truth).toFixed(2)} s off ${at}`);
  }
}
