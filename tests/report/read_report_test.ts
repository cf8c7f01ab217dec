import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { renderRegions } from "../../src/report/page/regions.ts";
import { drawScreen } from "../../src/report/terminal/layout.ts";
import { UNICODE_GLYPHS } from "../../src/report/styled_text/line.ts";
import { plainLine } from "../../src/report/terminal/plain.ts";
import { initialState, reduce } from "../../src/report/terminal/state.ts";
import { renderReportText } from "../../src/report/text/report.ts";
import { renderReportJson } from "../../src/report/json.ts";
import { readReport } from "../../src/report/read_report.ts";
import type { Report } from "../../src/report/model.ts";
import { goldenReport } from "./golden_views.ts";

const report = goldenReport("lost_slot");

/** The report with one value changed, by path. */
function changed(path: readonly (string | number)[], value: unknown): string {
  const copy: unknown = JSON.parse(renderReportJson(report));
  let at: unknown = copy;
  for (const part of path.slice(0, -1)) {
    at = Object.entries(Object(at)).find(([key]) => key === String(part))?.[1];
  }
  Object.assign(Object(at), { [path.at(-1) ?? ""]: value });
  return JSON.stringify(copy);
}

Deno.test("readReport() reads a written report", () => {
  const read: Report = readReport(renderReportJson(report));
  assertEquals(read, report);
});

Deno.test("readReport() keeps unknown keys", () => {
  assertEquals(readReport(changed(["clusters", 0, "standbys", 0, "new_key"], 1)).clusters.length, 1);
  assertEquals(readReport(changed(["new_key"], { a: 1 })).headline, report.headline);
  assertStringIncludes(renderReportJson(readReport(changed(["new_key"], { a: 1 }))), "new_key");
});

Deno.test("readReport() keeps words added by a later release", () => {
  const standby = ["clusters", 0, "standbys", 0] as const;
  for (
    const path of [
      [...standby, "reason"],
      [...standby, "stage"],
      [...standby, "catch_up"],
      [...standby, "lag_source"],
      [...standby, "lag_unknown_reason"],
      ["clusters", 0, "edges", 0, "joined_by"],
      ["checks", 0, "outcome"],
      ["events", 0],
    ]
  ) {
    const isEvent = path[0] === "events";
    const event = { kind: "a_new_word", server: "standby", message: "It did", unix_seconds: 1 };
    const read = readReport(changed(path, isEvent ? event : "a_new_word"));
    assertStringIncludes(renderReportJson(read), "a_new_word");
    // Every renderer accepts it.
    const text = renderReportText(read, { width: 100, color: false });
    if (path.at(-1) === "reason") assertStringIncludes(text, "a new word");
    assertEquals(plainLine(read).includes("a_new_word"), path.at(-1) === "reason");
    const { clusters, events, findings } = renderRegions(read).regions;
    assertEquals(`${clusters}${events}${findings}`.includes("undefined"), false);
    const screen = drawScreen(reduce(initialState("x", "lag"), { type: "report", report: read }), {
      size: { columns: 120, rows: 40 },
      now: read.timestamp_unix_seconds,
      glyphs: UNICODE_GLYPHS,
    });
    assertEquals(screen.lines.length, 40);
  }
});

for (
  const [json, message] of [
    ["", "expected JSON, got other text"],
    ["<html>", "expected JSON, got other text"],
    ["[]", 'expected an object with the key "version"'],
    ["{}", 'expected an object with the key "version"'],
    ["null", 'expected an object with the key "version"'],
    [changed(["version"], 2), "expected version 1, got 2; use the same release on both sides"],
    [changed(["version"], "1"), 'expected version 1, got "1"'],
    [changed(["status"], "fine"), "status: Invalid option"],
    [changed(["clusters", 0, "standbys", 0, "lag_seconds"], "7"), "clusters[0].standbys[0].lag_seconds: "],
    [changed(["clusters", 0, "standbys", 0, "lag_seconds"], -1), "clusters[0].standbys[0].lag_seconds: "],
    [changed(["clusters", 0, "slots", 1, "active"], null), "clusters[0].slots[1].active: "],
    [changed(["clusters", 0, "primary", "current_lsn"], "12"), "clusters[0].primary.current_lsn: "],
    [changed(["findings", 0, "severity"], "fatal"), "findings[0].severity: "],
    [changed(["clusters", 0, "standbys", 0, "reason"], 7), "clusters[0].standbys[0].reason: "],
    [changed(["events"], {}), "events: "],
    [changed(["summary", "total_standbys"], undefined), "summary.total_standbys: "],
  ] as const
) {
  Deno.test(`readReport() rejects a report: ${message}`, () => {
    const error = assertThrows(() => readReport(json), SyntaxError);
    assertEquals(error.message.includes(message), true, error.message);
  });
}

Deno.test("readReport() lists a few problems and counts the rest", () => {
  const error = assertThrows(() => readReport('{"version": 1}'), SyntaxError);
  assertEquals(
    /timestamp: .*; timestamp_unix_seconds: .*; and \d+ more; if/.test(error.message),
    true,
    error.message,
  );
});
