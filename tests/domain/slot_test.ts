import { assertEquals } from "@std/assert";
import {
  consumerOf,
  headroomOf,
  isLostSlot,
  tableCopyOf,
  unconfirmedBytesOf,
} from "../../src/domain/slot.ts";
import { slot } from "../cluster/fixtures.ts";

Deno.test("isLostSlot() by status or by the reason of its invalidation", () => {
  assertEquals(isLostSlot(slot()), false);
  assertEquals(isLostSlot(slot({ walStatus: "unreserved" })), false);
  assertEquals(isLostSlot(slot({ walStatus: "lost" })), true);
  assertEquals(isLostSlot(slot({ invalidationReason: "idle_timeout" })), true);
});

Deno.test("consumerOf() tells by type, plugin and name", () => {
  const of = (name: string, plugin: string) => consumerOf(slot({ slot: name, type: "logical", plugin }));
  const copy = "pg_16404_sync_16397_7713975838201775220";
  assertEquals(consumerOf(slot()), "standby");
  assertEquals([of("s", "pgoutput"), of(copy, "pgoutput")], ["subscription", "table_copy"]);
  assertEquals([of("s", "wal2json"), of(copy, "wal2json")], ["change_data_capture", "change_data_capture"]);
});

Deno.test("tableCopyOf() reads the name that PostgreSQL gives", () => {
  assertEquals(tableCopyOf("pg_16404_sync_16397_7713975838201775220"), {
    subscription: "16404",
    table: "16397",
    systemIdentifier: "7713975838201775220",
  });
  assertEquals(["sub", "pg_1_sync_2", "my_pg_1_sync_2_3", "pg_a_sync_2_3"].map(tableCopyOf), [
    null,
    null,
    null,
    null,
  ]);
});

Deno.test("unconfirmedBytesOf() is what is retained less what is confirmed, null when unknown", () => {
  const unconfirmed = (fact: Parameters<typeof slot>[0]) =>
    unconfirmedBytesOf(
      slot({ retainedBytes: 100, restartPosition: 10n, confirmedFlushPosition: 70n, ...fact }),
    );
  assertEquals([unconfirmed({}), unconfirmed({ confirmedFlushPosition: 110n })], [40, 0]);
  assertEquals([unconfirmed({ retainedBytes: null }), unconfirmed({ confirmedFlushPosition: null })], [
    null,
    null,
  ]);
});

Deno.test("headroomOf() is a share of the limit, at most 1, negative beyond it, and null without one", () => {
  const headroom = (safeWalBytes: number | null, maxKeepBytes: number | null) =>
    headroomOf({ safeWalBytes, maxKeepBytes });
  assertEquals([headroom(25, 100), headroom(101, 100), headroom(-50, 100)], [0.25, 1, -0.5]);
  assertEquals([headroom(null, 100), headroom(25, null), headroom(0, 0)], [null, null, null]);
});
