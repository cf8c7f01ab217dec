import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import {
  PositionHistory,
  type PositionSample,
  resolutionAt,
} from "../../../src/cluster/lag/position_history.ts";

/** Every sample kept, searched one by one. */
function oracle(samples: readonly PositionSample[], position: bigint): number | null {
  let before: PositionSample | null = null;
  for (const sample of samples) {
    if (sample.position > position) {
      if (before === null) return null;
      const share = Number(position - before.position) / Number(sample.position - before.position);
      return before.at + share * (sample.at - before.at);
    }
    before = sample;
  }
  return before === null ? null : Infinity;
}

/** Longest distance between two samples around a moment. */
function gapAround(samples: readonly PositionSample[], at: number): number {
  let gap = 0;
  samples.forEach((sample, index) => {
    const next = samples[index + 1];
    if (next !== undefined && sample.at <= at && at <= next.at) gap = Math.max(gap, next.at - sample.at);
  });
  return gap;
}

// Steps of time and WAL: mostly ticks of a second, sometimes a silence; mostly writes, often idle, sometimes bursts.
const steps = fc.array(
  fc.record({
    seconds: fc.oneof(
      { weight: 8, arbitrary: fc.constant(1) },
      fc.integer({ min: 1, max: 4000 }).map((n) => n / 10),
    ),
    bytes: fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 100 }), fc.integer({ min: 1, max: 1 << 30 })),
  }),
  { minLength: 1, maxLength: 900, size: "max" },
);

function walk(steps: readonly { readonly seconds: number; readonly bytes: number }[]): PositionSample[] {
  let at = 0;
  let position = 0x1_0000_0000_0000_0000n - 0x1000_0000_0000n; // beyond what a double holds
  return steps.map(({ seconds, bytes }) => ({ at: at += seconds, position: position += BigInt(bytes) }));
}

Deno.test("PositionHistory agrees with every sample kept, but for the resolution of the age", () => {
  fc.assert(
    fc.property(steps, fc.array(fc.nat(), { minLength: 1, maxLength: 20 }), (steps, picks) => {
      const samples = walk(steps);
      const history = new PositionHistory();
      for (const sample of samples) history.add(sample);
      const first = samples[0];
      const last = samples[samples.length - 1];
      assert(first !== undefined && last !== undefined);
      assertEquals(history.oldest, first);
      assertEquals(history.newest, last);
      const span = last.position - first.position;
      for (const pick of picks) {
        const position = first.position - 1n + (span + 2n) * BigInt(pick) / 0x7fffffffn;
        const expected = oracle(samples, position);
        const actual = history.passedAt(position);
        if (expected === null || actual === null || !Number.isFinite(expected)) {
          assertEquals(actual, expected);
          continue;
        }
        const bound = Math.max(gapAround(samples, expected), resolutionAt(last.at - expected)) + 1e-6;
        assert(Math.abs(actual - expected) <= bound, `${actual} is not ${expected} within ${bound}`);
      }
    }),
    { numRuns: 150 },
  );
});

Deno.test("PositionHistory.passedAt() never goes down as the position goes up", () => {
  fc.assert(
    fc.property(steps, (steps) => {
      const samples = walk(steps);
      const history = new PositionHistory();
      for (const sample of samples) history.add(sample);
      let before = -Infinity;
      for (const { position } of samples) {
        const at = history.passedAt(position);
        assert(at !== null && at >= before, `${at} after ${before}`);
        before = at;
      }
      assertEquals(before, Infinity);
    }),
    { numRuns: 100 },
  );
});

Deno.test("PositionHistory holds a week of ticks in a few thousand samples, the last ten minutes whole", () => {
  const history = new PositionHistory();
  const week = 7 * 86_400;
  let largest = 0;
  for (let at = 0; at <= week; at++) {
    history.add({ at, position: BigInt(at) * 1000n });
    largest = Math.max(largest, history.size);
  }
  assert(largest < 7000, `${largest} samples`);
  for (let age = 1; age < 600; age++) {
    assertEquals(history.passedAt(BigInt(week - age) * 1000n), week - age);
  }
});

Deno.test("PositionHistory needs two samples for an idle hour and knows when it ended", () => {
  const history = new PositionHistory();
  for (let at = 0; at <= 3600; at++) history.add({ at, position: 100n });
  assertEquals(history.size, 2);
  assertEquals(history.passedAt(100n), Infinity);
  history.add({ at: 3601, position: 200n });
  assertEquals(history.passedAt(100n), 3600);
  assertEquals(history.passedAt(150n), 3600.5);
});

Deno.test("PositionHistory.positionAt() interpolates, and knows nothing before its beginning", () => {
  const history = new PositionHistory();
  history.add({ at: 10, position: 100n });
  history.add({ at: 20, position: 200n });
  assertEquals([9, 10, 15, 20, 99].map((at) => history.positionAt(at)), [null, 100n, 150n, 200n, 200n]);
  assertEquals(new PositionHistory().positionAt(0), null);
});

Deno.test("PositionHistory passes over a sample that is not later than the newest", () => {
  const history = new PositionHistory();
  history.add({ at: 10, position: 100n });
  history.add({ at: 9, position: 90n });
  history.add({ at: 10, position: 110n });
  assertEquals(history.size, 1);
  assertEquals(history.newest, { at: 10, position: 100n });
});

Deno.test("PositionHistory starts afresh when the position steps back", () => {
  const history = new PositionHistory();
  for (let at = 0; at < 50; at++) history.add({ at, position: 1000n + BigInt(at) });
  history.add({ at: 50, position: 500n });
  assertEquals(history.size, 1);
  assertEquals(history.passedAt(499n), null);
  assertEquals(history.passedAt(1010n), Infinity);
});

Deno.test("PositionHistory without samples knows nothing", () => {
  const history = new PositionHistory();
  assertEquals([history.oldest, history.newest, history.passedAt(0n)], [null, null, null]);
});

function historyOf(...samples: readonly (readonly [at: number, position: bigint])[]): PositionHistory {
  const history = new PositionHistory();
  for (const [at, position] of samples) history.add({ at, position });
  return history;
}

Deno.test("PositionHistory.bytesPerSecond() is the mean over a window, or of all there is", () => {
  assertEquals(historyOf().bytesPerSecond(30), null);
  assertEquals(historyOf([0, 100n]).bytesPerSecond(30), null);
  assertEquals(historyOf([0, 100n], [10, 200n]).bytesPerSecond(30), 10);
  const busy = historyOf([0, 0n], [30, 3000n], [60, 3300n]);
  assertEquals([busy.bytesPerSecond(30), busy.bytesPerSecond(60), busy.bytesPerSecond(600)], [10, 55, 55]);
  assertEquals(busy.bytesPerSecond(40), (3300 - 2000) / 40, "the position at the beginning is interpolated");
  assertEquals(historyOf([0, 0n], [30, 3000n], [40, 3000n], [50, 3000n]).bytesPerSecond(20), 0);
  assertEquals(historyOf([0, 5000n], [10, 100n]).bytesPerSecond(30), null, "it began again");
  const seldom = historyOf([0, 0n], [60, 6000n], [120, 18000n]);
  assertEquals(
    seldom.bytesPerSecond(30),
    200,
    "read more seldom than the window: the mean between two readings",
  );
  assertEquals(historyOf([0, 0n], [0.1, 5000n]).bytesPerSecond(30), null, "readings too close");
  assertEquals(historyOf([0, 0n], [0.1, 5000n], [1, 10_000n]).bytesPerSecond(30), 10_000);
  assertEquals(
    historyOf([0, 2n ** 63n], [1, 2n ** 63n + 3n]).bytesPerSecond(30),
    3,
    "beyond what a double holds",
  );
});

Deno.test("PositionHistory.previous is the sample before the newest, of an idle period the first", () => {
  const previous = (...samples: readonly (readonly [number, bigint])[]) =>
    historyOf(...samples).previous?.at ?? null;
  assertEquals(previous(), null);
  assertEquals(previous([0, 100n]), null);
  assertEquals(previous([0, 100n], [10, 200n]), 0);
  assertEquals(previous([0, 100n], [10, 200n], [20, 200n], [30, 200n]), 10);
  assertEquals(previous([0, 100n], [10, 200n], [20, 200n], [30, 300n]), 20);
});

Deno.test("PositionHistory keeps its window, and the sample that covers its beginning", () => {
  const history = new PositionHistory(60);
  for (let at = 0; at <= 600; at += 10) history.add({ at, position: BigInt(at) });
  assertEquals([history.oldest?.at, history.newest?.at, history.size], [540, 600, 7]);
  history.add({ at: 605, position: 605n });
  assertEquals([history.oldest?.at, history.positionAt(545), history.bytesPerSecond(60)], [540, 545n, 1]);
});

Deno.test("PositionHistory.dropFrom() takes back what was sampled from then on", () => {
  const history = historyOf([0, 100n], [10, 200n], [20, 300n]);
  history.dropFrom(10);
  assertEquals(history.samples, [{ at: 0, position: 100n }]);
  history.dropFrom(-1);
  assertEquals([history.newest, history.size], [null, 0]);
});
