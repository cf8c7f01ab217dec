import { logicalSlotChecks } from "../../../src/cluster/findings/logical_slots.ts";
import type { SlotFact } from "../../../src/domain/facts.ts";
import { decoding, openTransaction, subscriptionSlot } from "../fixtures.ts";
import { NOW } from "../build_view.ts";
import { testChecks } from "./cases.ts";
import { cdcSender, cdcSlot, pairOf, type PairScene } from "./subscription_scenes.ts";

const MIB = 1024 ** 2;

/** A CDC connector that has confirmed nothing for a time, seconds. */
function unconfirmed(seconds: number, fact: Partial<SlotFact> = {}, more: PairScene = {}) {
  return pairOf({
    slots: [cdcSlot({ retainedBytes: 20 * MIB, ...fact })],
    senders: [cdcSender()],
    server: { confirmedSince: new Map([["cdc", NOW - seconds], ["app_sub", NOW - seconds]]) },
    ...more,
  });
}

/** A transaction that has been open for a time, and slots that retain WAL since. */
function held(seconds: number | null, fact: Partial<SlotFact> = {}, others: readonly SlotFact[] = []) {
  const writer = openTransaction({ seconds });
  return pairOf({
    slot: {
      restartPosition: 0n,
      confirmedFlushPosition: BigInt(20 * MIB),
      retainedBytes: 20 * MIB,
      ...fact,
    },
    slots: others,
    decoding: [decoding({ oldestWriter: writer }), decoding({ slot: "other", oldestWriter: writer })],
  });
}

testChecks(logicalSlotChecks, [
  {
    check: "slot_not_confirmed",
    when: "a CDC connector confirms nothing for a minute",
    view: unconfirmed(60),
    raises: ["warning pub cdc"],
    says: [
      'The consumer of slot "cdc" on "pub" has confirmed nothing for 1 min',
      "20.0 MiB of WAL unconfirmed",
      "application_name = debezium",
      "heartbeat.interval.ms",
    ],
  },
  {
    check: "slot_not_confirmed",
    when: "critical when the disk fills",
    view: unconfirmed(600, { retainedBytes: 10240 * MIB }),
    raises: ["critical pub cdc"],
  },
  {
    check: "slot_not_confirmed",
    when: "of another plugin",
    view: unconfirmed(600, { plugin: "wal2json" }),
    raises: ["warning pub cdc"],
    says: ["plugin = wal2json"],
  },
  { check: "slot_not_confirmed", when: "not within a minute", view: unconfirmed(59), raises: [] },
  {
    check: "slot_not_confirmed",
    when: "not up to a segment",
    view: unconfirmed(600, { retainedBytes: 16 * MIB }),
    raises: [],
  },
  {
    check: "slot_not_confirmed",
    when: "not one that nobody reads, which is slot_inactive",
    view: unconfirmed(600, { active: false }, { senders: [] }),
    raises: [],
  },
  {
    check: "slot_not_confirmed",
    when: "not a lost one",
    view: unconfirmed(600, { walStatus: "lost" }),
    raises: [],
  },
  {
    check: "slot_not_confirmed",
    when: "not that of a watched subscription, which has its own finding",
    view: unconfirmed(600, {}, { slots: [], senders: [], slot: { retainedBytes: 20 * MIB } }),
    raises: [],
  },
  {
    check: "slots_held",
    when: "by a session, for five minutes",
    view: held(300),
    raises: ["warning pub"],
    says: [
      'A transaction on "pub" holds slot "app_sub"',
      "process 4242 (user alice",
      "up to 20.0 MiB of WAL retained",
      'on "pub": SELECT pg_terminate_backend(4242);',
    ],
  },
  {
    check: "slots_held",
    when: "several",
    view: held(300, {}, [
      subscriptionSlot({
        slot: "other",
        restartPosition: 0n,
        confirmedFlushPosition: BigInt(10240 * MIB),
        retainedBytes: 10240 * MIB,
      }),
    ]),
    raises: ["critical pub"],
    says: ["holds 2 logical slots", "app_sub, other"],
  },
  { check: "slots_held", when: "not within five minutes", view: held(299), raises: [] },
  { check: "slots_held", when: "not for an unknown time", view: held(null), raises: [] },
  {
    check: "slots_held",
    when: "not what its consumer has yet to confirm",
    view: held(600, { confirmedFlushPosition: 0n }),
    raises: [],
  },
  {
    check: "slots_held",
    when: "not up to a segment",
    view: held(600, { retainedBytes: 16 * MIB, confirmedFlushPosition: BigInt(16 * MIB) }),
    raises: [],
  },
]);
