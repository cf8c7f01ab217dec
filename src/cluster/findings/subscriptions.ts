/**
 * Subscriptions that do not apply, or apply too slowly.
 *
 * @module
 */
import type { Severity } from "../../domain/finding.ts";
import { formatBytes, formatSeconds } from "../../domain/quantities.ts";
import { quoteName } from "../../domain/sql_text.ts";
import {
  STOPPED_REASONS,
  type SubscriptionReason,
  type SubscriptionView,
} from "../../domain/subscription.ts";
import type { View } from "../../domain/view.ts";
import { describeHolder } from "../logical/held_slot.ts";
import type { NewSetting } from "../managers/remedy.ts";
import { type Check, type CheckContext, type Diagnosis, joinEvidence, type Look } from "./check.ts";
import { destructive } from "./destructive.ts";
import { severityOfRetained } from "./slots.ts";
import {
  causesOf,
  enable,
  endBlocker,
  endHalfOpen,
  errorCauses,
  errorInLog,
  giveSlot,
  nameOfPublisher,
  onSubscriber,
  reconnect,
  replaceMissingSlot,
  retainedBy,
} from "./subscription_advice.ts";
import { hostAndPort, serverNamed } from "./view_queries.ts";

/** Where errors of a subscription are. */
const LOG =
  'The log of the subscriber: no view has the error. Look for `replication origin "pg_OID"` (15 and later), with the `oid` of `SELECT oid, subname FROM pg_subscription;`.';

/** Looks at each subscription; what it finds is filed under it. */
function perSubscription(look: Look<[subscription: SubscriptionView]>): Check["find"] {
  return function* (view, context) {
    for (const subscription of view.subscriptions) {
      const found = look(subscription, view, context);
      if (found !== null) {
        yield { server: subscription.server, subject: subscription.fact.subscription, ...found };
      }
    }
  };
}

/** Whether there is a subscription. */
function hasSubscriptions({ subscriptions }: View): boolean {
  return subscriptions.length > 0;
}

/** What its lag shows: the end of the evidence. */
function behindEvidence({ lag, recentErrors }: SubscriptionView): string {
  return joinEvidence(
    lag.seconds === null
      ? `lag unknown: ${lag.unknownBecause}`
      : `${lag.source === "upper_bound" ? "at most " : ""}${formatSeconds(lag.seconds)} behind` +
        (lag.bytes === null ? "" : ` (${formatBytes(lag.bytes)} of WAL)`),
    recentErrors !== null && recentErrors > 0 && `${recentErrors} errors meanwhile`,
  );
}

function subscriptionIn({ server, fact }: SubscriptionView): string {
  return `Subscription "${fact.subscription}" on "${server}"`;
}

/** While nothing is applied its slot retains WAL: what that threatens counts as well. */
function worseOf(view: View, { publisher }: SubscriptionView, severity: Severity): Severity {
  const server = serverNamed(view, publisher?.server ?? null);
  const slot = publisher?.slot ?? null;
  return server !== null && slot !== null && severityOfRetained(server, slot) === "critical"
    ? "critical"
    : severity;
}

function byLag({ lag }: SubscriptionView, { lagCriticalSeconds }: CheckContext): Severity {
  return (lag.seconds ?? 0) >= lagCriticalSeconds ? "critical" : "warning";
}

/** A check of subscriptions with certain reasons. */
function byReason(
  reasons: readonly SubscriptionReason[],
  diagnose: (
    subscription: SubscriptionView,
    view: View,
    context: CheckContext,
  ) => Pick<Diagnosis, "severity" | "advice" | "remedy"> & { readonly summary: string },
): Check["find"] {
  return perSubscription((subscription, view, context) => {
    if (subscription.reason === null || !reasons.includes(subscription.reason)) return null;
    const { severity, summary, ...advised } = diagnose(subscription, view, context);
    return {
      ...advised,
      severity: STOPPED_REASONS.has(subscription.reason) ? worseOf(view, subscription, severity) : severity,
      summary: `${subscriptionIn(subscription)} ${summary}`,
      evidence: joinEvidence(subscription.reasonText, behindEvidence(subscription), retainedBy(subscription)),
      extent: subscription.lag.seconds ?? 0,
    };
  });
}

const SHARED = {
  looksAt: "pg_subscription, pg_stat_subscription, pg_replication_slots",
  applies: hasSubscriptions,
};

/** Subscriptions, those that fail first. */
export const subscriptionChecks: readonly Check[] = [
  {
    ...SHARED,
    name: "subscription_failing",
    title: "Every subscription applies without errors",
    looksAt: "pg_stat_subscription_stats, confirmed_flush_lsn of the slot",
    reads: ["subscriptions"],
    severities: ["critical"],
    meaning:
      "Applying a transaction, or the initial copy of a table, fails, is tried again every few seconds, and fails again: " +
      "nothing is applied, and the publisher retains its WAL.",
    look: [
      LOG,
      "`pgrepl_subscription_errors_total`, `pgrepl_subscription_conflicts_total` (18 and later) by kind.",
    ],
    steps: [
      `${errorCauses("`ALTER SUBSCRIPTION NAME REFRESH PUBLICATION;` in its database.")}.`,
      destructive({
        because: "A transaction that must not be applied can be skipped as a whole (15 and later)",
        checkFirst:
          "the error in the log ends in `finished at X/Y`, and what else that transaction changed is known or can be copied by hand.",
        step: "`ALTER SUBSCRIPTION NAME SKIP (lsn = 'X/Y');`",
        loses:
          "all its changes are missing on the subscriber from then on, and later changes of the same rows fail or are lost.",
      }),
    ],
    find: byReason(["apply_error", "copy_error"], (subscription) => ({
      severity: "critical",
      summary: subscription.reason === "copy_error"
        ? "fails to copy a table"
        : "fails to apply, again and again",
      advice: `${errorInLog(subscription)}. ${
        subscription.reason === "copy_error"
          ? "Rows that the table on the subscriber has already: empty it there, after saving what only it has. " +
            "A column that is missing: add it there"
          : causesOf(subscription)
      }. It tries again by itself`,
    })),
  },
  {
    ...SHARED,
    name: "subscription_disabled",
    title: "Every subscription is enabled",
    looksAt: "pg_subscription.subenabled, subdisableonerr",
    reads: ["subscriptions"],
    severities: ["critical", "warning"],
    grades: "Critical when an error disabled it, or its slot retains 10 GiB without a limit.",
    meaning:
      "Nothing is applied until somebody enables it, and its slot retains WAL on the publisher until its disk is full or " +
      "`max_slot_wal_keep_size` invalidates the slot.",
    look: [LOG, "`SELECT subname, subenabled, subdisableonerr FROM pg_subscription;`"],
    steps: [
      "Find out who disabled it and why; after an error, correct its cause first.",
      "`ALTER SUBSCRIPTION NAME ENABLE;` in its database.",
    ],
    find: byReason(["disabled", "disabled_by_error"], (subscription) =>
      subscription.reason === "disabled"
        ? {
          severity: "warning",
          summary: "is disabled",
          advice: subscription.fact.slot === ""
            ? giveSlot(subscription)
            : `When the person who disabled it agrees: ${
              enable(subscription)
            } Its slot retains WAL until then`,
        }
        : {
          severity: "critical",
          summary: "was disabled by an error",
          advice: `${errorInLog(subscription)}. ${causesOf(subscription)}. Then: ${enable(subscription)}`,
        }),
  },
  {
    ...SHARED,
    name: "subscription_blocked",
    title: "No worker of a subscription waits for a lock",
    looksAt: "pg_stat_activity.wait_event_type, pg_blocking_pids()",
    reads: ["subscriptions"],
    severities: ["critical", "warning"],
    grades: "Critical from the critical lag on.",
    meaning:
      "Another session on the subscriber holds a lock on a table that the worker must change: it applies nothing meanwhile.",
    look: [
      "`SELECT pid, pg_blocking_pids(pid), wait_event FROM pg_stat_activity WHERE backend_type LIKE 'logical replication%';`",
    ],
    steps: [
      "Let the client of that session commit or roll back.",
      destructive({
        because: "If it cannot, the session can be ended",
        checkFirst:
          "`SELECT usename, state, query FROM pg_stat_activity WHERE pid = PID;` shows whose it is, and that it may be repeated.",
        step: "`SELECT pg_terminate_backend(PID);`",
        loses: "its work so far is lost, and its client must run it again.",
      }),
    ],
    find: byReason(["blocked"], (subscription, _view, context) => {
      const { fact } = subscription;
      const blocker = fact.blockedBy ?? fact.copies.find(({ blockedBy }) => blockedBy !== null)?.blockedBy ??
        null;
      return {
        severity: byLag(subscription, context),
        summary: blocker === null ? "waits for a lock" : `waits for a lock of ${describeHolder(blocker)}`,
        advice: blocker === null
          ? `On "${subscription.server}": SELECT pg_blocking_pids(${
            fact.workerPid ?? "PID"
          }); shows who holds it: end that transaction`
          : endBlocker(subscription.server, blocker),
      };
    }),
  },
  {
    ...SHARED,
    name: "subscription_slot_missing",
    title: "Every subscription has its slot",
    reads: ["subscriptions", "slots"],
    severities: ["critical"],
    meaning:
      "The publisher has no slot of that name: it was dropped, or the publisher was replaced by a standby to which the slot " +
      "was not synchronized. Changes since are lost to the subscription.",
    look: [
      "`SELECT slot_name, active, synced, failover FROM pg_replication_slots;` on every server of the publisher's cluster.",
    ],
    steps: [
      "Where another server of that cluster has the slot: `ALTER SUBSCRIPTION NAME CONNECTION '…';`.",
      "Otherwise the subscription must be created again, see the steps of a subscription in `slot_lost`.",
    ],
    find: byReason(["slot_missing"], (subscription) => ({
      severity: "critical",
      summary: "has no slot",
      advice: replaceMissingSlot(subscription),
    })),
  },
  {
    ...SHARED,
    name: "subscription_disconnected",
    title: "Every enabled subscription is connected",
    looksAt: "pg_stat_subscription.pid, last_msg_receipt_time, pg_replication_slots.active",
    reads: ["subscriptions"],
    severities: ["critical", "warning", "info"],
    grades:
      "Critical from the critical lag on; info when one of the servers does not respond, which has its own finding.",
    meaning:
      "The subscription is enabled, but nothing reads its slot: its worker cannot connect, its connection only looks alive, or " +
      "no worker is left for it.",
    look: ["The log of the subscriber: `could not connect to the publisher`."],
    steps: [
      "The network between the two, the login, and `pg_hba.conf` on the publisher.",
      "After a failover of the publisher, where `SELECT remote_lsn FROM pg_replication_origin_status;` on the subscriber is not beyond `SELECT pg_last_wal_replay_lsn();` on the new primary (else changes are skipped without an error): `ALTER SUBSCRIPTION NAME CONNECTION '…';` with the new primary.",
      "Half open: repair the path that drops packets; both ends give up after `wal_receiver_timeout` and `wal_sender_timeout`, one minute each by default, and connect again.",
      "No worker is left: raise `max_logical_replication_workers` and `max_worker_processes`; both need a restart of the subscriber.",
    ],
    find: byReason(
      ["disconnected", "half_open", "no_worker", "publisher_gone", "unreachable"],
      (subscription, view, context) => {
        const { publisher, reason } = subscription;
        const address = serverNamed(view, publisher?.server ?? null);
        // A frozen server still holds its connection.
        switch (reason === "half_open" && !subscription.isFresh ? "unreachable" : reason) {
          case "publisher_gone":
            return {
              severity: "info",
              summary: "waits for its publisher",
              advice: `Bring back ${
                nameOfPublisher(publisher)
              }, see its finding: the subscription connects again by itself`,
            };
          case "unreachable":
            return {
              severity: "info",
              summary: "is on a server that does not respond",
              advice:
                `Bring back "${subscription.server}", see its finding: the subscription connects again by itself`,
            };
          case "no_worker":
            return {
              severity: byLag(subscription, context),
              summary: "has no worker",
              ...raiseWorkers(subscription),
            };
          case "half_open":
            return {
              severity: byLag(subscription, context),
              summary: "has a connection that only looks alive",
              advice: endHalfOpen(subscription),
            };
          default:
            return {
              severity: byLag(subscription, context),
              summary: "is not connected",
              advice: reconnect(subscription, address === null ? "" : hostAndPort(address)),
            };
        }
      },
    ),
  },
  {
    ...SHARED,
    name: "subscription_lag_high",
    title: "Every subscription that applies is up to date",
    looksAt: "confirmed_flush_lsn of its slot, on the publisher's lag clock",
    reads: ["subscriptions"],
    severities: ["critical", "warning"],
    grades: "Critical from the critical lag on.",
    meaning:
      "The subscription applies, but is behind: applying is slower than the publisher writes, or a large transaction is under way.",
    look: [
      "`pgrepl_subscription_lag_bytes` by stage: much in `sent` is the publisher or the network, little there and much in `confirmed` is the subscriber.",
    ],
    steps: [
      "Missing indexes on the subscriber: each UPDATE and DELETE without a usable replica identity index reads the whole table.",
      "A busy disk or processor of the subscriber; from 16 on `ALTER SUBSCRIPTION NAME SET (streaming = parallel);` for large transactions.",
    ],
    find: perSubscription((subscription, _view, context) => {
      const { lag, reason, fact, catchUpSeconds, fallingBehind } = subscription;
      const seconds = lag.seconds ?? 0;
      if (reason === null || STOPPED_REASONS.has(reason) || reason === "copy_error") return null;
      if (seconds < context.lagWarningSeconds) return null;
      const { sent, confirmed } = subscription.bytesBehind;
      const isSending = sent !== null && confirmed !== null && sent > confirmed / 2;
      return {
        severity: byLag(subscription, context),
        summary: `${subscriptionIn(subscription)} is ${formatSeconds(seconds)} behind`,
        evidence: joinEvidence(
          subscription.reasonText,
          behindEvidence(subscription),
          retainedBy(subscription),
          catchUpSeconds !== null && `caught up in ${formatSeconds(catchUpSeconds)} at this rate`,
          fallingBehind === true && "it applies more slowly than the publisher writes",
        ),
        advice: isSending
          ? "Most of it is not sent yet: look at the load of the publisher, at large transactions there, and at the network"
          : `Most of it waits to be applied: look at the load and the disks of "${subscription.server}", and for tables without ` +
            "an index on the columns of their replica identity" +
            // `suborigin` came with 16, as parallel apply did.
            (fact.origin !== null && fact.streaming !== "parallel"
              ? `. Large transactions can be applied while they are sent, ${
                onSubscriber(subscription, "on")
              }ALTER SUBSCRIPTION ${quoteName(fact.name)} SET (streaming = parallel);`
              : ""),
        extent: seconds,
      };
    }),
  },
  {
    ...SHARED,
    name: "subscription_conflicts",
    title: "Changes meet the rows they were made for",
    looksAt: "confl_* in pg_stat_subscription_stats (18 and later)",
    reads: ["subscriptions"],
    severities: ["warning"],
    meaning:
      "Updates or deletes find no row on the subscriber, or rows that were changed there: the tables differ, and nothing but " +
      "these counters and the log shows it.",
    look: [LOG, "`pgrepl_subscription_conflicts_total` by kind."],
    steps: [
      "Find who else writes to the tables of the subscriber, and stop that.",
      "Compare the tables, and copy the rows that differ.",
    ],
    find: byReason(["conflict"], (subscription) => ({
      severity: "warning",
      summary: "meets rows that differ",
      advice:
        `The log of "${subscription.server}" names table and key of each ("conflict detected on relation"): find out who else ` +
        "writes to those tables there, then compare them and copy the rows that differ",
    })),
  },
];

/** Workers for logical replication are taken from those of the server. */
function raiseWorkers({ server, fact, reasonText }: SubscriptionView): Pick<Diagnosis, "advice" | "remedy"> {
  const { runningWorkers, maxLogicalWorkers: logical, maxWorkerProcesses: all } = fact;
  const more = Math.max(4, logical);
  const settings: readonly NewSetting[] = [
    ["max_worker_processes", `${all + more}`],
    ...runningWorkers >= logical ? [["max_logical_replication_workers", `${logical + more}`] as const] : [],
  ];
  const statements = settings.map(([name, value]) => `ALTER SYSTEM SET ${name} = ${value};`).join(" ");
  return {
    remedy: { intent: { kind: "set", settings, restart: true }, before: `${reasonText}; more are needed` },
    advice:
      `${reasonText}. On "${server}": ${statements} Then restart it when its clients can bear it; where it has standbys, ` +
      "change the first setting there before",
  };
}
