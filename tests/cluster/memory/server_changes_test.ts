import { assertEquals } from "@std/assert";
import { isAsBefore, serverHappenings, wasPromoted } from "../../../src/cluster/memory/server_changes.ts";
import type { ServerFact, SlotFact } from "../../../src/domain/facts.ts";
import type { ServerSnapshot } from "../../../src/domain/view.ts";
import { lost, neverReached, reached, receiver, recovery, sender, server, slot } from "../fixtures.ts";

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

Deno.test("isAsBefore() holds for a standby that feeds nobody and receives from where it did, and for nothing else", () => {
  const own = server({ inRecovery: true });
  const facts = { server: [own], receiver: [receiver({})], recovery: [recovery({})], senders: [] };
  const before = reached("a", { readAt: 0, facts });
  const now = (changed: Partial<ServerSnapshot["facts"]> = {}) =>
    reached("a", { readAt: 15, facts: { ...facts, ...changed } });
  const later = server({ inRecovery: true, replayPosition: 0x9000000n, receivePosition: 0x9000000n });
  const same = [
    now(),
    now({ server: [later] }),
    now({ receiver: [receiver({ flushedPosition: 0x9000000n })] }),
  ];
  assertEquals(same.map((each) => isAsBefore(each, before)), [true, true, true]);
  const { senders: _, ...withoutSenders } = facts;
  const { receiver: _receiver, ...withoutReceiver } = facts;
  const different = [
    now({ receiver: [] }),
    now({ receiver: [receiver({ status: "stopping" })] }),
    now({ receiver: [receiver({ slot: "other" })] }),
    now({ receiver: [receiver({ senderHost: "other" })] }),
    now({ receiver: [receiver({ senderPort: 1 })] }),
    now({ receiver: [receiver({ receivedTimeline: 9 })] }),
    now({ recovery: [recovery({ primarySlotName: "other" })] }),
    now({ senders: [sender({})] }),
    now({ server: [server({ inRecovery: true, timeline: 9 })] }),
    now({ server: [server({ inRecovery: true, startUnixSeconds: 9 })] }),
    now({ server: [server({ inRecovery: true, systemIdentifier: "9" })] }),
    reached("a", { readAt: 15, facts: withoutSenders }),
    reached("a", { readAt: 15, facts: withoutReceiver }),
    { ...now(), cluster: "other" },
    { ...now(), address: { host: "other", hostAddress: "", port: 5432 } },
    lost(before),
    primary,
  ];
  assertEquals(different.map((each) => isAsBefore(each, before)), different.map(() => false));
  assertEquals([isAsBefore(before, null), isAsBefore(primary, primary), isAsBefore(before, lost(before))], [
    false,
    false,
    false,
  ]);
});
