import { assertEquals } from "@std/assert";
import type { RouteVerdict } from "../../../src/cluster/routing/judge.ts";
import { RETURN_AFTER_SECONDS, RouteMemory } from "../../../src/cluster/routing/route_memory.ts";

const LIMIT = 10;

/** Judges a standby with this lag against a limit of 10. */
function judgeLag(lag: number): (share: number) => RouteVerdict {
  return (share) =>
    lag > LIMIT * share
      ? { isEligible: false, reason: "behind", isLagging: true }
      : { isEligible: true, reason: "fine", isLagging: false };
}

Deno.test("RouteMemory takes a standby out at once, and puts it back only when the lag has been well below the limit for a while", () => {
  const memory = new RouteMemory();
  const ask = (lag: number, now: number) => memory.decide("a", { now, judge: judgeLag(lag) })?.isEligible;
  const asked: readonly (readonly [lag: number, now: number, expected: boolean])[] = [
    [9.9, 0, true],
    [10.1, 1, false],
    [9, 2, false],
    [7.9, 3, false],
    [9, 4, false],
    [7.9, 4 + RETURN_AFTER_SECONDS - 0.1, false],
    [7.9, 4 + RETURN_AFTER_SECONDS, true],
    [9.9, 9, true],
  ];
  for (const [lag, now, expected] of asked) assertEquals(ask(lag, now), expected, `${lag} at ${now}`);
});

Deno.test("RouteMemory changes the answer once for a lag that oscillates around the limit", () => {
  const memory = new RouteMemory();
  let changes = 0;
  let before = true;
  for (let now = 0; now < 600; now++) {
    const verdict = memory.decide("a", { now, judge: judgeLag(LIMIT + Math.sin(now)) });
    if (verdict?.isEligible !== before) changes++;
    before = verdict?.isEligible ?? before;
  }
  assertEquals([changes, before], [1, false]);
});

Deno.test("RouteMemory remembers neither other reasons nor other questions", () => {
  const memory = new RouteMemory();
  const away: RouteVerdict = { isEligible: false, reason: "down", isLagging: false };
  assertEquals(memory.decide("a", { now: 0, judge: () => away }), away);
  assertEquals(memory.decide("a", { now: 1, judge: judgeLag(9.9) })?.isEligible, true);
  assertEquals(memory.decide("a", { now: 2, judge: judgeLag(11) })?.isEligible, false);
  assertEquals(memory.decide("b", { now: 2, judge: judgeLag(9.9) })?.isEligible, true);
  assertEquals(memory.decide("c", { now: 2, judge: () => null }), null);
});

Deno.test("RouteMemory forgets the oldest of too many questions", () => {
  const memory = new RouteMemory();
  for (let index = 0; index <= 1000; index++) memory.decide(String(index), { now: 0, judge: judgeLag(11) });
  assertEquals(memory.decide("0", { now: 1, judge: judgeLag(9.9) })?.isEligible, true);
  assertEquals(memory.decide("1", { now: 1, judge: judgeLag(9.9) })?.isEligible, false);
});
