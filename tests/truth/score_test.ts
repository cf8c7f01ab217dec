import { assertAlmostEquals, assertEquals } from "@std/assert";
import { errorOf, isFalseAlarm, isFalseZero, type Moment, scoreOf } from "./score.ts";

function moment(at: number, lag: number, said: number | null): Moment {
  return { at, truth: { from: lag, to: lag + 0.1 }, said };
}

Deno.test("errorOf() is 0 within the range of the true lag, and the distance to it outside", () => {
  const truth = { from: 2, to: 3 };
  assertEquals([1, 2, 2.5, 3, 5].map((said) => errorOf(said, truth)), [1, 0, 0, 0, 2]);
});

Deno.test("isFalseZero() and isFalseAlarm() need a value and a different true lag", () => {
  assertEquals([0, 0.05, 1, null].map((said) => isFalseZero(moment(1, 3, said))), [true, true, false, false]);
  assertEquals(isFalseZero(moment(1, 1.5, 0)), false);
  assertEquals([2, 30, 1, null].map((said) => isFalseAlarm(moment(1, 0, said))), [true, true, false, false]);
  assertEquals(isFalseAlarm(moment(1, 3, 30)), false);
});

Deno.test("scoreOf() reports error, time to detection and false values", () => {
  // The first row is missing from 10 on.
  const blind = scoreOf([moment(10, 0, 0), moment(11, 1, 0), moment(12, 2.5, 0), moment(13, 3, null)]);
  assertEquals([blind.moments, blind.answered, blind.falseZeros, blind.falseAlarms], [4, 3, 1, 0]);
  assertEquals([blind.worstError, blind.seenAfterSeconds], [2.5, null]);
  assertAlmostEquals(blind.meanError ?? NaN, 3.5 / 3, 1e-9);
  const good = scoreOf([moment(10, 0, 0), moment(11, 1, 0.2), moment(12, 2, 2)]);
  assertEquals([good.seenAfterSeconds, good.falseZeros], [2, 0]);
  assertEquals(scoreOf([moment(10, 0, 0)]).seenAfterSeconds, 0);
  assertEquals(scoreOf([moment(10, 0, null)]).worstError, null);
});
