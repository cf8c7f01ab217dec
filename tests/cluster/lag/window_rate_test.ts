import { assertAlmostEquals, assertEquals } from "@std/assert";
import { WindowRate } from "../../../src/cluster/lag/window_rate.ts";

Deno.test("WindowRate is the mean over its window, whole from the first reading before it", () => {
  const rate = new WindowRate(60);
  assertEquals(rate.bytesPerSecond, null);
  rate.add(0n, 0);
  assertEquals(rate.bytesPerSecond, null);
  rate.add(1500n, 15);
  assertEquals(rate.bytesPerSecond, 100);
  for (let at = 30; at <= 600; at += 15) rate.add(BigInt(100 * at), at);
  assertEquals(rate.bytesPerSecond, 100);
  rate.add(60000n, 615);
  assertAlmostEquals(rate.bytesPerSecond ?? -1, 75);
  for (let at = 630; at <= 675; at += 15) rate.add(60000n, at);
  assertEquals(rate.bytesPerSecond, 0);
});

Deno.test("WindowRate read more seldom than its window is the mean between two readings", () => {
  const rate = new WindowRate(30);
  rate.add(0n, 0);
  rate.add(6000n, 60);
  rate.add(18000n, 120);
  assertEquals(rate.bytesPerSecond, 200);
});

Deno.test("WindowRate passes over readings that come too close", () => {
  const rate = new WindowRate(30);
  rate.add(0n, 0);
  rate.add(5000n, 0.1);
  assertEquals(rate.bytesPerSecond, null);
  rate.add(10000n, 1);
  assertEquals(rate.bytesPerSecond, 10000);
});

Deno.test("WindowRate starts afresh after a step back and when the position is not known", () => {
  const rate = new WindowRate(30);
  rate.add(1000n, 0);
  rate.add(2000n, 10);
  rate.add(500n, 20);
  assertEquals(rate.bytesPerSecond, null);
  rate.add(1500n, 30);
  assertEquals(rate.bytesPerSecond, 100);
  rate.add(null, 40);
  rate.add(9000n, 50);
  assertEquals(rate.bytesPerSecond, null);
});
