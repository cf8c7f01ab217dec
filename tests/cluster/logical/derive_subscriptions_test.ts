import { assert, assertAlmostEquals, assertEquals, assertStringIncludes } from "@std/assert";
import {
  decoding,
  openTransaction,
  subscription,
  subscriptionSender,
  subscriptionSlot,
  tableCopy,
} from "../fixtures.ts";
import { LogicalWorld, MIB, streamingPair } from "./pair.ts";

Deno.test("a subscription that applies", () => {
  const { world } = streamingPair();
  assertEquals(world.state, ["streaming", 0, "clock"]);
  const { only } = world;
  assertEquals([only.publisher?.server, only.publisher?.by], ["pub", "application_name"]);
  assertEquals(only.bytesBehind, { sent: 0, received: 0, confirmed: 0 });
  assertAlmostEquals(only.applyBytesPerSecond ?? 0, Number(MIB), 1);
  assertEquals([only.catchUpSeconds, only.standsSince, only.isFresh], [0, null, true]);
});

Deno.test("ten idle minutes: idle, and 0 behind at every moment", () => {
  const { world, confirm } = streamingPair();
  world.pass(600, () => {
    confirm();
    assertEquals(world.only.lag.seconds, 0);
  });
  assertEquals(world.state, ["idle", 0, "clock"]);
});

Deno.test("disabled: the lag grows from the first write it lacks, as an upper bound", () => {
  const { world, stop, write } = streamingPair();
  stop({ enabled: false });
  world.pass(60);
  assertEquals(world.state, ["disabled", 0, "clock"]);
  const firstWrite = world.now;
  world.pass(60, () => {
    write();
    assertAlmostEquals(world.only.lag.seconds ?? -1, world.now - firstWrite, 1);
  });
  assertEquals(world.state, ["disabled", 60, "upper_bound"]);
  assertEquals(world.only.bytesBehind, { sent: null, received: null, confirmed: Number(60n * MIB) });
  assertEquals([world.only.catchUpSeconds, world.only.fallingBehind], [null, true]);
});

Deno.test("an error loop: two errors at one transaction, whether the worker runs at the moment or not", () => {
  const { world, pub, sub, stop, write } = streamingPair();
  let errors = 0;
  const reasons = new Set<string | null>();
  world.pass(60, () => {
    write();
    if (world.now % 6 !== 0) return;
    stop({ applyErrorsTotal: ++errors });
    if (world.now % 12 === 0) {
      pub.slots = pub.slots.map((slot) => ({ ...slot, active: true }));
      pub.senders = [subscriptionSender()];
      sub.subscriptions = sub.subscriptions.map((fact) => ({ ...fact, workerPid: 501 }));
    }
    if (errors > 3) reasons.add(world.only.reason);
  });
  assertEquals([...reasons], ["apply_error"]);
  assertEquals(world.only.lag.seconds !== null && world.only.lag.seconds > 50, true);
  assertEquals(world.only.recentErrors, errors);
});

Deno.test("one error of a cut link is no error loop; it connects again and catches up", () => {
  const { world, pub, sub, stop, write, confirm } = streamingPair();
  stop({ applyErrorsTotal: 1 });
  world.pass(20, write);
  assertEquals(world.state, ["disconnected", 20, "upper_bound"]);
  sub.subscriptions = sub.subscriptions.map((fact) => ({
    ...fact,
    workerPid: 501,
    waitEvent: "LogicalApplyMain",
  }));
  pub.senders = [subscriptionSender()];
  confirm();
  world.pass(5, confirm);
  assertEquals(world.state[1], 0);
  assert(["streaming", "idle"].includes(world.only.reason ?? ""));
});

Deno.test("half open: both ends show a connection, and nothing arrives although there is something", () => {
  const { world, sub, write } = streamingPair();
  world.pass(60, () => {
    sub.subscriptions = sub.subscriptions.map((fact) => ({
      ...fact,
      lastMessageAgeSeconds: (fact.lastMessageAgeSeconds ?? 0) + 1,
    }));
  });
  assertEquals(world.only.reason, "idle", "nothing is written");
  world.pass(20, write);
  assertEquals(world.state, ["half_open", 20, "upper_bound"]);
  // A worker that applies for long does not receive meanwhile.
  sub.subscriptions = sub.subscriptions.map((fact) => ({ ...fact, waitEvent: null, waitEventType: null }));
  world.collect();
  assertEquals(world.only.reason, "streaming");
});

Deno.test("the subscriber does not respond: what its slot confirms still counts", () => {
  const { world, pub, sub, apply, stop, write } = streamingPair();
  sub.up = false;
  world.pass(20, apply);
  assertEquals(world.state, ["streaming", 0, "clock"]);
  assertEquals(world.only.isFresh, false);
  stop();
  world.pass(20, write);
  assertEquals(world.state, ["unreachable", 20, "upper_bound"]);
  // Frozen: its connection is still there.
  pub.slots = pub.slots.map((slot) => ({ ...slot, active: true }));
  pub.senders = [subscriptionSender({ replyAgeSeconds: 40 })];
  world.collect();
  assertEquals(world.only.reason, "half_open");
});

Deno.test("the publisher does not respond: unknown if all was applied, else it grows", () => {
  const { world, pub, stop, write } = streamingPair();
  pub.up = false;
  stop();
  world.pass(20);
  assertEquals(world.state, ["publisher_gone", null, "publisher_unreachable"]);
  const behind = streamingPair();
  behind.stop();
  behind.world.pass(10, behind.write);
  behind.pub.up = false;
  behind.world.pass(20, write);
  assertEquals(behind.world.state, ["publisher_gone", 30, "upper_bound"]);
});

Deno.test("the slot is dropped: missing, and the lag goes on from what was applied", () => {
  const { world, pub, stop, write } = streamingPair();
  stop();
  world.pass(5, write);
  pub.slots = [];
  world.pass(5, write);
  assertEquals(world.only.reason, "slot_missing");
  assertEquals(world.only.publisher?.slot, null);
});

Deno.test("the slot is lost", () => {
  const { world, pub, stop, write } = streamingPair();
  stop();
  pub.slots = pub.slots.map((slot) => ({ ...slot, walStatus: "lost", restartPosition: null }));
  world.pass(5, write);
  assertEquals(world.only.reason, "slot_lost");
  assertEquals(world.only.lag.seconds, 5, "what was confirmed is still there");
});

Deno.test("an exporter that has just started: unknown, and says so", () => {
  const world = new LogicalWorld();
  const position = 1000n * MIB;
  world.add("pub", {
    position,
    slots: [subscriptionSlot({ active: false, restartPosition: MIB, confirmedFlushPosition: MIB })],
  });
  world.add("sub", { subscriptions: [subscription({ enabled: false, workerPid: null })] });
  world.collect();
  assertEquals(world.state, ["disabled", null, "history_too_short"]);
  assertEquals(world.only.lag.bytes, Number(position - MIB));
});

/** A pair of which nothing was known before, a while after it came to a standstill. */
function standingPair(fact: Parameters<typeof subscription>[0] = {}, isActive = true) {
  const world = new LogicalWorld();
  const pub = world.add("pub", {
    slots: [subscriptionSlot({ active: isActive, restartPosition: MIB, confirmedFlushPosition: MIB })],
    senders: isActive ? [subscriptionSender()] : [],
    decoding: [decoding()],
  });
  const sub = world.add("sub", {
    subscriptions: [subscription({ oid: "16403", latestEndPosition: null, ...fact })],
  });
  world.collect();
  return { world, pub, sub };
}

Deno.test("an exporter that starts in an error loop tells it at the second error it sees", () => {
  const { world, sub } = standingPair({ workerPid: null, applyErrorsTotal: 40 }, false);
  assertEquals(world.state, ["disconnected", null, "history_too_short"]);
  let errors = 40;
  world.pass(10, () => {
    if (world.now % 5 === 0) {
      sub.subscriptions = [subscription({ workerPid: null, applyErrorsTotal: ++errors })];
    }
  });
  assertEquals(world.state, ["apply_error", null, "history_too_short"]);
});

Deno.test("an exporter that starts while a link is half open tells it at the second look", () => {
  const { world } = standingPair({ lastMessageAgeSeconds: 40, waitEvent: "LogicalApplyMain" });
  assertEquals(world.only.reason, "streaming");
  world.pass(5);
  assertEquals(world.state, ["half_open", null, "history_too_short"]);
});

Deno.test("an error loop that nothing counts is told while its worker is connected for a moment", () => {
  const { world, pub, sub, stop, write } = streamingPair();
  stop({ applyErrorsTotal: null });
  let decoded = 0;
  world.pass(60, () => {
    write();
    if (world.now % 5 === 0) pub.decoding = [decoding({ decodedTransactionsTotal: ++decoded })];
  });
  assertEquals(world.only.reason, "apply_error");
  const connect = (workerSeconds: number) => {
    pub.slots = pub.slots.map((slot) => ({ ...slot, active: true }));
    pub.senders = [subscriptionSender()];
    sub.subscriptions = sub.subscriptions.map((fact) => ({ ...fact, workerPid: 501, workerSeconds }));
    world.collect();
  };
  connect(0.2);
  assertEquals(world.only.reason, "apply_error");
  // What one connection decodes while nothing is confirmed is not decoded again.
  connect(100);
  assertEquals(world.only.reason, "streaming");
});

Deno.test("a publisher that is not watched", () => {
  const world = new LogicalWorld();
  world.add("sub", { subscriptions: [subscription({ lastMessageAgeSeconds: 3 })] });
  world.collect();
  assertEquals(world.state, ["streaming", null, "publisher_not_watched"]);
  assertEquals(world.only.publisherUnknown, 'No watched server has its slot "app_sub"');
});

Deno.test("a subscriber alone that has no subscriptions, and a publisher alone, derive none", () => {
  const world = new LogicalWorld();
  world.add("pub", { slots: [subscriptionSlot()] });
  world.collect();
  assertEquals(world.view().subscriptions, []);
});

Deno.test("a copy that is tried again, seen from another database", () => {
  const { world, pub, sub, apply } = streamingPair();
  sub.subscriptions = sub.subscriptions.map((fact) => ({ ...fact, tables: null }));
  const copying = () => {
    apply();
    pub.slots = [...pub.slots, subscriptionSlot({ slot: "pg_16403_sync_16397_sub", active: false })];
  };
  world.pass(5, copying);
  assertEquals(world.only.reason, "streaming", "the copy of another subscriber");
  const numbered = streamingPair();
  numbered.sub.subscriptions = numbered.sub.subscriptions.map((fact) => ({ ...fact, tables: null }));
  Object.assign(numbered.sub, { systemIdentifier: "77" });
  let errors = 0;
  numbered.world.pass(40, () => {
    numbered.apply();
    numbered.pub.slots = [
      ...numbered.pub.slots,
      subscriptionSlot({ slot: "pg_16403_sync_16397_77", active: false }),
    ];
    if (numbered.world.now % 10 === 0) errors++;
    numbered.sub.subscriptions = numbered.sub.subscriptions.map((fact) => ({
      ...fact,
      syncErrorsTotal: errors,
    }));
  });
  assertEquals(numbered.world.only.reason, "copy_error");
  numbered.world.pass(5, numbered.apply);
  assertEquals(numbered.world.only.reason, "streaming", "it is done");
  numbered.sub.subscriptions = numbered.sub.subscriptions.map((fact) => ({ ...fact, copies: [tableCopy()] }));
  numbered.world.pass(70, numbered.apply);
  assertEquals(numbered.world.only.reason, "copying");
});

Deno.test("a transaction on the publisher holds the slot", () => {
  const { world, pub, apply } = streamingPair();
  world.pass(10, () => {
    apply();
    pub.slots = pub.slots.map((slot) => ({ ...slot, restartPosition: 1000n * MIB }));
    pub.decoding = [decoding({ oldestWriter: openTransaction({ seconds: 90 }) })];
  });
  assertEquals(world.state, ["long_transaction", 0, "clock"]);
  assertEquals(world.only.heldBy?.by, "4242");
});

Deno.test("the publisher fails over: with its slot the subscription is to connect there, without it has none", () => {
  for (const isSynced of [true, false]) {
    const { world, pub, sub, stop } = streamingPair();
    const position = pub.position;
    const standby = world.add("standby", { systemIdentifier: "pub", inRecovery: true, position });
    world.pass(10);
    const slot = subscriptionSlot({
      synced: true,
      active: false,
      restartPosition: position,
      confirmedFlushPosition: position,
    });
    pub.up = false;
    stop();
    Object.assign(standby, { inRecovery: false, timeline: 2, slots: isSynced ? [slot] : [] });
    world.pass(20, () => standby.position += MIB);
    const { reason, reasonText, publisher } = world.only;
    assertEquals([reason, publisher?.server], [isSynced ? "disconnected" : "slot_missing", "standby"]);
    assertStringIncludes(reasonText, 'promoted in place of "pub"');
    // The old primary comes back as a standby: that changes nothing.
    Object.assign(pub, { up: true, inRecovery: true, timeline: 2, slots: [] });
    world.pass(10, () => standby.position += MIB);
    assertEquals([world.only.reason, world.only.publisher?.server], [reason, "standby"]);
    if (!isSynced) continue;
    standby.slots = [{ ...slot, active: true, confirmedFlushPosition: standby.position }];
    standby.senders = [subscriptionSender()];
    sub.subscriptions = sub.subscriptions.map((fact) => ({ ...fact, workerPid: 501 }));
    world.pass(5);
    assertEquals([world.only.reason, world.only.lag.seconds], ["idle", 0]);
    assert(!world.only.reasonText.includes("promoted"));
  }
});

Deno.test("several: one publisher to many, a chain, both directions, two of a name, twice between the same servers", () => {
  const world = new LogicalWorld();
  const slot = (name: string) => subscriptionSlot({ slot: name, confirmedFlushPosition: 1000n * MIB });
  const read = (...names: string[]) => ({
    slots: names.map(slot),
    senders: names.map((name) => subscriptionSender({ slot: name, applicationName: name, standby: name })),
  });
  const subscribed = (name: string, more = {}) => subscription({ name, slot: name, ...more });
  world.add("a", { ...read("b1", "b2", "c1"), subscriptions: [subscribed("a1")] });
  world.add("b", {
    ...read("a1", "d1"),
    subscriptions: [subscribed("b1"), subscribed("b2")],
  });
  world.add("c", { subscriptions: [subscribed("c1")] });
  world.add("d", {
    subscriptions: [
      subscribed("d1"),
      subscribed("d1", { subscription: "d1#2", database: "other", slot: "" }),
    ],
  });
  world.collect();
  const shown = world.view().subscriptions.map(({ server, fact, publisher }) =>
    `${server} ${fact.subscription} < ${publisher?.server ?? "?"}`
  );
  assertEquals(shown, ["a a1 < b", "b b1 < a", "b b2 < a", "c c1 < a", "d d1 < b", "d d1#2 < ?"]);
});

Deno.test("a subscriber that is a cluster: after its failover only the new primary's subscription counts", () => {
  const { world, pub, sub, apply } = streamingPair();
  const standby = world.add("sub2", { systemIdentifier: "sub", inRecovery: true, position: sub.position });
  world.pass(10, apply);
  assertEquals(world.view().subscriptions.map(({ server }) => server), ["sub"]);
  const facts = sub.subscriptions;
  sub.up = false;
  Object.assign(standby, { inRecovery: false, timeline: 2, subscriptions: facts });
  world.pass(10, () => {
    apply();
    standby.position += MIB;
  });
  assertEquals(pub.up, true);
  assertEquals(world.view().subscriptions.map(({ server, reason }) => [server, reason]), [[
    "sub2",
    "streaming",
  ]]);
});
