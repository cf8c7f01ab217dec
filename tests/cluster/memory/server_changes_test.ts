import { assertEquals } from "@std/assert";
import { serverHappenings, wasPromoted } from "../../../src/cluster/memory/server_changes.ts";
import type { ServerFact, SlotFact } from "../../../src/domain/facts.ts";
import { lost, neverReached, reached, server, slot } from "../fixtures.ts";

const as = (fact: Partial<ServerFact>, slots: readonly SlotFact[] = []) =>
  reached("a", { readAt: 0, facts: { server: [server(fact)], slots } });
const primary = as({});
const standby = as({ inRecovery: true });
const down = lost(standby);

const promotions = [
  [standby, as({ timeline: 2 }), true],
  [standby, primary, true],
  [primary, as({ timeline: 2 }), true],
  [primary, primary, false],
  [primary, standby, false],
  [primary, as({ timeline: null }), false],
] as const;

promotions.forEach(([before, now, expected], index) => {
  Deno.test(`wasPromoted() is ${expected}, case ${index + 1}`, () =>
    assertEquals(wasPromoted(before, now), expected));
});

const kinds = (...args: Parameters<typeof serverHappenings>) =>
  serverHappenings(...args).map(({ kind }) => kind);

Deno.test("serverHappenings() of a server seen for the first time are none", () => {
  assertEquals(kinds(null, primary), []);
  assertEquals(kinds({ latest: neverReached("a"), reached: null }, primary), ["reachable"]);
});

Deno.test("serverHappenings() reports that it is lost, back, promoted and demoted, also across an outage", () => {
  assertEquals(kinds({ latest: standby, reached: standby }, down), ["unreachable"]);
  assertEquals(kinds({ latest: down, reached: standby }, down), []);
  assertEquals(kinds({ latest: down, reached: standby }, primary), ["reachable", "promoted"]);
  assertEquals(kinds({ latest: primary, reached: primary }, standby), ["demoted"]);
  const [told] = serverHappenings({ latest: standby, reached: standby }, down);
  assertEquals(told?.message, 'Server "a" is unreachable: Nothing answers');
});

Deno.test("serverHappenings() reports a slot that has become lost", () => {
  const before = as({}, [slot({ slot: "a" }), slot({ slot: "b" }), slot({ slot: "c", walStatus: "lost" })]);
  const now = as({}, [
    slot({ slot: "a", walStatus: "lost" }),
    slot({ slot: "b", invalidationReason: "idle_timeout" }),
    slot({ slot: "c", walStatus: "lost" }),
    slot({ slot: "d", walStatus: "lost" }),
  ]);
  assertEquals(serverHappenings({ latest: before, reached: before }, now).map(({ message }) => message), [
    'Slot "a" of server "a" is lost: WAL that it needs was removed',
    'Slot "b" of server "a" is lost (idle_timeout)',
  ]);
});
