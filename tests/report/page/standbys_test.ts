import { assertEquals, assertStringIncludes } from "@std/assert";
import { renderStandbys } from "../../../src/report/page/standbys.ts";
import type { ReportStandby } from "../../../src/report/model.ts";
import { CUT_OFF, NOW, STANDBY, textOf } from "./reports.ts";

function rowsOf(...standbys: readonly ReportStandby[]): readonly string[] {
  return renderStandbys(standbys, { now: NOW }).text.split("<tbody")[1]?.split("<tr").slice(1)
    .map((row) => textOf(`<tr${row}`)) ?? [];
}

Deno.test("renderStandbys() shows upstream, status, lag and catch-up, the worst first", () => {
  assertEquals(rowsOf(STANDBY, CUT_OFF), [
    "standby2 from primary critical: disconnected It runs, but has no upstream and no archive 3 min 12 s " +
    "3.0 MiB, waits for transport 1 h ago at most 4.2 s now time unknown replays 2.0 KiB/s",
    "standby from primary, async healthy: streaming 0 s 0 B 1 h ago at most 4.2 s now caught up replays 2.0 KiB/s",
  ]);
});

Deno.test("renderStandbys() shows why a lag is unknown, never 0", () => {
  const [row = ""] = rowsOf({
    ...STANDBY,
    status: "unknown",
    reason: null,
    reason_text: "",
    lag_seconds: null,
    lag_bytes: null,
    lag_unknown_because: "No primary was seen",
    lag_history: [],
    catch_up: null,
    catch_up_seconds: null,
    falling_behind: null,
    replay_bytes_per_second: null,
    upstream: null,
    configured: false,
  });
  assertEquals(
    row,
    "standby upstream unknown, async, not configured unknown unknown No primary was seen " +
      "lag unknown for the last hour time unknown",
  );
});

for (
  const [changes, expected] of [
    [{ catch_up: "must_rebuild", catch_up_text: "Its WAL is gone" }, "must be rebuilt Its WAL is gone"],
    [{ falling_behind: true, catch_up_seconds: null }, "falling behind replays 2.0 KiB/s"],
    [{ catch_up_seconds: null, reason: "delayed" }, "held back replays 2.0 KiB/s"],
    [{ catch_up_seconds: 75 }, "in 1 min 15 s replays 2.0 KiB/s"],
    [
      { catch_up: "needs_archive", catch_up_text: "Only there", catch_up_seconds: null },
      "time unknown Only there",
    ],
  ] as const
) {
  Deno.test(`renderStandbys() shows ${expected}`, () => {
    assertStringIncludes(rowsOf({ ...STANDBY, ...changes })[0] ?? "", expected);
  });
}

Deno.test("renderStandbys() reports that there is no standby", () => {
  assertStringIncludes(renderStandbys([], { now: NOW }).text, "no standby");
});

Deno.test("renderStandbys() shows how much of the last hour a standby was within the warning lag", () => {
  const hour = { samples: 3600, within_warning_ratio: 0.98, unknown_ratio: 0.0111 };
  assertStringIncludes(
    rowsOf({ ...STANDBY, lag_last_hour: hour })[0] ?? "",
    "now within the warning lag 98%, unknown 1.2% caught up",
  );
});
