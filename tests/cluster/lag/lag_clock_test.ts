import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { LagClock } from "../../../src/cluster/lag/lag_clock.ts";

function clockOf(
  ...samples: readonly (readonly [timeline: number, at: number, position: bigint, server?: string])[]
) {
  const clock = new LagClock();
  for (const [timeline, at, position, server = "a"] of samples) {
    clock.sample({ timeline, at, position, server });
  }
  return clock;
}

function lag(clock: LagClock, timeline: number, appliedPosition: bigint, at: number) {
  const { seconds, caughtUp } = clock.lagOf({ timeline, appliedPosition, at });
  return { seconds, caughtUp };
}

Deno.test("LagClock.lagOf() is 0 at or past the newest sample, however old that is", () => {
  const clock = clockOf([1, 0, 100n], [1, 1, 200n]);
  assertEquals(lag(clock, 1, 200n, 1), { seconds: 0, caughtUp: true });
  assertEquals(lag(clock, 1, 200n, 9999), { seconds: 0, caughtUp: true });
  assertEquals(lag(clock, 1, 250n, 9999), { seconds: 0, caughtUp: true });
});

Deno.test("LagClock.lagOf() is the time since the WAL passed the position", () => {
  const clock = clockOf([1, 0, 100n], [1, 10, 200n], [1, 20, 400n]);
  assertEquals(lag(clock, 1, 150n, 30), { seconds: 25, caughtUp: false });
  assertEquals(lag(clock, 1, 300n, 30), { seconds: 15, caughtUp: false });
});

Deno.test("LagClock.lagOf() does not know a position before its history, nor another timeline", () => {
  const clock = clockOf([1, 0, 100n]);
  assertEquals(lag(clock, 1, 99n, 5), { seconds: null, caughtUp: false });
  assertEquals(lag(clock, 2, 100n, 5), { seconds: null, caughtUp: false });
  const other = clock.lagOf({ timeline: 2, appliedPosition: 100n, at: 5 });
  assertEquals(other, { seconds: null, caughtUp: false, newest: null, bytes: null });
});

Deno.test("LagClock.lagOf() finds a position of the new timeline's past on the old one, never as 0", () => {
  // Old primary a writes to 300; b is promoted at 305 and first read at 20 s.
  const clock = clockOf([1, 0, 100n], [1, 10, 300n], [2, 20, 305n, "b"], [2, 30, 400n, "b"]);
  assertEquals(lag(clock, 2, 200n, 30), { seconds: 25, caughtUp: false });
  assertEquals(lag(clock, 2, 300n, 30), { seconds: 20, caughtUp: false });
  assertEquals(lag(clock, 2, 303n, 30), { seconds: 20, caughtUp: false });
  assertEquals(lag(clock, 2, 305n, 30), { seconds: 10, caughtUp: false });
  assertEquals(lag(clock, 2, 400n, 30), { seconds: 0, caughtUp: true });
  assertEquals(clock.timelines, [2, 1]);
});

Deno.test("LagClock.lagOf() asks no timeline above: that one may have parted before", () => {
  const clock = clockOf([1, 10, 300n], [2, 0, 100n, "b"], [2, 20, 400n, "b"]);
  assertEquals(lag(clock, 1, 200n, 30), { seconds: null, caughtUp: false });
});

Deno.test("LagClock keeps two writers of one timeline apart and measures against the one ahead", () => {
  const clock = clockOf([1, 0, 100n, "a"], [1, 0.5, 50n, "b"], [1, 1, 200n, "a"], [1, 1.5, 60n, "b"]);
  assertEquals(lag(clock, 1, 200n, 2), { seconds: 0, caughtUp: true });
  assertEquals(lag(clock, 1, 150n, 2), { seconds: 1.5, caughtUp: false });
});

Deno.test("LagClock forgets a writer that has fallen silent when another still writes", () => {
  const clock = clockOf([1, 0, 1000n, "a"], [1, 60, 100n, "b"], [1, 61, 200n, "b"]);
  assertEquals(lag(clock, 1, 200n, 62), { seconds: 0, caughtUp: true });
});

Deno.test("LagClock keeps a bounded number of timelines, the latest ones", () => {
  const clock = new LagClock();
  for (let timeline = 1; timeline <= 50; timeline++) {
    clock.sample({
      timeline,
      at: timeline,
      position: BigInt(timeline) * 10n,
      server: "a",
    });
  }
  assertEquals(clock.timelines, [50, 49, 48, 47, 46, 45, 44, 43]);
});

Deno.test("LagClock.lagOf() is within one sample interval of the truth, for any load", () => {
  const load = fc.array(fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 1 << 26 })), {
    minLength: 20,
    maxLength: 600,
  });
  fc.assert(fc.property(load, fc.nat(), (bytesPerTenth, pick) => {
    // The truth: the WAL steps at every tenth of a second; the clock sees it once a second.
    const wal = [0n];
    const clock = new LagClock();
    for (const bytes of bytesPerTenth) wal.push((wal[wal.length - 1] ?? 0n) + BigInt(bytes));
    wal.forEach((position, tenth) => {
      if (tenth % 10 === 0) {
        clock.sample({ timeline: 1, at: tenth / 10, position, server: "a" });
      }
    });
    const lastTick = Math.floor((wal.length - 1) / 10) * 10;
    const applied = wal[pick % (lastTick + 1)] ?? 0n;
    const passedTenth = wal.findIndex((position) => position > applied);
    const at = lastTick / 10;
    const truth = passedTenth === -1 || passedTenth > lastTick ? 0 : at - passedTenth / 10;
    const { seconds } = clock.lagOf({ timeline: 1, appliedPosition: applied, at });
    return seconds !== null && Math.abs(seconds - truth) <= 1 + 1e-9;
  }));
});

Deno.test("LagClock.historyOf() is where the timeline was, as far back as the history reaches", () => {
  const clock = clockOf([1, 10, 100n], [1, 20, 200n], [2, 30, 300n]);
  const at = (timeline: number, at: number) => clock.historyOf(timeline)?.positionAt(at) ?? null;
  assertEquals([at(1, 9), at(1, 10), at(1, 15), at(1, 25), at(3, 25)], [null, 100n, 150n, 200n, null]);
});

Deno.test("LagClock.sample() returns the history of the writer, which goes on", () => {
  const clock = new LagClock();
  const history = clock.sample({ timeline: 1, at: 1, position: 100n, server: "a" });
  assertEquals(clock.sample({ timeline: 1, at: 2, position: 200n, server: "a" }) === history, true);
  assertEquals(history.newest, { at: 2, position: 200n });
  assertEquals(clock.tracks.map(({ server, timeline }) => [server, timeline]), [["a", 1]]);
});

Deno.test("LagClock.endOf() is where the next timeline that was seen to begin left a timeline", () => {
  const clock = new LagClock();
  clock.sample({ server: "a", timeline: 1, at: 0, position: 100n });
  assertEquals(clock.endOf(1), null);
  clock.begin({ server: "c", timeline: 3, at: 9, position: 300n });
  clock.begin({ server: "b", timeline: 2, at: 5, position: 200n });
  assertEquals([clock.endOf(1), clock.endOf(2), clock.endOf(3)], [200n, 300n, null]);
  clock.forget((server) => server === "b");
  assertEquals(clock.endOf(1), 300n);
});
