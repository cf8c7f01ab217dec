import { assertEquals } from "@std/assert";
import { TrackerMemory } from "../../../src/cluster/memory/tracker_memory.ts";
import { ServerMemories, ServerMemory } from "../../../src/cluster/memory/server_memory.ts";
import type { Facts, ServerFact } from "../../../src/domain/facts.ts";
import { FakeClock } from "../../fixtures/fake_clock.ts";
import { lost, neverReached, reached, receiver, sender, server, slot } from "../fixtures.ts";

const standbyAt = (readAt: number, fact: Partial<ServerFact>, facts: Facts = {}) =>
  reached("a", { readAt, facts: { server: [server({ inRecovery: true, ...fact })], ...facts } });
const primaryWith = (facts: Facts, readAt = 50) =>
  reached("primary", { readAt, facts: { server: [server({ timeline: 3 })], ...facts } });

Deno.test("ServerMemory remembers what a standby applied, and the reading before", () => {
  const memory = new ServerMemory();
  memory.observe(standbyAt(10, { replayPosition: 100n, receivePosition: 120n }));
  memory.observe(standbyAt(20, { replayPosition: 200n, receivePosition: 150n }));
  memory.observe(standbyAt(20, { replayPosition: 200n, receivePosition: 150n }));
  assertEquals(memory.applied, { position: 200n, at: 20, timeline: 1 });
  assertEquals(memory.appliedBefore, { position: 100n, at: 10, timeline: 1 });
  assertEquals(memory.recoveryEnd, { position: 200n, at: 20 });
  assertEquals(memory.replayBytesPerSecond, 10);
  memory.observe(lost(standbyAt(30, { replayPosition: 900n })));
  assertEquals(memory.applied?.position, 200n);
});

Deno.test("ServerMemory takes what a standby replayed between collections, never backwards", () => {
  const memory = new ServerMemory();
  const tick = (replayed: bigint | null, at: number) =>
    memory.sampleStandby({ position: 900n, replayed, at });
  tick(100n, 5);
  assertEquals(
    [memory.applied, memory.recoveryEnd],
    [null, { position: 900n, at: 5 }],
    "no timeline is known yet",
  );
  memory.observe(standbyAt(10, { replayPosition: 100n, timeline: 3 }));
  tick(150n, 11);
  assertEquals(memory.applied, { position: 150n, at: 11, timeline: 3 });
  for (const [replayed, at] of [[140n, 12], [160n, 10.5], [null, 13]] as const) {
    tick(replayed, at);
    assertEquals(memory.applied, { position: 150n, at: 11, timeline: 3 }, `${replayed} at ${at}`);
  }
  assertEquals(memory.appliedBefore, { position: 100n, at: 10, timeline: 3 });
  memory.observe(standbyAt(25, { replayPosition: 400n, timeline: 3 }));
  assertEquals(memory.appliedBefore, { position: 150n, at: 11, timeline: 3 });
});

Deno.test("ServerMemory takes what a standby had reported to its primary, which may be less than is known of it", () => {
  const memory = new ServerMemory();
  memory.observe(standbyAt(10, { receivePosition: 500n, replayPosition: 400n, timeline: 3 }));
  memory.sampleReport({ flushed: 480n, replayed: 390n, at: 11 });
  assertEquals([memory.applied, memory.recoveryEnd], [
    { position: 400n, at: 11, timeline: 3 },
    { position: 500n, at: 11 },
  ]);
  memory.sampleReport({ flushed: 600n, replayed: 550n, at: 12 });
  assertEquals([memory.applied, memory.recoveryEnd], [
    { position: 550n, at: 12, timeline: 3 },
    { position: 600n, at: 12 },
  ]);
  assertEquals(memory.wal.newest, { position: 600n, at: 12 });
});

Deno.test("ServerMemory.wal ends where WAL ended when it was last read, also of a server that is gone", () => {
  const memory = new ServerMemory();
  assertEquals(memory.wal.newest, null);
  memory.observe(standbyAt(10, { replayPosition: 100n, receivePosition: 120n }));
  assertEquals(memory.wal.newest?.position, 120n);
  memory.sampleStandby({ position: 900n, replayed: 100n, at: 11 });
  memory.observe(lost(standbyAt(12, {})));
  assertEquals(memory.wal.newest?.position, 900n);
});

Deno.test("ServerMemory remembers a standby's highest timeline, until one is certain", () => {
  const memory = new ServerMemory();
  const timelineAfter = (timeline: number | null, facts: Facts) => {
    memory.observe(standbyAt(10, { timeline }, facts));
    return memory.timeline;
  };
  assertEquals(timelineAfter(2, { receiver: [receiver()] }), 2);
  assertEquals(timelineAfter(1, { receiver: [] }), 2);
  assertEquals(timelineAfter(null, { receiver: [] }), 2);
  assertEquals(timelineAfter(3, { receiver: [] }), 3);
  assertEquals(timelineAfter(1, { receiver: [receiver()] }), 1);
});

Deno.test("ServerMemory knows what a primary had written, and nothing of a server that it never saw", () => {
  const memory = new ServerMemory();
  assertEquals([memory.applied, memory.written, memory.role], [null, null, null]);
  memory.observe(standbyAt(0, { inRecovery: false, writePosition: 500n, timeline: 1 }));
  assertEquals([memory.applied, memory.written], [null, { position: 500n, at: 0, timeline: 1 }]);
});

Deno.test("ServerMemory forgets what was applied when the server becomes a primary, and what was written after", () => {
  const memory = new ServerMemory();
  memory.observe(standbyAt(10, { replayPosition: 100n }));
  memory.observe(standbyAt(20, { inRecovery: false, writePosition: 300n, timeline: 2 }));
  assertEquals([memory.applied, memory.written], [null, { position: 300n, at: 20, timeline: 2 }]);
  memory.observe(standbyAt(30, { replayPosition: 400n }));
  assertEquals([memory.applied?.position, memory.written], [400n, null]);
});

/** What is known of a standby after its upstream was read. */
function appliedFromUpstream(own: ReturnType<typeof standbyAt>, facts: Facts, before: bigint | null = null) {
  const memory = new TrackerMemory({ clock: new FakeClock() });
  if (before !== null) memory.observe([standbyAt(10, { replayPosition: before })]);
  memory.observe([primaryWith(facts), own]);
  const { applied } = memory.servers.of("a");
  return applied === null ? null : [applied.position, applied.timeline];
}

Deno.test("ServerMemory takes from the upstream what that knows of an unreachable standby", () => {
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

Deno.test("ServerMemory prefers the standby's own report to that of an upstream that was read a moment later", () => {
  const memory = new ServerMemory();
  memory.observe(standbyAt(10, { replayPosition: 100n }));
  memory.observeFromUpstream({ position: 100n, at: 20, timeline: 1, by: "sender" });
  memory.observeFromUpstream({ position: 110n, at: 30, timeline: 1, by: "sender" });
  memory.observe(standbyAt(29.9, { replayPosition: 200n }));
  assertEquals(memory.applied, { position: 200n, at: 29.9, timeline: 1 });
  assertEquals(memory.replay.positionAt(20), 100n);
});

Deno.test("ServerMemory takes a primary that is gone for a standby only once it is fed as one", () => {
  const gone = lost(standbyAt(10, { inRecovery: false, writePosition: 10n }));
  assertEquals(appliedFromUpstream(gone, { slots: [slot({ slot: "a", restartPosition: 70n })] }), null);
  assertEquals(
    appliedFromUpstream(gone, { senders: [sender({ applicationName: "a", replayPosition: 100n })] }),
    [100n, 3],
  );
});

Deno.test("ServerMemory's rates are between the last two collections, whatever was sampled between", () => {
  const memory = new ServerMemory();
  memory.observe(standbyAt(10, { replayPosition: 100n }));
  assertEquals([memory.replayBytesPerSecond, memory.walBytesPerSecond], [null, null]);
  memory.sampleStandby({ position: 190n, replayed: 190n, at: 19 });
  memory.observe(standbyAt(20, { replayPosition: 200n }));
  assertEquals([memory.replayBytesPerSecond, memory.walBytesPerSecond], [10, 10]);
  // Two collections at nearly the same moment show the moment of reading, not a rate.
  memory.observe(standbyAt(20.4, { replayPosition: 400n }));
  assertEquals(memory.replayBytesPerSecond, 10);
});

Deno.test("ServerMemory's rates begin again with a step back and with another role", () => {
  const memory = new ServerMemory();
  memory.observe(standbyAt(10, { replayPosition: 200n }));
  memory.observe(standbyAt(20, { replayPosition: 100n }));
  assertEquals(memory.replayBytesPerSecond, null);
  memory.observe(standbyAt(30, { replayPosition: 150n }));
  assertEquals(memory.replayBytesPerSecond, 5);
  memory.observe(standbyAt(40, { inRecovery: false, writePosition: 300n }));
  assertEquals([memory.walBytesPerSecond, memory.replayBytesPerSecond], [null, null]);
});

Deno.test("ServerMemory follows restart_lsn of each slot for as long as it exists", () => {
  const memory = new ServerMemory();
  const withSlot = (readAt: number, restartPosition: bigint | null) =>
    memory.observe(standbyAt(readAt, {}, { slots: [slot({ slot: "s", restartPosition })] }));
  withSlot(10, 100n);
  withSlot(20, 200n);
  assertEquals(memory.slots.get("s")?.bytesPerSecond(300), 10);
  withSlot(30, null);
  assertEquals(memory.slots.get("s")?.newest, null);
  memory.observe(standbyAt(40, {}, { slots: [] }));
  assertEquals(memory.slots.size, 0);
});

Deno.test("ServerMemories keeps one memory for each name until it is forgotten", () => {
  const memories = new ServerMemories();
  const memory = memories.of("a");
  assertEquals(memories.of("a") === memory, true);
  memories.forget("a");
  assertEquals(memories.of("a") === memory, false);
});
