import { assertEquals } from "@std/assert";
import { SubscriptionChanges } from "../../../src/cluster/memory/subscription_changes.ts";
import type { SubscriptionReason, SubscriptionView } from "../../../src/domain/subscription.ts";
import { subscriptionsView } from "../../report/subscription_views.ts";

const [FIRST] = subscriptionsView().subscriptions;

function withReasons(reasons: readonly (SubscriptionReason | null)[]): readonly SubscriptionView[] {
  if (FIRST === undefined) throw new Error("There is a subscription");
  return reasons.map((reason, index) => ({
    ...FIRST,
    fact: { ...FIRST.fact, name: `s${index}` },
    reason,
    reasonText: `It is ${reason}`,
  }));
}

/** What happened to one subscription with these reasons, one after the other. */
function happened(reasons: readonly (SubscriptionReason | null)[]): readonly string[] {
  const changes = new SubscriptionChanges();
  return reasons.flatMap((reason) => changes.observe(withReasons([reason])))
    .map(({ kind, server, message }) => `${kind} ${server}: ${message}`);
}

Deno.test("SubscriptionChanges: a stop and its end are events", () => {
  assertEquals(happened(["streaming", "idle", "disabled", "disabled", "copying", "streaming"]), [
    'subscription_stopped sub: Subscription "s0" on "sub" has stopped: it is disabled',
    'subscription_resumed sub: Subscription "s0" on "sub" applies again',
  ]);
});

Deno.test("SubscriptionChanges: another reason for the stop is an event", () => {
  assertEquals(happened(["streaming", "disconnected", "apply_error"]), [
    'subscription_stopped sub: Subscription "s0" on "sub" has stopped: it is disconnected',
    'subscription_stopped sub: Subscription "s0" on "sub" has stopped: it is apply_error',
  ]);
});

Deno.test("SubscriptionChanges: what is unknown, or seen for the first time, has not changed", () => {
  assertEquals(happened(["disabled"]), []);
  assertEquals(happened([null, "disabled"]), []);
  assertEquals(happened(["disabled", null, "disabled"]), []);
  assertEquals(happened(["streaming", null, "disabled"]).length, 1);
});

Deno.test("SubscriptionChanges: many at one moment are one event for each server; one that is gone is none", () => {
  const changes = new SubscriptionChanges();
  const many = (reason: SubscriptionReason) => withReasons(Array.from({ length: 200 }, () => reason));
  assertEquals(changes.observe(many("streaming")), []);
  assertEquals(changes.observe(many("publisher_gone")), [{
    kind: "subscription_stopped",
    server: "sub",
    message: '200 subscriptions on "sub" have stopped',
  }]);
  assertEquals(changes.observe(many("idle")).map(({ message }) => message), [
    '200 subscriptions on "sub" apply again',
  ]);
  assertEquals(changes.observe([]), []);
  assertEquals(changes.observe(many("disabled")), []);
});
