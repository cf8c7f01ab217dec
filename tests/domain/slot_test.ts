import { assertEquals } from "@std/assert";
import { headroomOf, isLostSlot } from "../../src/domain/slot.ts";
import { slot } from "../cluster/fixtures.ts";

Deno.test("isLostSlot() by status or by the reason of its invalidation", () => {
  assertEquals(isLostSlot(slot()), false);
  assertEquals(isLostSlot(slot({ walStatus: "unreserved" })), false);
  assertEquals(isLostSlot(slot({ walStatus: "lost" })), true);
  assertEquals(isLostSlot(slot({ invalidationReason: "idle_timeout" })), true);
});

Deno.test("headroomOf() is a share of the limit, at most 1, negative beyond it, and null without one", () => {
  const headroom = (safeWalBytes: number | null, maxKeepBytes: number | null) =>
    headroomOf({ safeWalBytes, maxKeepBytes });
  assertEquals([headroom(25, 100), headroom(101, 100), headroom(-50, 100)], [0.25, 1, -0.5]);
  assertEquals([headroom(null, 100), headroom(25, null), headroom(0, 0)], [null, null, null]);
});
