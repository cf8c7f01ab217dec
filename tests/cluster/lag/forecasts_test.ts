import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { deriveCatchUpForecast, forecastSlots } from "../../../src/cluster/lag/forecasts.ts";
import { PositionHistory } from "../../../src/cluster/lag/position_history.ts";
import type { StandbyReason } from "../../../src/domain/standby.ts";
import { lost, reached, server, slot } from "../fixtures.ts";

const MIB = 1024 * 1024;

type Case = readonly [
  what: string,
  known: readonly [
    lagBytes: number | null,
    lagSeconds: number | null,
    replay: number | null,
    wal: number | null,
  ],
  reason: StandbyReason,
  forecast: readonly [catchUpSeconds: number | null, fallingBehind: boolean | null],
];

const CASES: readonly Case[] = [
  ["caught up", [0, 0, 100, 100], "streaming", [0, false]],
  ["caught up, rates unknown", [0, 0, null, null], "streaming", [0, false]],
  ["lag unknown", [null, null, 100, 50], "streaming", [null, null]],
  ["replay rate unknown", [MIB, 60, null, 50], "streaming", [null, null]],
  ["not reached", [MIB, 60, null, 50], "unreachable", [null, true]],
  ["not reached, nor its primary", [MIB, 60, null, null], "unreachable", [null, null]],
  ["cut off, and nothing is written", [MIB, 60, 0, 0], "disconnected", [null, false]],
  ["just paused, after a fast half minute", [100 * MIB, 5, 30 * MIB, 10 * MIB], "paused", [null, true]],
  ["primary not reached", [MIB, 60, 50, null], "streaming", [null, null]],
  ["catching up", [100 * MIB, 60, 30 * MIB, 10 * MIB], "streaming", [5, false]],
  ["catching up while nothing is written", [100 * MIB, 60, 20 * MIB, 0], "streaming", [5, false]],
  ["falling behind", [100 * MIB, 60, 10 * MIB, 30 * MIB], "streaming", [null, true]],
  ["keeping its distance, far behind", [100 * MIB, 60, 10 * MIB, 10 * MIB], "streaming", [null, true]],
  ["paused", [100 * MIB, 60, 0, 10 * MIB], "paused", [null, true]],
  ["paused, and nothing is written", [100 * MIB, 60, 0, 0], "paused", [null, false]],
  ["keeping pace, a little slower by noise", [MIB, 0.1, 9 * MIB, 10 * MIB], "streaming", [1 / 9, false]],
  ["keeping pace, lag in seconds unknown", [MIB, null, 9 * MIB, 10 * MIB], "streaming", [1 / 9, false]],
  ["standing still since just now", [MIB, 2, 0, MIB], "streaming", [null, true]],
  ["late on purpose, a little slower by noise", [60 * MIB, 6, 9 * MIB, 10 * MIB], "delayed", [null, false]],
];

for (const [what, [lagBytes, lagSeconds, replay, wal], reason, [catchUpSeconds, fallingBehind]] of CASES) {
  Deno.test(`deriveCatchUpForecast(): ${what}`, () => {
    const input = { lagBytes, lagSeconds, reason, replayBytesPerSecond: replay, walBytesPerSecond: wal };
    assertEquals(deriveCatchUpForecast(input), { catchUpSeconds, fallingBehind });
  });
}

Deno.test("deriveCatchUpForecast() never says a time and falling behind at once, and no time that is none", () => {
  const amount = fc.option(fc.constantFrom(0, 1, 1e3, 1e6, 1e12));
  fc.assert(fc.property(amount, amount, amount, amount, (lagBytes, lagSeconds, replay, wal) => {
    const input = { lagBytes, lagSeconds, replayBytesPerSecond: replay, walBytesPerSecond: wal };
    const { catchUpSeconds, fallingBehind } = deriveCatchUpForecast({ ...input, reason: "streaming" });
    assert(catchUpSeconds === null || (Number.isFinite(catchUpSeconds) && catchUpSeconds >= 0));
    assert(catchUpSeconds === null || fallingBehind === false);
    assertEquals(catchUpSeconds === 0, lagBytes === 0);
  }));
});

/** Positions that moved at this rate for a minute; without a rate one position alone. */
function movingAt(bytesPerSecond: number | null): PositionHistory {
  const history = new PositionHistory();
  history.add({ at: 940, position: 0n });
  if (bytesPerSecond !== null) history.add({ at: 1000, position: BigInt(60 * bytesPerSecond) });
  return history;
}

function forecast(
  known: Parameters<typeof slot>[0],
  wal: number | null,
  advance: number | null = null,
  isMoved = false,
) {
  const primary = reached("primary", { readAt: 1000, facts: { server: [server()], slots: [slot(known)] } });
  const memory = {
    wal: movingAt(wal),
    slots: new Map([["standby", movingAt(advance)]]),
    movedIdleSlots: new Set(isMoved ? ["standby"] : []),
  };
  // Of a server that is unreachable only what is lost already is known.
  const stale = forecastSlots(lost(primary), memory).filter(({ lostInSeconds }) => lostInSeconds > 0);
  assertEquals(stale, []);
  return forecastSlots(primary, memory).map(({ server, slot, lostInSeconds }) => {
    assertEquals([server, slot], ["primary", "standby"]);
    return lostInSeconds;
  });
}

Deno.test("forecastSlots(): nobody uses it, so all WAL that is written brings its end nearer", () => {
  assertEquals(forecast({ active: false, safeWalBytes: 600 * MIB }, MIB), [600]);
  assertEquals(forecast({ active: false, safeWalBytes: 600 * MIB }, MIB, 5 * MIB), [600]);
  assertEquals(
    forecast({ active: false, safeWalBytes: 600 * MIB }, MIB, 5 * MIB, true),
    [],
    "something moves it",
  );
});

Deno.test("forecastSlots(): used, it shrinks by what its standby does not take", () => {
  assertEquals(forecast({ safeWalBytes: 600 * MIB }, 3 * MIB, 2 * MIB), [600]);
  assertEquals(forecast({ safeWalBytes: 600 * MIB }, 3 * MIB, 3 * MIB), []);
  assertEquals(forecast({ safeWalBytes: 600 * MIB }, 3 * MIB, 30 * MIB), []);
  assertEquals(forecast({ safeWalBytes: 600 * MIB }, 3 * MIB, null), []);
});

Deno.test("forecastSlots(): lost, by status or by reason, and lost at the next checkpoint", () => {
  assertEquals(forecast({ active: false, walStatus: "lost" }, null), [0]);
  assertEquals(forecast({ active: false, invalidationReason: "idle_timeout" }, null), [0]);
  assertEquals(forecast({ active: false, walStatus: "unreserved", safeWalBytes: -5 * MIB }, MIB), [0]);
});

Deno.test("forecastSlots(): no limit, no growth, or no rate yet, no forecast", () => {
  assertEquals(forecast({ active: false, safeWalBytes: null }, MIB), []);
  assertEquals(forecast({ active: false, safeWalBytes: 600 * MIB }, 0), []);
  assertEquals(forecast({ active: false, safeWalBytes: 600 * MIB }, null), []);
});
