import { assertEquals } from "@std/assert";
import { runChecks } from "../../../src/cluster/findings/run_checks.ts";
import { subscriptionChecks } from "../../../src/cluster/findings/subscriptions.ts";
import { SUBSCRIPTION_REASONS, type SubscriptionReason } from "../../../src/domain/subscription.ts";
import { openTransaction, tableCopy } from "../fixtures.ts";
import { type CheckCase, testChecks } from "./cases.ts";
import { pairOf, type PairScene } from "./subscription_scenes.ts";

const GIB = 1024 ** 3;
const blockedBy = openTransaction();

function cases(
  check: string,
  each: readonly (readonly [when: string, scene: PairScene, raises: string | null, ...says: string[]])[],
): readonly CheckCase[] {
  return each.map(([when, scene, raises, ...says]) => ({
    check,
    when,
    view: pairOf(scene),
    raises: raises === null ? [] : [`${raises} sub app_sub`],
    says,
    derived: true,
  }));
}

testChecks(subscriptionChecks, [
  ...cases("subscription_failing", [
    [
      "applying",
      { reason: "apply_error" },
      "critical",
      'Subscription "app_sub" on "sub" fails to apply',
      'above "processing remote data for replication origin "pg_16403"".',
      'on "sub", in database "app": ALTER SUBSCRIPTION app_sub REFRESH PUBLICATION;',
      'its slot "app_sub" on "pub" retains',
    ],
    [
      "applying, where nothing counts errors",
      { reason: "apply_error", fact: { applyErrorsTotal: null } },
      "critical",
      'below "logical replication apply worker for subscription "app_sub" has started".',
    ],
    [
      "a copy",
      { reason: "copy_error" },
      "critical",
      "fails to copy a table",
      'below "table synchronization worker for subscription "app_sub"".',
      "empty it there, after saving what only it has",
    ],
    ["not one that streams", { reason: "streaming" }, null],
    ["not when its reason is unknown", { reason: null }, null],
  ]),
  ...cases("subscription_disabled", [
    [
      "by hand",
      { reason: "disabled", fact: { enabled: false, name: `My "Sub`, database: "Other DB" } },
      null,
    ],
    [
      "by an error",
      { reason: "disabled_by_error", fact: { enabled: false } },
      "critical",
      'above "subscription "app_sub" has been disabled".',
      'Then: On "sub", in database "app": ALTER SUBSCRIPTION app_sub ENABLE;',
    ],
    [
      "by hand, with its usual name",
      { reason: "disabled" },
      "warning",
      "When the person who disabled it agrees",
    ],
    [
      "by hand, and its slot fills the disk",
      { reason: "disabled", slot: { retainedBytes: 10 * GIB } },
      "critical",
      "retains 10.0 GiB of WAL",
    ],
    [
      "without a slot it cannot be enabled",
      { reason: "disabled", fact: { slot: "" } },
      "warning",
      "ALTER SUBSCRIPTION app_sub SET (slot_name = 'SLOT'); ALTER SUBSCRIPTION app_sub ENABLE;",
    ],
    ["not one that is connected", { reason: "idle" }, null],
  ]).map((each) =>
    each.when === "by hand"
      ? {
        ...each,
        raises: [`warning sub My "Sub`],
        says: [`On "sub", in database "Other DB": ALTER SUBSCRIPTION "My ""Sub" ENABLE;`],
      }
      : each
  ),
  ...cases("subscription_blocked", [
    [
      "by a session",
      { reason: "blocked", fact: { blockedBy }, lag: { seconds: 10 } },
      "warning",
      "waits for a lock of process 4242 (user alice",
      'on "sub": SELECT pg_terminate_backend(4242);',
    ],
    [
      "critical from the critical lag on",
      { reason: "blocked", fact: { blockedBy }, lag: { seconds: 300 } },
      "critical",
    ],
    [
      "by a prepared transaction",
      {
        reason: "blocked",
        fact: { blockedBy: openTransaction({ by: "it's", isPrepared: true, database: "app" }) },
      },
      "warning",
      `on "sub", in database "app": ROLLBACK PREPARED 'it''s';`,
    ],
    [
      "a copy",
      { reason: "blocked", fact: { copies: [tableCopy(), tableCopy({ blockedBy })] } },
      "warning",
      "SELECT pg_terminate_backend(4242);",
    ],
    ["by somebody unknown", { reason: "blocked" }, "warning", "SELECT pg_blocking_pids(500);"],
    ["not one that copies", { reason: "copying" }, null],
  ]),
  ...cases("subscription_slot_missing", [
    [
      "it was dropped",
      { reason: "slot_missing", slot: null, derived: { publisher: null } },
      "critical",
      "SELECT slot_name, active FROM pg_replication_slots WHERE slot_name = 'app_sub';",
      "ALTER SUBSCRIPTION app_sub SET (slot_name = NONE); DROP SUBSCRIPTION app_sub;",
      "rows that only the subscriber has in those tables are lost",
    ],
    ["not one whose slot is lost: that is slot_lost", { reason: "slot_lost" }, null],
  ]),
  ...cases("subscription_disconnected", [
    [
      "it cannot connect",
      { reason: "disconnected", lag: { seconds: 20, source: "upper_bound" } },
      "warning",
      "is not connected",
      "at most 20",
      'must be "pub" (host=10.0.0.1 port=5433), as the subscriber reaches it',
      "ALTER SUBSCRIPTION app_sub CONNECTION 'host=... dbname=... user=... password=...';",
    ],
    ["for long", { reason: "disconnected", lag: { seconds: 301 } }, "critical"],
    [
      "half open",
      { reason: "half_open", lag: { seconds: 20 } },
      "warning",
      `on "pub": SELECT pg_terminate_backend(active_pid) FROM pg_replication_slots WHERE slot_name = 'app_sub';`,
      'on "sub": SELECT pg_terminate_backend(500);',
    ],
    [
      "half open, as its server is frozen and has a finding itself",
      { reason: "half_open", lag: { seconds: 20 }, derived: { isFresh: false } },
      "info",
      'Bring back "sub"',
    ],
    [
      "without a worker",
      { reason: "no_worker", fact: { runningWorkers: 4 } },
      "warning",
      "ALTER SYSTEM SET max_worker_processes = 12; ALTER SYSTEM SET max_logical_replication_workers = 8;",
      "restart it",
    ],
    [
      "without one by the limit of 0",
      { reason: "no_worker", fact: { runningWorkers: 0, maxLogicalWorkers: 0 } },
      "warning",
      "SET max_logical_replication_workers = 4;",
    ],
    [
      "without one of the server",
      { reason: "no_worker", fact: { runningBackgroundWorkers: 8 } },
      "warning",
      "SET max_worker_processes = 12;",
    ],
    ["its publisher has a finding", { reason: "publisher_gone" }, "info", 'Bring back "pub"'],
    ["it has a finding itself", { reason: "unreachable" }, "info", 'Bring back "sub"'],
    ["not a disabled one", { reason: "disabled" }, null],
  ]),
  ...cases("subscription_lag_high", [
    [
      "most waits to be applied",
      {
        lag: { seconds: 60, bytes: 1e6 },
        derived: { bytesBehind: { sent: 0, received: 0, confirmed: 1e6 } },
      },
      "warning",
      "is 1 min behind",
      "Most of it waits to be applied",
      'on "sub", in database "app": ALTER SUBSCRIPTION app_sub SET (streaming = parallel);',
    ],
    [
      "most is not sent",
      {
        lag: { seconds: 300, bytes: 1e6 },
        derived: { bytesBehind: { sent: 9e5, received: 9e5, confirmed: 1e6 } },
      },
      "critical",
      "Most of it is not sent yet",
    ],
    ["not within a minute", { lag: { seconds: 59 } }, null],
    ["not when it is unknown", { lag: { seconds: null } }, null],
    ["not one that does not apply", { lag: { seconds: 600 }, reason: "disabled" }, null],
    ["not one whose copy fails", { lag: { seconds: 600 }, reason: "copy_error" }, null],
  ]),
  {
    check: "subscription_lag_high",
    when: "before 16 there is no parallel apply",
    view: pairOf({ lag: { seconds: 60 }, fact: { origin: null, streaming: "on" } }),
    raises: ["warning sub app_sub"],
    says: ["of their replica identity"],
    derived: true,
  },
  ...cases("subscription_conflicts", [
    ["rows differ", { reason: "conflict" }, "warning", '("conflict detected on relation")'],
    ["while it applies, what its slot retains is no part of it", {
      reason: "conflict",
      slot: { retainedBytes: 20 * GIB },
    }, "warning"],
    ["not one that streams", {}, null],
  ]),
]);

Deno.test("each reason has one finding at most, and those that need nothing have none", () => {
  const found = (reason: SubscriptionReason) =>
    runChecks(pairOf({ reason, lag: { seconds: 30 } }), { checks: subscriptionChecks })
      .map(({ check }) => check.replace("subscription_", "")).join(" ");
  assertEquals(Object.fromEntries(SUBSCRIPTION_REASONS.map((reason) => [reason, found(reason)])), {
    streaming: "",
    idle: "",
    copying: "",
    spilling: "",
    long_transaction: "",
    conflict: "conflicts",
    blocked: "blocked",
    apply_error: "failing",
    copy_error: "failing",
    disabled: "disabled",
    disabled_by_error: "disabled",
    no_worker: "disconnected",
    half_open: "disconnected",
    disconnected: "disconnected",
    unreachable: "disconnected",
    waits_for_standby: "", // decoding_waits_for_standby of the publisher
    publisher_gone: "disconnected",
    slot_missing: "slot_missing",
    // The finding of its slot has it.
    slot_lost: "",
  });
});

Deno.test("nothing is raised of a healthy pair", () => {
  assertEquals(runChecks(pairOf(), { checks: subscriptionChecks }), []);
});
