import { assertEquals } from "@std/assert";
import { PositionRate } from "../../../src/cluster/lag/position_rate.ts";

type Reading = readonly [position: bigint | null, at: number];

const tables: readonly (readonly [title: string, readings: readonly Reading[], expected: number | null])[] = [
  ["nothing read", [], null],
  ["one reading", [[100n, 0]], null],
  ["two readings", [[100n, 0], [400n, 2]], 150],
  ["the last two of three", [[0n, 0], [100n, 1], [110n, 3]], 5],
  ["rest", [[100n, 0], [100n, 15]], 0],
  ["beyond what a double holds", [[2n ** 63n, 0], [2n ** 63n + 3n, 1]], 3],
  ["a step back is no rate", [[100n, 0], [200n, 1], [150n, 2]], null],
  ["after a step back it starts afresh", [[200n, 0], [100n, 1], [130n, 2]], 30],
  ["readings too close are passed over", [[0n, 0], [100n, 1], [9999n, 1.1]], 100],
  ["the one passed over is no base", [[0n, 0], [50n, 0.4], [100n, 1]], 100],
  ["the same reading twice", [[0n, 0], [100n, 1], [100n, 1]], 100],
  ["unknown forgets", [[0n, 0], [100n, 1], [null, 2], [300n, 3]], null],
];

for (const [title, readings, expected] of tables) {
  Deno.test(`PositionRate: ${title}`, () => {
    const rate = new PositionRate();
    for (const [position, at] of readings) rate.add(position, at);
    assertEquals(rate.bytesPerSecond, expected);
  });
}
