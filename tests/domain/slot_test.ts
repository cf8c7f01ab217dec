import { assertEquals } from "@std/assert";
import { isLostSlot } from "../../src/domain/slot.ts";
import { slot } from "../cluster/fixtures.ts";

Deno.test("isLostSlot() by status or by the reason of its invalidation", () => {
  assertEquals(isLostSlot(slot()), false);
  assertEquals(isLostSlot(slot({ walStatus: "unreserved" })), false);
  assertEquals(isLostSlot(slot({ walStatus: "lost" })), true);
  assertEquals(isLostSlot(slot({ invalidationReason: "idle_timeout" })), true);
});
