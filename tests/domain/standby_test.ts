import { assertEquals, assertNotEquals } from "@std/assert";
import { standbyKey, syncStateOf } from "../../src/domain/standby.ts";
import { sender } from "../cluster/fixtures.ts";

Deno.test("standbyKey() distinguishes standbys of one name in two clusters", () => {
  const a = { name: "standby", clusterKey: "1" };
  assertEquals(standbyKey(a), standbyKey({ ...a }));
  assertNotEquals(standbyKey(a), standbyKey({ ...a, clusterKey: "2" }));
});

Deno.test("syncStateOf() is what the upstream reports, unless the standby reports that it receives nothing", () => {
  const its = sender({ syncState: "sync" });
  assertEquals([true, null, false].map((connected) => syncStateOf({ sender: its, connected })), [
    "sync",
    "sync",
    null,
  ]);
  assertEquals(syncStateOf({ sender: null, connected: true }), null);
  assertEquals(syncStateOf({ sender: sender({ syncState: null }), connected: true }), null);
});
