import { assertEquals } from "@std/assert";
import { STOPPED_REASONS, SUBSCRIPTION_REASONS } from "../../../src/domain/subscription.ts";
import { logicalAlerts } from "../../../src/report/alerts/logical_alerts.ts";

/** Names of alerts whose expression has a reason in its list. */
function alertsOf(reason: string): readonly string[] {
  return logicalAlerts.alerts.filter(({ expression }) =>
    [...expression.matchAll(/^max by .*reason=~"([^"]+)"/g)].some(([, list = ""]) =>
      list.split("|").includes(reason)
    )
  ).map(({ name }) => name.replace("PgreplSubscription", ""));
}

Deno.test("each reason that stops a subscription has one alert here, or another of its server or its slot", () => {
  assertEquals(Object.fromEntries(SUBSCRIPTION_REASONS.map((reason) => [reason, alertsOf(reason).join()])), {
    streaming: "",
    idle: "",
    copying: "",
    spilling: "",
    long_transaction: "", // PgreplSlotsHeld
    conflict: "", // PgreplSubscriptionConflicts
    blocked: "Blocked",
    apply_error: "Failing",
    copy_error: "Failing",
    disabled: "Disabled",
    disabled_by_error: "Failing",
    no_worker: "Down",
    waits_for_standby: "", // PgreplCriticalFinding: decoding_waits_for_standby
    half_open: "Down",
    disconnected: "Down",
    unreachable: "", // PgreplServerDown
    publisher_gone: "", // PgreplServerDown, PgreplNoPrimary
    slot_missing: "Down",
    slot_lost: "", // PgreplSlotLost
  });
});

Deno.test("lag has no alert where a reason that stops it has one", () => {
  const lag = logicalAlerts.alerts.find(({ name }) => name === "PgreplSubscriptionLag");
  const [, list = ""] = /reason=~"([^"]+)"/.exec(lag?.expression ?? "") ?? [];
  assertEquals(list.split("|").toSorted(), [...STOPPED_REASONS, "copy_error"].toSorted());
});
