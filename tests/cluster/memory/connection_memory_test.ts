import { assertEquals } from "@std/assert";
import { ConnectionMemory, type ConnectionState } from "../../../src/cluster/memory/connection_memory.ts";

const SIGHT: ConnectionState = {
  name: "standby with a space",
  connected: true,
  upstream: "primary",
  at: 10,
  isNew: false,
};

Deno.test("ConnectionMemory reports changes, since when, and the last upstream", () => {
  const memory = new ConnectionMemory();
  const of = () => memory.of(SIGHT.name);
  assertEquals(memory.observe(SIGHT), null);
  assertEquals(of(), { connected: true, changedAt: null, upstream: "primary" });
  assertEquals(memory.observe({ ...SIGHT, connected: null, upstream: null, at: 15 }), null);
  assertEquals(of()?.connected, true);
  assertEquals(memory.observe({ ...SIGHT, connected: false, upstream: null, at: 20 }), "detached");
  assertEquals(of(), { connected: false, changedAt: 20, upstream: "primary" });
  assertEquals(memory.observe({ ...SIGHT, connected: false, upstream: null, at: 25 }), null);
  assertEquals(of()?.changedAt, 20);
  assertEquals(memory.observe({ ...SIGHT, upstream: "other", at: 30 }), "attached");
  assertEquals(of(), { connected: true, changedAt: 30, upstream: "other" });
});

Deno.test("ConnectionMemory reports a standby that has just appeared, and never one that is unknown", () => {
  const memory = new ConnectionMemory();
  assertEquals(memory.observe({ ...SIGHT, isNew: true }), "attached");
  assertEquals(memory.observe({ ...SIGHT, name: "other", connected: null }), null);
  assertEquals(memory.of("other"), null);
});

Deno.test("ConnectionMemory forgets standbys that are no more", () => {
  const memory = new ConnectionMemory();
  memory.observe(SIGHT);
  memory.observe({ ...SIGHT, name: "gone" });
  memory.keepOnly(new Set([SIGHT.name]));
  assertEquals([memory.of(SIGHT.name) === null, memory.of("gone")], [false, null]);
});
