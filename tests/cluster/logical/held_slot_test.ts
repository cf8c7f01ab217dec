import { assertEquals } from "@std/assert";
import { describeHolder, isHolding } from "../../../src/cluster/logical/held_slot.ts";
import { decoding, openTransaction, subscriptionSlot } from "../fixtures.ts";

const MIB = 1024 ** 2;
/** It retains 2 MiB, of which its consumer has confirmed all but 1 KiB. */
const slot = subscriptionSlot({
  restartPosition: 0n,
  confirmedFlushPosition: BigInt(2 * MIB - 1024),
  retainedBytes: 2 * MIB,
});
const held = decoding({ oldestWriter: openTransaction({ seconds: 60 }) });

Deno.test("isHolding() needs a transaction of a minute, and much that is confirmed and retained", () => {
  assertEquals(isHolding(slot, held), true);
  assertEquals(isHolding(slot, undefined), false);
  assertEquals(isHolding(slot, decoding()), false);
  for (const seconds of [59, null]) {
    assertEquals(isHolding(slot, decoding({ oldestWriter: openTransaction({ seconds }) })), false);
  }
  assertEquals(isHolding({ ...slot, retainedBytes: null }, held), false);
  assertEquals(isHolding({ ...slot, confirmedFlushPosition: null }, held), false);
  // What it retains is what its consumer has yet to confirm.
  assertEquals(isHolding({ ...slot, confirmedFlushPosition: BigInt(MIB - 1) }, held), false);
});

Deno.test("describeHolder() says what is known of it", () => {
  assertEquals(
    describeHolder(openTransaction({ seconds: 120 })),
    "process 4242 (user alice, psql, open for 2 min)",
  );
  assertEquals(
    describeHolder(openTransaction({ user: "", applicationName: "", seconds: null })),
    "process 4242",
  );
  assertEquals(
    describeHolder(
      openTransaction({ by: "t1", isPrepared: true, database: "app", applicationName: "", seconds: null }),
    ),
    'prepared transaction "t1" (user alice)',
  );
});
