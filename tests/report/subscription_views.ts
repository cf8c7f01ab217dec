/**
 * Subscriptions in several states, derived by the program itself from what a publisher, its subscriber and a subscriber of
 * that report.
 *
 * @module
 */
import type { Facts, SlotFact, SubscriptionFact } from "../../src/domain/facts.ts";
import type { View } from "../../src/domain/view.ts";
import type { ReportSubscription } from "../../src/report/model.ts";
import { buildView, NOW } from "../cluster/build_view.ts";
import { reached, sender, server, slot, sync } from "../cluster/fixtures.ts";

/** End of the publisher's WAL. */
const WAL_END = 0x5000000n;

/** What a healthy subscription is on its server. */
export function subscriptionFact(name: string, fact: Partial<SubscriptionFact> = {}): SubscriptionFact {
  return {
    subscription: name,
    name,
    oid: "16400",
    database: "app",
    enabled: true,
    slot: name,
    publications: [`${name}_tables`],
    streaming: "parallel",
    disablesOnError: false,
    twoPhase: false,
    origin: "any",
    failover: false,
    workerPid: 4711,
    workerSeconds: 3600,
    receivedPosition: WAL_END,
    latestEndPosition: WAL_END,
    lastMessageAgeSeconds: 0.1,
    waitEventType: "Activity",
    waitEvent: "LogicalApplyMain",
    blockedBy: null,
    parallelWorkers: 0,
    copies: [],
    tables: { r: 4 },
    applyErrorsTotal: 0,
    syncErrorsTotal: 0,
    conflictsTotal: {},
    runningWorkers: 2,
    maxLogicalWorkers: 4,
    maxSyncWorkers: 2,
    runningBackgroundWorkers: 3,
    maxWorkerProcesses: 8,
    ...fact,
  };
}

/** A subscription without a worker. */
function stopped(name: string, fact: Partial<SubscriptionFact> = {}): SubscriptionFact {
  return subscriptionFact(name, {
    workerPid: null,
    workerSeconds: null,
    receivedPosition: null,
    latestEndPosition: null,
    lastMessageAgeSeconds: null,
    waitEventType: null,
    waitEvent: null,
    ...fact,
  });
}

/** The slot of a subscription. */
export function logicalSlot(name: string, fact: Partial<SlotFact> = {}): SlotFact {
  return slot({
    slot: name,
    type: "logical",
    database: "app",
    plugin: "pgoutput",
    restartPosition: WAL_END - 0x100000n,
    confirmedFlushPosition: WAL_END,
    retainedBytes: 0x100000,
    ...fact,
  });
}

function readerOf(name: string) {
  return sender({
    applicationName: name,
    slot: name,
    kind: "logical",
    clientAddress: "10.0.0.7",
    sentPosition: WAL_END,
    flushPosition: WAL_END,
    serverPosition: WAL_END,
  });
}

function primaryOf(identifier: string, facts: Facts): Facts {
  return {
    server: [
      server({ systemIdentifier: identifier, versionNum: 180004, version: "18.4", writePosition: WAL_END }),
    ],
    senders: [],
    slots: [],
    sync: [sync()],
    ...facts,
  };
}

const BEHIND = WAL_END - 0x90000n;
const LOCK = { by: "5151", isPrepared: false, user: "batch", applicationName: "nightly", seconds: 130 };

const PUB: Facts = primaryOf("7300000000000000001", {
  senders: ["orders", "stock", "history"].map(readerOf),
  slots: [
    logicalSlot("orders"),
    logicalSlot("stock", { confirmedFlushPosition: BEHIND, retainedBytes: 0x180000 }),
    logicalSlot("history"),
    logicalSlot("prices", { active: false, confirmedFlushPosition: BEHIND }),
    logicalSlot("users", {
      active: false,
      confirmedFlushPosition: BEHIND,
      walStatus: "lost",
      restartPosition: null,
      retainedBytes: null,
      invalidationReason: "wal_removed",
    }),
  ],
});

const SUB: Facts = primaryOf("7300000000000000002", {
  senders: [readerOf("onward")],
  slots: [logicalSlot("onward")],
  subscriptions: [
    subscriptionFact("orders", { conflictsTotal: { update_missing: 0 } }),
    subscriptionFact("stock", {
      blockedBy: LOCK,
      waitEventType: "Lock",
      waitEvent: "relation",
      latestEndPosition: BEHIND,
    }),
    subscriptionFact("history", {
      tables: { r: 1, d: 2 },
      copies: [{ table: "16501", rows: 120_000, bytes: 9_000_000, seconds: 40, blockedBy: null }],
    }),
    stopped("prices", { enabled: false }),
    stopped("users", { applyErrorsTotal: 7, tables: null }),
    subscriptionFact("abroad", { tables: null, publications: ["a", "b", "c", "d"] }),
  ],
});

const FAR: Facts = primaryOf("7300000000000000003", { subscriptions: [subscriptionFact("onward")] });

/** A publisher, a subscriber with subscriptions in several states, and one that subscribes to that. */
export function subscriptionsView(): View {
  const read = (name: string, facts: Facts) => reached(name, { readAt: NOW - 1, facts });
  return buildView({
    snapshots: [read("pub", PUB), read("sub", SUB), read("far", FAR)],
    before: {
      pub: {
        ...PUB,
        server: PUB.server?.map((each) => ({ ...each, writePosition: WAL_END - 0x100000n })) ?? [],
      },
    },
    expectedStandbys: 0,
  });
}

/** A healthy subscription in a report. */
export const SUBSCRIPTION: ReportSubscription = {
  id: "sub/app/orders",
  server: "sub",
  cluster: "",
  name: "orders",
  series: "orders",
  database: "app",
  publications: ["orders_tables"],
  enabled: true,
  status: "healthy",
  status_reasons: [],
  publisher: { server: "pub", cluster: "", joined_by: "application_name" },
  publisher_unknown_because: "",
  slot: "orders",
  slot_retained_bytes: 1024 ** 2,
  slot_lost_in_seconds: null,
  reason: "streaming",
  reason_text: "It receives and applies",
  stands_since_unix_seconds: null,
  lag_seconds: 0.4,
  lag_bytes: 4096,
  lag_source: "clock",
  lag_unknown_reason: null,
  lag_unknown_because: "",
  sent_lag_bytes: 0,
  received_lag_bytes: 1024,
  confirmed_lag_bytes: 4096,
  applied_lsn: "0/5000060",
  apply_bytes_per_second: 2048,
  catch_up_seconds: 0,
  falling_behind: false,
  tables: { r: 4 },
  total_tables: 4,
  ready_tables: 4,
  copies: [],
  apply_errors: 0,
  copy_errors: 0,
  recent_errors: 0,
  conflicts: null,
  total_conflicts: null,
  blocked_by: null,
  held_by: null,
  lag_last_hour: null,
};

/** One that somebody disabled. */
export const DISABLED: ReportSubscription = {
  ...SUBSCRIPTION,
  id: "sub/app/prices",
  name: "prices",
  series: "prices",
  slot: "prices",
  enabled: false,
  status: "warning",
  status_reasons: ["It is disabled (ALTER SUBSCRIPTION ... DISABLE)"],
  reason: "disabled",
  reason_text: "It is disabled (ALTER SUBSCRIPTION ... DISABLE)",
  lag_seconds: 12.3,
  lag_source: "upper_bound",
  catch_up_seconds: null,
  apply_errors: 3,
};

/** Many of one server. */
export function manySubscriptions(count: number): readonly ReportSubscription[] {
  return Array.from({ length: count }, (_, index) => ({
    ...index % 2 === 0 ? SUBSCRIPTION : DISABLED,
    id: `sub/app/subscription_${index}`,
    name: `subscription_${index}`,
    series: `subscription_${index}`,
    slot: `subscription_${index}`,
  }));
}
