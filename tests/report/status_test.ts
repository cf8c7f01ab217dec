import { assertEquals } from "@std/assert";
import {
  describeLagHour,
  type JudgedStandby,
  judgeStandby,
  statusOfSeverity,
  wordOf,
  worstFirst,
  worstStatus,
} from "../../src/report/status.ts";
import { STANDBY_REASONS } from "../../src/domain/standby.ts";
import { DEFAULT_REPORT_THRESHOLDS } from "../../src/domain/thresholds.ts";
import { type Status, STATUSES } from "../../src/report/model.ts";

const WELL: JudgedStandby = {
  connected: true,
  lag_seconds: 0.2,
  lag_bytes: 1000,
  lag_unknown_because: "",
  reason: "streaming",
  reason_text: "",
  catch_up: "streaming",
  catch_up_text: "",
  apply_delay_seconds: 0,
  total_conflicts: 0,
};

const judge = (changes: Partial<JudgedStandby>) =>
  judgeStandby({ ...WELL, ...changes }, DEFAULT_REPORT_THRESHOLDS);

Deno.test("worstStatus() and statusOfSeverity()", () => {
  assertEquals(worstStatus([]), "healthy");
  assertEquals(worstStatus(["healthy", "unknown"]), "unknown");
  assertEquals(worstStatus(["critical", "unknown", "warning"]), "critical");
  assertEquals((["info", "warning", "critical"] as const).map(statusOfSeverity), [
    "healthy",
    "warning",
    "critical",
  ]);
});

Deno.test("judgeStandby() finds a standby that streams healthy, without reasons", () => {
  assertEquals(judge({}), { status: "healthy", reasons: [] });
});

for (
  const [name, changes, status] of [
    ["a lag at the threshold", { lag_seconds: 60 }, "healthy"],
    ["a lag over a minute", { lag_seconds: 60.1 }, "warning"],
    ["a lag over five minutes", { lag_seconds: 300.1 }, "critical"],
    ["100 conflicts", { total_conflicts: 100 }, "healthy"],
    ["101 conflicts", { total_conflicts: 101 }, "warning"],
    ["an unknown lag", { lag_seconds: null, lag_bytes: null }, "unknown"],
    ["an unknown lag and many conflicts", { lag_seconds: null, total_conflicts: 101 }, "warning"],
    ["one that is cut off", { reason: "disconnected" }, "warning"],
    ["one that is cut off for long", { lag_seconds: 301, reason: "disconnected" }, "critical"],
    ["an unknown lag of one that is cut off", { lag_seconds: null, reason: "disconnected" }, "warning"],
    [
      "a lag within its delay",
      { lag_seconds: 3650, apply_delay_seconds: 3600, reason: "delayed" },
      "healthy",
    ],
    [
      "a lag beyond its delay",
      { lag_seconds: 3700, apply_delay_seconds: 3600, reason: "delayed" },
      "warning",
    ],
    ["a pause with nothing to apply", { reason: "paused", lag_bytes: 0, lag_seconds: 0 }, "healthy"],
    ["a pause that holds WAL up", { reason: "paused" }, "warning"],
    ["a pause when bytes are unknown", { reason: "paused", lag_bytes: null }, "warning"],
    ["a conflict that holds WAL up", { reason: "conflict" }, "warning"],
    ["one that feeds on the archive", { reason: "archive", connected: false }, "healthy"],
    ["one that starts", { reason: "starting" }, "warning"],
    ["no WAL for a reason nobody knows", { reason: null, connected: false }, "warning"],
    ["nobody knows whether it is connected", { reason: null, connected: null }, "healthy"],
    ["one that must be rebuilt", { catch_up: "must_rebuild" }, "critical"],
  ] as const satisfies readonly (readonly [string, Partial<JudgedStandby>, Status])[]
) {
  Deno.test(`judgeStandby() calls ${name} ${status}`, () => {
    const judgement = judge(changes);
    assertEquals(judgement.status, status);
    assertEquals(judgement.reasons.length === 0, status === "healthy");
    assertEquals(judgement.reasons.every((reason) => /^[A-Z]/.test(reason)), true, judgement.reasons.join());
  });
}

Deno.test("judgeStandby() knows every reason", () => {
  const critical = STANDBY_REASONS.filter((reason) => judge({ reason }).status === "critical");
  assertEquals(critical, ["half_open", "unreachable", "stranded", "lost"]);
});

Deno.test("worstFirst() keeps the order of those that are alike", () => {
  const items = STATUSES.flatMap((status) => [{ status, id: 1 }, { status, id: 2 }]);
  assertEquals(
    worstFirst(items).map(({ status, id }) => `${status}${id}`),
    ["critical1", "critical2", "warning1", "warning2", "unknown1", "unknown2", "healthy1", "healthy2"],
  );
});

Deno.test("judgeStandby() names the worst first, and nothing twice", () => {
  const { reasons } = judge({
    lag_seconds: 100,
    total_conflicts: 500,
    reason: "lost",
    reason_text: "It needs WAL that is gone",
    catch_up: "must_rebuild",
    catch_up_text: "It needs WAL that is gone",
  });
  assertEquals(reasons, [
    "It needs WAL that is gone",
    "It is 1 min 40 s behind the primary, over 1 min",
    "Recovery conflicts cancelled 500 queries, over 100",
  ]);
});

Deno.test("judgeStandby() follows other thresholds", () => {
  const thresholds = { warningLagSeconds: 1, criticalLagSeconds: 2, warningConflicts: 0 };
  const statusOf = (changes: Partial<JudgedStandby>) =>
    judgeStandby({ ...WELL, ...changes }, thresholds).status;
  assertEquals(statusOf({ lag_seconds: 1.5 }), "warning");
  assertEquals(statusOf({ lag_seconds: 2.5 }), "critical");
  assertEquals(statusOf({ total_conflicts: 1 }), "warning");
});

Deno.test("wordOf() makes words of names", () => {
  assertEquals(wordOf("half_open"), "half open");
});

Deno.test("describeLagHour() names what was unknown, if anything was", () => {
  const hour = { samples: 3600, within_warning_ratio: 1, unknown_ratio: 0 };
  assertEquals(describeLagHour(hour), "within the warning lag 100%");
  assertEquals(
    describeLagHour({ ...hour, within_warning_ratio: 3599 / 3600, unknown_ratio: 1 / 3600 }),
    "within the warning lag 99.9%, unknown 0.1%",
  );
});
