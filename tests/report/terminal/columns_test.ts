import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { drawTable } from "../../../src/report/terminal/columns.ts";
import { ASCII_GLYPHS, UNICODE_GLYPHS } from "../../../src/report/styled_text/line.ts";
import { deriveRows } from "../../../src/report/terminal/rows.ts";
import type { ReportStandby } from "../../../src/report/model.ts";
import { cluster, lostStandby, NOON, pausedStandby, report, standby } from "./reports.ts";

function table(standbys: readonly ReportStandby[], width: number, glyphs = UNICODE_GLYPHS) {
  const rows = deriveRows(report([cluster(standbys)]), { sort: "name", isReversed: false, seen: new Map() });
  const { head, body } = drawTable(rows, { width, now: NOON, glyphs });
  return [head, ...body].map((line) => line.map(({ text }) => text).join("").trimEnd());
}

const titles = (width: number, name = "standby") =>
  table([standby(name)], width)[0]?.trim().split(/\s{2,}|(?<=[A-Z]) (?!MIN|\d)/).map((title) => title.trim());

Deno.test("drawTable() drops the least important columns first", () => {
  const all = [
    "STANDBY",
    "UPSTREAM",
    "STATE",
    "LAG",
    "BEHIND",
    "REPLAY",
    "CATCH-UP",
    "SYNC",
    "LAG 1 MIN",
    "WHY",
  ];
  assertEquals(titles(200), all);
  assertEquals(titles(100), all.slice(0, 9));
  assertEquals(titles(80), all.filter((title) => !["SYNC", "WHY"].includes(title)));
  assertEquals(
    titles(70),
    ["STANDBY", "STATE", "LAG", "BEHIND", "REPLAY", "CATCH-UP", "LAG 1 MIN"],
  );
  assertEquals(titles(45), ["STANDBY", "STATE", "LAG", "BEHIND", "LAG 1 MIN"]);
  assertEquals(titles(40), ["STANDBY", "STATE", "LAG", "BEHIND"]);
  assertEquals(titles(20), ["STANDBY", "STATE"]);
});

Deno.test("drawTable() cuts a long name before it drops a column, and shows it whole when there is room", () => {
  const name = "a-standby-with-quite-a-long-name";
  assertMatch(table([standby(name)], 60)[1] ?? "", / a-s\S*…\S*long-name /);
  assertStringIncludes(table([standby(name)], 120)[1] ?? "", `${name} `);
  assertStringIncludes(table([standby(name)], 60, ASCII_GLYPHS)[1] ?? "", "~");
});

Deno.test("drawTable() never cuts a number", () => {
  const large = standby("standby", { lag_bytes: 1000 * 2 ** 20, replay_bytes_per_second: 1010 * 2 ** 20 });
  assertStringIncludes(table([large], 80)[1] ?? "", "1000.0 MiB 1010.0 MiB/s");
});

for (
  const [changes, state, catchUp] of [
    [{}, "streaming", "-"],
    [{ catch_up_seconds: 75 }, "streaming", "1m15s"],
    [{ catch_up_seconds: null, falling_behind: true }, "streaming", "never"],
    [{ catch_up_seconds: null, falling_behind: null }, "streaming", "?"],
    [{ catch_up_seconds: null, falling_behind: null, catch_up: "needs_archive" }, "streaming", "archive"],
    [{ catch_up: "must_rebuild", reason: "lost" }, "lost", "rebuild"],
    [{ reason: null, connected: false }, "disconnected", "-"],
    [{ reason: null, connected: null }, "?", "-"],
  ] as const
) {
  Deno.test(`drawTable() shows ${state}, ${catchUp} for ${JSON.stringify(changes)}`, () => {
    const line = table([standby("standby", changes)], 80)[1] ?? "";
    assertEquals([line.match(/primary +(\S+)/)?.[1], line.match(/\/s +(\S+)/)?.[1]], [state, catchUp]);
  });
}

Deno.test("drawTable() shows ? for unknown values, never 0", () => {
  assertEquals(
    table([lostStandby("standby")], 80)[1],
    "!! standby primary  lost          ?        ?          ?  rebuild",
  );
});

Deno.test("drawTable() draws all rows over the same period", () => {
  const [head, paused, well] = table([pausedStandby("a"), { ...pausedStandby("b"), status: "healthy" }], 100);
  assertStringIncludes(head ?? "", "LAG 5 MIN");
  assertEquals([paused?.slice(3), paused?.endsWith("█")], [well?.slice(3).replace("b", "a"), true]);
});

Deno.test("drawTable() shows each reason once", () => {
  assertStringIncludes(
    table([standby("a", { status_reasons: ["x", "y"], reason_text: "x" })], 200)[1] ?? "",
    " x · y",
  );
});
