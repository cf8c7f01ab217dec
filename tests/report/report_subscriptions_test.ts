import { assertEquals } from "@std/assert";
import { DEFAULT_REPORT_THRESHOLDS } from "../../src/domain/thresholds.ts";
import { subscriptionSamplesKey, type SubscriptionView } from "../../src/domain/subscription.ts";
import type { Finding } from "../../src/domain/finding.ts";
import type { View } from "../../src/domain/view.ts";
import { deriveReportSubscriptions } from "../../src/report/report_subscriptions.ts";
import { WALL_OFFSET } from "../cluster/build_view.ts";
import { reportOf } from "./golden_views.ts";
import { subscriptionsView } from "./subscription_views.ts";

function derive(changes: Partial<View> = {}) {
  const view = { ...subscriptionsView(), ...changes };
  const moment = { now: view.at, wallNow: view.at + WALL_OFFSET };
  return deriveReportSubscriptions({ view, thresholds: DEFAULT_REPORT_THRESHOLDS, ...moment });
}

function named(name: string, changes: Partial<View> = {}) {
  const found = derive(changes).find((each) => each.name === name);
  if (found === undefined) throw new Error(`No subscription ${name}`);
  return found;
}

Deno.test("deriveReportSubscriptions() tells retained WAL from lag, and lag from an upper bound", () => {
  const orders = named("orders");
  assertEquals([orders.lag_bytes, orders.lag_seconds, orders.lag_source], [0, 0, "clock"]);
  assertEquals(orders.slot_retained_bytes, 1024 ** 2);
  assertEquals(named("prices").lag_source, "upper_bound");
});

Deno.test("deriveReportSubscriptions() knows both ends, or why it does not", () => {
  assertEquals(named("orders").publisher, { server: "pub", cluster: "", joined_by: "application_name" });
  const abroad = named("abroad");
  assertEquals(abroad.publisher, null);
  assertEquals(abroad.publisher_unknown_because, 'No watched server has its slot "abroad"');
  assertEquals([abroad.lag_seconds, abroad.lag_unknown_reason], [null, "publisher_not_watched"]);
});

Deno.test("deriveReportSubscriptions() counts tables and conflicts where they were read", () => {
  assertEquals([named("history").ready_tables, named("history").total_tables], [1, 3]);
  assertEquals([named("users").tables, named("users").total_tables], [null, null]);
  assertEquals([named("orders").total_conflicts, named("stock").total_conflicts], [0, null]);
});

Deno.test("deriveReportSubscriptions() has copies and blockers of what was read now only", () => {
  assertEquals(named("stock").blocked_by?.by, "5151");
  const stale = subscriptionsView().subscriptions.map((each): SubscriptionView => ({
    ...each,
    isFresh: false,
  }));
  assertEquals(named("stock", { subscriptions: stale }).blocked_by, null);
  assertEquals(named("history", { subscriptions: stale }).copies, []);
});

Deno.test("deriveReportSubscriptions() takes the status of a finding, with its summary only when it is worse", () => {
  const finding = (severity: Finding["severity"]): Finding => ({
    ...{ check: "c", server: "sub", subject: "prices", summary: "Found", evidence: "", advice: "" },
    severity,
    since: 1,
  });
  const own = "It is disabled (ALTER SUBSCRIPTION ... DISABLE)";
  const judged = (severity: Finding["severity"]) => {
    const { status, status_reasons } = named("prices", { findings: [finding(severity)] });
    return [status, status_reasons];
  };
  assertEquals(judged("info"), ["warning", [own]]);
  assertEquals(judged("warning"), ["warning", [own]]);
  assertEquals(judged("critical"), ["critical", ["Found", own]]);
});

Deno.test("deriveReportSubscriptions() has the last hour where it was sampled", () => {
  const view = subscriptionsView();
  const [first] = view.subscriptions;
  if (first === undefined) throw new Error("There is a subscription");
  const lastHour = { within: 90, beyond: 0, unknown: 10 };
  const samples = { counts: [], sum: 0, unknown: 10, createdUnixSeconds: 1, lastHour };
  assertEquals(
    named("orders", { lagSamples: new Map([[subscriptionSamplesKey(first), samples]]) }).lag_last_hour,
    { samples: 100, within_warning_ratio: 0.9, unknown_ratio: 0.1 },
  );
  assertEquals(named("orders").lag_last_hour, null);
});

Deno.test("a report names the subscriptions of each cluster, who reads a slot, and counts their status", () => {
  const { clusters, status, headline } = reportOf(subscriptionsView());
  assertEquals(
    clusters.map((
      { subscriptions, subscribers, status },
    ) => [subscriptions.length, subscribers.length, status]),
    [[0, 5, "healthy"], [6, 1, "critical"], [1, 0, "healthy"]],
  );
  assertEquals(clusters[0]?.slots.map(({ used_by }) => used_by), [
    "orders on sub",
    "stock on sub",
    "history on sub",
    "prices on sub",
    "users on sub",
  ]);
  assertEquals(status, "critical");
  assertEquals(
    headline.startsWith('Critical: Subscription "users" on "sub": its slot "users"'),
    true,
    headline,
  );
});
