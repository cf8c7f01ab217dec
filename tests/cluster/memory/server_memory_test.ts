import { assertEquals } from "@std/assert";
import { joinSenders } from "../../../src/cluster/topology/join_senders.ts";
import { ServerMemories } from "../../../src/cluster/memory/server_memory.ts";
import type { Facts, ServerFact } from "../../../src/domain/facts.ts";
import { lost, neverReached, reached, receiver, sender, server, slot } from "../fixtures.ts";

const standbyAt = (readAt: number, fact: Partial<ServerFact>, facts: Facts = {}) =>
  reached("a", { readAt, facts: { server: [server({ inRecovery: true, ...fact })], ...facts } });
const primaryWith = (facts: Facts, readAt = 50) =>
  reached("primary", { readAt, facts: { server: [server({ timeline: 3 })], ...facts } });

Deno.test("ServerMemories remembers what a standby applied, and the reading before", () => {
  const memories = new ServerMemories();
  const memory = memories.of("a");
  memories.observe(standbyAt(10, { replayPosition: 100n, receivePosition: 120n }));
  memories.observe(standbyAt(20, { replayPosition: 200n, receivePosition: 150n }));
  memories.observe(standbyAt(20, { replayPosition: 200n, receivePosition: 150n }));
  assertEquals(memory.applied, { position: 200n, at: 20, timeline: 1 });
  assertEquals(memory.appliedBefore, { position: 100n, at: 10, timeline: 1 });
  assertEquals(memory.recoveryEnd, { position: 200n, at: 20 });
  assertEquals(memory.replay.bytesPerSecond, 10);
  memories.observe(lost(standbyAt(30, { replayPosition: 900n })));
  assertEquals(memory.applied?.position, 200n);
});

Deno.test("ServerMemories takes what a standby replayed between collections, never backwards", () => {
  const memories = new ServerMemories();
  const memory = memories.of("a");
  const tick = (replayed: bigint | null, at: number) =>
    memories.sampleStandby("a", { position: 900n, replayed, at });
  tick(100n, 5);
  assertEquals(
    [memory.applied, memory.recoveryEnd],
    [null, { position: 900n, at: 5 }],
    "no timeline is known yet",
  );
  memories.observe(standbyAt(10, { replayPosition: 100n, timeline: 3 }));
  tick(150n, 11);
  assertEquals(memory.applied, { position: 150n, at: 11, timeline: 3 });
  for (const [replayed, at] of [[140n, 12], [160n, 10.5], [null, 13]] as const) {
    tick(replayed, at);
    assertEquals(memory.applied, { position: 150n, at: 11, timeline: 3 }, `${replayed} at ${at}`);
  }
  assertEquals(memory.appliedBefore, null);
  memories.observe(standbyAt(25, { replayPosition: 400n, timeline: 3 }));
  assertEquals(memory.appliedBefore, { position: 150n, at: 11, timeline: 3 });
});

Deno.test("ServerMemories.walEnds() are where WAL ended when it was last read, also of a server that is gone", () => {
  const memories = new ServerMemories();
  const ends = (standby = standbyAt(0, {})) => [...memories.walEnds([standby, primaryWith({})])];
  assertEquals(ends(), []);
  memories.observe(standbyAt(10, { replayPosition: 100n, receivePosition: 120n }));
  assertEquals(ends(), [["a", 120n]]);
  memories.sampleStandby("a", { position: 900n, replayed: 100n, at: 11 });
  assertEquals(ends(lost(standbyAt(12, {}))), [["a", 900n]]);
});

Deno.test("ServerMemories remembers a standby's highest timeline, until one is certain", () => {
  const memories = new ServerMemories();
  const timelineAfter = (timeline: number | null, facts: Facts) => {
    memories.observe(standbyAt(10, { timeline }, facts));
    return memories.of("a").highestTimeline;
  };
  assertEquals(timelineAfter(2, { receiver: [receiver()] }), 2);
  assertEquals(timelineAfter(1, { receiver: [] }), 2);
  assertEquals(timelineAfter(null, { receiver: [] }), 2);
  assertEquals(timelineAfter(3, { receiver: [] }), 3);
  assertEquals(timelineAfter(1, { receiver: [receiver()] }), 1);
});

Deno.test("ServerMemories forgets what was applied when the server becomes a primary, and what was written after", () => {
  const memories = new ServerMemories();
  const memory = memories.of("a");
  memories.observe(standbyAt(10, { replayPosition: 100n }));
  memories.observe(standbyAt(20, { inRecovery: false, writePosition: 300n, timeline: 2 }));
  assertEquals([memory.applied, memory.lastWritten], [null, { position: 300n, at: 20, timeline: 2 }]);
  memories.observe(standbyAt(30, { replayPosition: 400n }));
  assertEquals([memory.applied?.position, memory.lastWritten], [400n, null]);
});

/** What is known of an unreachable standby after its upstream was read. */
function appliedFromUpstream(own: ReturnType<typeof standbyAt>, facts: Facts, before: bigint | null = null) {
  const memories = new ServerMemories();
  if (before !== null) memories.observe(standbyAt(10, { replayPosition: before }));
  const group = [primaryWith(facts), own];
  memories.observeFromUpstream(own, group, joinSenders(group));
  const applied = memories.of("a").applied;
  return applied === null ? null : [applied.position, applied.timeline];
}

Deno.test("ServerMemories takes from the upstream what it knows of a standby that is not reached", () => {
  const row = { senders: [sender({ applicationName: "a", replayPosition: 100n })] };
  const held = { slots: [slot({ slot: "a", restartPosition: 70n })] };
  const down = lost(standbyAt(10, {}));
  assertEquals(appliedFromUpstream(down, row), [100n, 3]);
  assertEquals(appliedFromUpstream(down, row, 99n), [100n, 3]);
  assertEquals(appliedFromUpstream(down, row, 101n), [101n, 1]);
  assertEquals(appliedFromUpstream(neverReached("a"), held), [70n, null]);
  assertEquals(appliedFromUpstream(down, held, 50n), [50n, 1]);
  assertEquals(appliedFromUpstream(standbyAt(10, {}), row), null);
});

Deno.test("ServerMemories takes a primary that is gone for a standby only once it is fed as one", () => {
  const gone = lost(standbyAt(10, { inRecovery: false, writePosition: 10n }));
  assertEquals(appliedFromUpstream(gone, { slots: [slot({ slot: "a", restartPosition: 70n })] }), null);
  assertEquals(
    appliedFromUpstream(gone, { senders: [sender({ applicationName: "a", replayPosition: 100n })] }),
    [100n, 3],
  );
});

Deno.test("ServerMemories.rates() are of servers that are up and have one", () => {
  const memories = new ServerMemories();
  memories.observe(standbyAt(10, { replayPosition: 100n }));
  const latest = standbyAt(20, { replayPosition: 200n });
  memories.observe(latest);
  assertEquals(memories.rates([latest, neverReached("b")], ({ replay }) => replay), new Map([["a", 10]]));
  assertEquals(memories.rates([lost(latest)], ({ replay }) => replay).size, 0);
});
