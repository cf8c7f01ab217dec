/**
 * Subscriptions of any kind, as a server shows them and as they are derived.
 *
 * @module
 */
import * as fc from "fast-check";
import type { SenderFact, SubscriptionFact } from "../../../src/domain/facts.ts";
import {
  PUBLISHER_EVIDENCE,
  SUBSCRIPTION_LAG_SOURCES,
  SUBSCRIPTION_LAG_UNKNOWN_REASONS,
  SUBSCRIPTION_REASONS,
  type SubscriptionLag,
  type SubscriptionView,
} from "../../../src/domain/subscription.ts";
import { openTransaction, sender, subscription, subscriptionSlot, tableCopy } from "../fixtures.ts";
import { age, anyName, bytes, lsn, name, orNull, seconds, slotName, some } from "./arbitrary_values.ts";

export const senderRow: fc.Arbitrary<SenderFact> = some({
  standby: anyName,
  applicationName: anyName,
  slot: slotName,
  kind: fc.constantFrom("standby" as const, "backup" as const, "receivewal" as const),
  state: orNull(fc.constantFrom("streaming", "catchup", "backup")),
  replayPosition: orNull(lsn),
  replyAgeSeconds: orNull(seconds),
  xminAgeTransactions: orNull(age),
}).map((fact) => sender({ standby: "x", ...fact }));

export const holder = some({
  by: fc.constantFrom("4242", "it's"),
  isPrepared: fc.boolean(),
  database: fc.constantFrom("", "app"),
  user: fc.constantFrom("", "alice"),
  seconds: orNull(seconds),
}).map(openTransaction);

export const subscriptionFact: fc.Arbitrary<SubscriptionFact> = some({
  name: fc.constantFrom("s1", `My "Sub`),
  oid: orNull(fc.constant("16403")),
  enabled: fc.boolean(),
  slot: slotName,
  streaming: orNull(fc.constantFrom("off" as const, "on" as const, "parallel" as const)),
  disablesOnError: orNull(fc.boolean()),
  origin: orNull(fc.constant("any")),
  workerPid: orNull(fc.constant(500)),
  receivedPosition: orNull(lsn),
  latestEndPosition: orNull(lsn),
  lastMessageAgeSeconds: orNull(seconds),
  waitEventType: orNull(fc.constantFrom("Lock", "Activity")),
  waitEvent: orNull(fc.constant("LogicalApplyMain")),
  blockedBy: orNull(holder),
  copies: fc.array(
    some({ bytes: orNull(bytes), blockedBy: orNull(holder) }).map(tableCopy),
    { maxLength: 2 },
  ),
  tables: fc.constantFrom(null, {}, { r: 3 }, { r: 1, d: 2 }),
  applyErrorsTotal: orNull(fc.nat(9)),
  syncErrorsTotal: orNull(fc.nat(9)),
  conflictsTotal: fc.constantFrom({}, { update_missing: 3 }),
  runningWorkers: fc.nat(4),
  runningBackgroundWorkers: orNull(fc.nat(9)),
}).map(subscription);

export const subscriptionLag: fc.Arbitrary<SubscriptionLag> = fc.record({
  seconds: orNull(seconds),
  bytes: orNull(bytes),
  source: orNull(fc.constantFrom(...SUBSCRIPTION_LAG_SOURCES)),
  unknownReason: orNull(fc.constantFrom(...SUBSCRIPTION_LAG_UNKNOWN_REASONS)),
  unknownBecause: fc.constant("Because"),
  appliedPosition: orNull(lsn),
});

export const anySubscription: fc.Arbitrary<SubscriptionView> = fc.record({
  server: name,
  cluster: fc.constant(""),
  fact: subscriptionFact,
  isFresh: fc.boolean(),
  publisher: orNull(fc.record({
    server: name,
    clusterKey: orNull(fc.constantFrom("1", "2")),
    by: fc.constantFrom(...PUBLISHER_EVIDENCE),
    slot: orNull(some({ active: fc.boolean(), retainedBytes: orNull(bytes) }).map(subscriptionSlot)),
    sender: orNull(senderRow),
  })),
  publisherUnknown: fc.constantFrom("", "Because"),
  lag: subscriptionLag,
  bytesBehind: fc.record({ sent: orNull(bytes), received: orNull(bytes), confirmed: orNull(bytes) }),
  reason: orNull(fc.constantFrom(...SUBSCRIPTION_REASONS)),
  reasonText: fc.constant("A reason"),
  standsSince: orNull(seconds),
  heldBy: orNull(holder),
  recentErrors: orNull(fc.nat(9)),
  applyBytesPerSecond: orNull(bytes),
  catchUpSeconds: orNull(seconds),
  fallingBehind: orNull(fc.boolean()),
});
