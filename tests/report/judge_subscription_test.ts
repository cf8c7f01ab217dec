import { assertEquals } from "@std/assert";
import { SUBSCRIPTION_REASONS } from "../../src/domain/subscription.ts";
import { DEFAULT_REPORT_THRESHOLDS } from "../../src/domain/thresholds.ts";
import { type JudgedSubscription, judgeSubscription } from "../../src/report/judge_subscription.ts";
import type { Status } from "../../src/report/model.ts";
import { SUBSCRIPTION } from "./subscription_views.ts";

const judge = (changes: Partial<JudgedSubscription>) =>
  judgeSubscription({ ...SUBSCRIPTION, ...changes }, DEFAULT_REPORT_THRESHOLDS);

const COPY = { table: "16501", rows: null, bytes: null, seconds: null };
const BLOCKER = { by: "7", is_prepared: false, user: "", application_name: "", seconds: null };

for (
  const [name, changes, status] of [
    ["one that streams", {}, "healthy"],
    ["a lag at the threshold", { lag_seconds: 60 }, "healthy"],
    ["a lag over a minute", { lag_seconds: 60.1 }, "warning"],
    ["a lag over five minutes", { lag_seconds: 301 }, "critical"],
    ["an unknown lag", { lag_seconds: null }, "unknown"],
    ["an unknown reason", { reason: null }, "unknown"],
    ["an unknown lag of a disabled one", { reason: "disabled", lag_seconds: null }, "warning"],
    ["a disabled one", { reason: "disabled" }, "warning"],
    ["one that has been disabled for long", { reason: "disabled", lag_seconds: 400 }, "critical"],
    ["a lost slot", { reason: "slot_lost", lag_seconds: 0 }, "critical"],
    ["a missing slot", { reason: "slot_missing", lag_seconds: null }, "critical"],
    ["one that waits for a lock shortly", { reason: "blocked", lag_seconds: 5 }, "healthy"],
    ["one that waits for a lock for long", { reason: "blocked", lag_seconds: 5.1 }, "warning"],
    ["one that waits for a lock, its lag unknown", { reason: "blocked", lag_seconds: null }, "warning"],
    [
      "a copy that waits for a lock",
      { reason: "blocked", lag_seconds: 0, copies: [{ ...COPY, blocked_by: BLOCKER }] },
      "warning",
    ],
    ["one that copies", { reason: "copying", copies: [{ ...COPY, blocked_by: null }] }, "healthy"],
    ["rows that differ", { reason: "conflict" }, "warning"],
    ["a reason of a later release", { reason: "resting" }, "healthy"],
  ] as const satisfies readonly (readonly [string, Partial<JudgedSubscription>, Status])[]
) {
  Deno.test(`judgeSubscription(): ${name} is ${status}`, () => assertEquals(judge(changes).status, status));
}

Deno.test("judgeSubscription() finds only these reasons harmless while there is no lag", () => {
  const harmless = SUBSCRIPTION_REASONS.filter((reason) =>
    judge({ reason, lag_seconds: 0 }).status === "healthy"
  );
  assertEquals(harmless, ["streaming", "idle", "copying", "spilling", "long_transaction", "blocked"]);
});

Deno.test("judgeSubscription() says why, worst first, and that a lag may be less", () => {
  assertEquals(
    judge({ reason: "disabled", reason_text: "It is disabled", lag_seconds: 400, lag_source: "upper_bound" })
      .reasons,
    ["It is at most 6 min 40 s behind the publisher, over 5 min", "It is disabled"],
  );
  assertEquals(judge({ lag_seconds: null, lag_unknown_because: "Nobody knows" }).reasons, ["Nobody knows"]);
});
