import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import {
  deriveSubscriptionReason,
  pendingTables,
  type ReasonInput,
} from "../../../src/cluster/logical/subscription_reason.ts";
import type { SlotFact, SubscriptionFact } from "../../../src/domain/facts.ts";
import {
  type PublisherEnd,
  STOPPED_REASONS,
  SUBSCRIPTION_REASONS,
  type SubscriptionLag,
  type SubscriptionReason,
} from "../../../src/domain/subscription.ts";
import {
  openTransaction,
  subscription,
  subscriptionSender,
  subscriptionSlot,
  tableCopy,
} from "../fixtures.ts";

const MIB = 1024 ** 2;

function lagOf(seconds: number | null): SubscriptionLag {
  return {
    seconds,
    bytes: seconds === null ? null : seconds * MIB,
    source: seconds === null ? null : "clock",
    unknownReason: seconds === null ? "no_position" : null,
    unknownBecause: "",
    appliedPosition: 1000n,
  };
}

function publisherWith(slot: Partial<SlotFact> | null): PublisherEnd {
  return {
    server: "pub",
    clusterKey: "1",
    by: "application_name",
    slot: slot === null ? null : subscriptionSlot(slot),
    sender: subscriptionSender(),
  };
}

/** One that streams from a watched publisher, on which something is written; changed as wanted. */
function input(
  { fact = {}, seconds = 0, slot = {}, ...changes }:
    & Partial<Omit<ReasonInput, "fact">>
    & {
      readonly fact?: Partial<SubscriptionFact>;
      readonly seconds?: number | null;
      readonly slot?: Partial<SlotFact> | null;
    },
): ReasonInput {
  return {
    fact: subscription(fact),
    isUp: true,
    disabledAfterErrors: null,
    publisher: publisherWith(slot),
    isPublisherUp: true,
    isSlotKnown: true,
    former: null,
    waitsForStandby: false,
    heldBy: null,
    isConnected: true,
    silence: null,
    lag: lagOf(seconds),
    isCopying: false,
    standsSeconds: null,
    applyErrors: 0,
    copyErrors: 0,
    conflicts: 0,
    decodedAgain: 0,
    spilledBytes: 0,
    walBytesPerSecond: 100,
    ...changes,
  };
}

/** Nobody watches its publisher. */
const ALONE = {
  publisher: null,
  isPublisherUp: null,
  isSlotKnown: false,
  isConnected: null,
  seconds: null,
};
const WITHOUT_WORKER = {
  isConnected: false,
  slot: { active: false },
  fact: { workerPid: null, lastMessageAgeSeconds: null },
};
const blockedBy = openTransaction();

interface ReasonCase {
  readonly reason: SubscriptionReason | null;
  readonly when: string;
  readonly of: Parameters<typeof input>[0];
  readonly says?: string;
}

const CASES: readonly ReasonCase[] = [
  { reason: "streaming", when: "it applies", of: {} },
  { reason: "streaming", when: "it applies, somewhat behind", of: { seconds: 30 } },
  { reason: "streaming", when: "its publisher is not watched, but sends", of: ALONE },
  {
    reason: "streaming",
    when: "a single error may be a lost connection",
    of: { applyErrors: 1, seconds: 30, standsSeconds: 30 },
  },
  { reason: "streaming", when: "a lock is waited for a moment", of: { fact: { blockedBy }, seconds: 1 } },
  { reason: "streaming", when: "the subscriber cannot be reached, but is connected", of: { isUp: false } },
  {
    reason: "streaming",
    when: "what the server does not show is unknown",
    of: {
      applyErrors: null,
      copyErrors: null,
      conflicts: null,
      decodedAgain: null,
      spilledBytes: null,
      walBytesPerSecond: null,
    },
  },
  { reason: "idle", when: "nothing is written", of: { walBytesPerSecond: 0 } },
  {
    reason: "copying",
    when: "tables are copied",
    of: { isCopying: true, fact: { tables: { r: 2, d: 1 } } },
    says: ": 2 of 3 tables are done",
  },
  {
    reason: "copying",
    when: "how much of one is known, of all is not",
    of: { isCopying: true, fact: { tables: null, copies: [tableCopy({ bytes: 5 * MIB })] } },
    says: "under way, 5.0 MiB of those under way",
  },
  { reason: "copying", when: "between two attempts", of: { isCopying: true, fact: { tables: null } } },
  {
    reason: "spilling",
    when: "behind, and decoding spills",
    of: { spilledBytes: 5 * MIB, seconds: 10 },
    says: "5.0 MiB",
  },
  { reason: "streaming", when: "decoding has spilled, and it has caught up", of: { spilledBytes: 5 * MIB } },
  {
    reason: "long_transaction",
    when: "its slot is held",
    of: { heldBy: blockedBy },
    says: "process 4242 (user alice",
  },
  {
    reason: "streaming",
    when: "its slot is held, but it is behind as well",
    of: { heldBy: blockedBy, seconds: 30 },
  },
  { reason: "conflict", when: "changes meet other rows", of: { conflicts: 3 }, says: "3 changes" },
  {
    reason: "blocked",
    when: "the apply worker waits",
    of: { fact: { blockedBy }, seconds: 10 },
    says: "process 4242",
  },
  { reason: "blocked", when: "its lag is unknown", of: { ...ALONE, fact: { blockedBy } } },
  {
    reason: "blocked",
    when: "for whom is unknown",
    of: { fact: { waitEventType: "Lock" }, seconds: 10 },
    says: "waits for a lock",
  },
  {
    reason: "blocked",
    when: "a copy waits",
    of: {
      isCopying: true,
      fact: { copies: [tableCopy(), tableCopy({ blockedBy })], tables: { r: 1, d: 2 } },
    },
    says: "The initial copy of a table waits for a lock that process 4242",
  },
  {
    reason: "apply_error",
    when: "errors come again while it stands",
    of: { ...WITHOUT_WORKER, applyErrors: 2, standsSeconds: 12, seconds: 12 },
    says: "has failed 2 times in the last 12.0 s",
  },
  {
    reason: "apply_error",
    when: "it is connected for a moment",
    of: { applyErrors: 5, standsSeconds: 30, seconds: 30 },
  },
  {
    reason: "apply_error",
    when: "one transaction is decoded again and again (14)",
    of: { ...WITHOUT_WORKER, applyErrors: null, decodedAgain: 2, standsSeconds: 12, seconds: 12 },
    says: "connects again and again",
  },
  { reason: "copy_error", when: "a copy fails", of: { copyErrors: 2, isCopying: true }, says: "2 times" },
  {
    reason: "copy_error",
    when: "whether one is under way is unknown",
    of: { ...ALONE, copyErrors: 2, isCopying: null },
  },
  {
    reason: "blocked",
    when: "a copy that had failed waits for a lock",
    of: { copyErrors: 2, isCopying: true, fact: { copies: [tableCopy({ blockedBy })] } },
  },
  { reason: "streaming", when: "the copy that failed is done", of: { copyErrors: 2 } },
  { reason: "disabled", when: "by hand", of: { fact: { enabled: false }, isConnected: false } },
  {
    reason: "disabled",
    when: "after errors, without disable_on_error",
    of: { fact: { enabled: false, applyErrorsTotal: 9 } },
  },
  {
    reason: "disabled",
    when: "by hand, as was seen",
    of: { fact: { enabled: false, disablesOnError: true, applyErrorsTotal: 9 }, disabledAfterErrors: false },
  },
  {
    reason: "disabled_by_error",
    when: "as was seen",
    of: { fact: { enabled: false, disablesOnError: true }, disabledAfterErrors: true },
  },
  {
    reason: "disabled_by_error",
    when: "as the counters show",
    of: { fact: { enabled: false, disablesOnError: true, syncErrorsTotal: 1 } },
  },
  {
    reason: "no_worker",
    when: "all logical workers are in use",
    of: { isConnected: false, fact: { workerPid: null, runningWorkers: 4 } },
    says: "all 4 of max_logical_replication_workers",
  },
  {
    reason: "no_worker",
    when: "all background workers are in use",
    of: { isConnected: false, fact: { workerPid: null, runningBackgroundWorkers: 8 } },
    says: "all 8 of max_worker_processes",
  },
  {
    reason: "no_worker",
    when: "none for a copy",
    of: { isCopying: true, fact: { runningWorkers: 4, tables: { d: 1 } } },
    says: "Tables wait",
  },
  {
    reason: "half_open",
    when: "both ends show a connection",
    of: { silence: "Both ends show a connection", seconds: 30 },
    says: "Both ends",
  },
  {
    reason: "half_open",
    when: "the publisher alone shows one",
    of: { isUp: false, silence: "The publisher shows a connection" },
  },
  {
    reason: "half_open",
    when: "nothing comes from a publisher that is not watched",
    of: { ...ALONE, fact: { lastMessageAgeSeconds: 50 } },
    says: "50.0 s ago",
  },
  { reason: "disconnected", when: "no worker runs", of: WITHOUT_WORKER, says: 'not connected to "pub"' },
  {
    reason: "disconnected",
    when: "to a publisher that is not watched",
    of: { ...ALONE, fact: { workerPid: null } },
    says: "its publisher",
  },
  {
    reason: "disconnected",
    when: "errors are not counted",
    of: { ...WITHOUT_WORKER, applyErrors: null },
    says: "only the log",
  },
  {
    reason: "disconnected",
    when: "its publisher was replaced",
    of: { ...WITHOUT_WORKER, former: "old" },
    says: 'promoted in place of "old"; its connection string may still name the latter',
  },
  {
    reason: "unreachable",
    when: "no end has a connection",
    of: { isUp: false, isConnected: false },
    says: "no connection of it",
  },
  {
    reason: "unreachable",
    when: "neither server responds",
    of: { isUp: false, isPublisherUp: false, isSlotKnown: false, isConnected: null },
  },
  {
    reason: "publisher_gone",
    when: "it does not respond",
    of: { ...WITHOUT_WORKER, isPublisherUp: false, isSlotKnown: false, isConnected: null },
    says: '"pub" does not respond',
  },
  {
    reason: "streaming",
    when: "its publisher does not respond to the exporter alone",
    of: { isPublisherUp: false, isSlotKnown: false, isConnected: null },
  },
  {
    reason: "slot_missing",
    when: "it is gone",
    of: { slot: null, isConnected: false },
    says: '"pub" has no slot "app_sub"',
  },
  {
    reason: "slot_missing",
    when: "it was not synchronized to the new primary",
    of: { slot: null, isConnected: false, former: "old" },
    says: 'in place of "old", and the slot was not synchronized',
  },
  { reason: "slot_missing", when: "slot_name = NONE", of: { ...ALONE, isUp: true, fact: { slot: "" } } },
  {
    reason: "slot_lost",
    when: "its WAL is gone",
    of: { slot: { walStatus: "lost", active: false }, isConnected: false },
  },
  {
    reason: "slot_lost",
    when: "why is known",
    of: { slot: { walStatus: "lost", invalidationReason: "idle_timeout" }, isConnected: false },
    says: "(idle_timeout)",
  },
  {
    reason: "disconnected",
    when: "something else reads its slot",
    of: { ...WITHOUT_WORKER, publisher: publisherWith({ active: true }) },
    says: "127.0.0.1",
  },
  {
    reason: null,
    when: "nothing is known: neither of its publisher, nor whether anything arrives",
    of: { ...ALONE, fact: { lastMessageAgeSeconds: null } },
  },
  {
    reason: "waits_for_standby",
    when: "the publisher must not send it before a standby has it",
    of: { waitsForStandby: true, seconds: 12 },
    says: "synchronized_standby_slots",
  },
  {
    reason: "streaming",
    when: "it waited for a standby a moment ago",
    of: { waitsForStandby: true, seconds: 1 },
  },
];

for (const { reason, when, of, says = "" } of CASES) {
  Deno.test(`deriveSubscriptionReason(): ${reason}, ${when}`, () => {
    const derived = deriveSubscriptionReason(input(of));
    assertEquals(derived.reason, reason, derived.text);
    assertStringIncludes(derived.text, says);
    assertEquals(derived.text === "", reason === null);
    assert(!/\.$|undefined|null|NaN/.test(derived.text), derived.text);
  });
}

Deno.test("every reason has a case, and those that stop it are known", () => {
  const tried = new Set(CASES.map(({ reason }) => reason));
  assertEquals(SUBSCRIPTION_REASONS.filter((each) => !tried.has(each)), []);
  assertEquals([...STOPPED_REASONS].filter((each) => !SUBSCRIPTION_REASONS.includes(each)), []);
});

Deno.test("pendingTables() counts all but those in sync", () => {
  assertEquals(pendingTables(null), 0);
  assertEquals(pendingTables({ r: 5 }), 0);
  assertEquals(pendingTables({ r: 5, d: 1, s: 2, i: 3, f: 4 }), 10);
});
