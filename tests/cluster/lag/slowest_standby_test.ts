import { assertEquals } from "@std/assert";
import { appliedOf, isStandby, lagOfStranger, slowestOf } from "../../../src/cluster/lag/cluster_lags.ts";
import { ServerMemories } from "../../../src/cluster/memory/server_memory.ts";
import { lost, neverReached, reached, server } from "../fixtures.ts";

const primaryOn = (timeline: number, name = "primary") =>
  reached(name, { readAt: 0, facts: { server: [server({ timeline, writePosition: 500n })], senders: [] } });
const standby = reached("standby", { readAt: 0, facts: { server: [server({ inRecovery: true })] } });
const never = neverReached("never");

const standbys = [
  ["a server in recovery", standby, [standby], true],
  ["one that was, when it was last reached", lost(standby), [primaryOn(1)], true],
  ["a primary", primaryOn(1), [primaryOn(2, "new")], false],
  ["a primary that is gone", lost(primaryOn(1)), [standby], false],
  ["a primary that is gone and was replaced", lost(primaryOn(1)), [primaryOn(2, "new")], true],
  ["a primary that is gone, with another on its timeline", lost(primaryOn(1)), [primaryOn(1, "new")], false],
  ["one never reached, with a primary elsewhere", never, [primaryOn(1)], true],
  ["one never reached, with none", never, [standby], false],
] as const;

for (const [title, each, others, expected] of standbys) {
  Deno.test(`isStandby() is ${expected}: ${title}`, () =>
    assertEquals(isStandby(each, [...others, each]), expected));
}

Deno.test("appliedOf() a primary that was replaced is what it had written", () => {
  const memories = new ServerMemories();
  memories.observe(primaryOn(1));
  assertEquals(appliedOf(memories.of("primary")), { position: 500n, at: 0, timeline: 1 });
  assertEquals(appliedOf(memories.of("other")), null);
});

Deno.test("lagOfStranger() says whether it was never reached or does not tell who it is", () => {
  assertEquals(lagOfStranger(never).unknownReason, "never_seen");
  assertEquals(lagOfStranger(standby).unknownReason, "identity_unknown");
});

Deno.test("slowestOf() is the largest known, and 0 only when all are known", () => {
  const lag = (seconds: number | null, bytes: number | null = 0) => ({ seconds, bytes });
  assertEquals(slowestOf([], primaryOn(1)), { seconds: 0, bytes: 0 });
  assertEquals(slowestOf([lag(1), lag(3, 30)], primaryOn(1)), { seconds: 3, bytes: 30 });
  assertEquals(slowestOf([lag(0), lag(null, null)], primaryOn(1)), { seconds: null, bytes: null });
  assertEquals(slowestOf([lag(2), lag(null, 9)], primaryOn(1)), { seconds: 2, bytes: 9 });
  assertEquals(slowestOf([lag(0)], standby), { seconds: null, bytes: null });
});
