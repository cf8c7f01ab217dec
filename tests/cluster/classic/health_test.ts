import { assertEquals } from "@std/assert";
import { scorePrimary, scoreStandby } from "../../../src/cluster/classic/health.ts";
import { DEFAULT_HEALTH_THRESHOLDS as STEPS } from "../../../src/domain/thresholds.ts";

const MIB = 1024 * 1024;

// connected, expected, lag in bytes, primaries -> score
const primaries: readonly (readonly [number | null, number, number | null, number, number])[] = [
  [1, 1, 0, 1, 100],
  [2, 2, 0, 1, 100],
  [3, 2, 0, 1, 100],
  [1, 2, 0, 1, 80],
  [0, 1, 0, 1, 50],
  [0, 0, 0, 1, 100],
  [null, 0, 0, 1, 100],
  [null, 1, 0, 1, 50],
  [1, 1, 1 * MIB, 1, 100],
  [1, 1, 1 * MIB + 1, 1, 90],
  [1, 1, 10 * MIB, 1, 90],
  [1, 1, 10 * MIB + 1, 1, 70],
  [1, 1, null, 1, 70],
  [1, 2, 11 * MIB, 1, 50],
  [0, 1, 11 * MIB, 1, 20],
  [1, 1, 0, 2, 70],
  [0, 1, null, 2, 0],
];

for (const [connectedStandbys, expectedStandbys, lagBytes, count, score] of primaries) {
  Deno.test(`scorePrimary() is ${score}: ${connectedStandbys} of ${expectedStandbys}, ${lagBytes} B, ${count} primaries`, () => {
    const health = { hasStandbys: false, connectedStandbys, expectedStandbys, lagBytes, primaries: count };
    assertEquals(scorePrimary(health, STEPS), score);
  });
}

// lag in bytes, lag in seconds -> score
const standbys: readonly (readonly [number | null, number | null, number])[] = [
  [0, 0, 100],
  [MIB, 5, 100],
  [MIB + 1, 5, 90],
  [0, 5.1, 95],
  [0, 30, 95],
  [0, 30.1, 80],
  [2 * MIB, 10, 85],
  [11 * MIB, 31, 50],
  [0, null, 80],
  [null, 0, 70],
  [null, null, 50],
];

for (const [lagBytes, lagSeconds, score] of standbys) {
  Deno.test(`scoreStandby() is ${score}: ${lagBytes} B, ${lagSeconds} s`, () => {
    assertEquals(scoreStandby({ lagBytes, lagSeconds }, STEPS), score);
  });
}

Deno.test("scores follow the configured thresholds", () => {
  const steps = { warningLagBytes: 10, criticalLagBytes: 20, warningLagSeconds: 1, criticalLagSeconds: 2 };
  assertEquals(scoreStandby({ lagBytes: 11, lagSeconds: 1.5 }, steps), 85);
  assertEquals(
    scorePrimary(
      { hasStandbys: true, connectedStandbys: 1, expectedStandbys: 1, lagBytes: 21, primaries: 1 },
      steps,
    ),
    70,
  );
});

Deno.test("a primary that has lost the only standby it was seen with is halved, although none was declared", () => {
  const lost = { connectedStandbys: 0, expectedStandbys: 0, lagBytes: 0, primaries: 1 };
  assertEquals([true, false].map((hasStandbys) => scorePrimary({ ...lost, hasStandbys }, STEPS)), [50, 100]);
});
