import { assertEquals, assertThrows } from "@std/assert";
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

Deno.test("readReport() reads what was written", () => {
  const read: Report = readReport(renderReportJson(report));
  assertEquals(read, report);
});

Deno.test("readReport() lets keys pass that are not known", () => {
  assertEquals(readReport(changed(["clusters", 0, "standbys", 0, "new_key"], 1)).clusters.length, 1);
  assertEquals(readReport(changed(["new_key"], { a: 1 })).headline, report.headline);
});

for (
  const [json, message] of [
    ["", "expected JSON, got other text"],
    ["<html>", "expected JSON, got other text"],
    ["[]", 'expected an object with the key "version"'],
    ["{}", 'expected an object with the key "version"'],
    ["null", 'expected an object with the key "version"'],
    [changed(["version"], 2), "expected version 1, got 2; use the same release here and there"],
    [changed(["version"], "1"), 'expected version 1, got "1"'],
    [changed(["status"], "fine"), "status: Invalid option"],
    [changed(["clusters", 0, "standbys", 0, "lag_seconds"], "7"), "clusters[0].standbys[0].lag_seconds: "],
    [changed(["clusters", 0, "standbys", 0, "lag_seconds"], -1), "clusters[0].standbys[0].lag_seconds: "],
    [changed(["clusters", 0, "slots", 1, "active"], null), "clusters[0].slots[1].active: "],
    [changed(["clusters", 0, "primary", "current_lsn"], "12"), "clusters[0].primary.current_lsn: "],
    [changed(["findings", 0, "severity"], "fatal"), "findings[0].severity: "],
    [changed(["events"], {}), "events: "],
    [changed(["summary", "total_standbys"], undefined), "summary.total_standbys: "],
  ] as const
) {
  Deno.test(`readReport() refuses a report that ${message}`, () => {
    const error = assertThrows(() => readReport(json), SyntaxError);
    assertEquals(error.message.includes(message), true, error.message);
  });
}

Deno.test("readReport() tells a few problems and how many more", () => {
  const error = assertThrows(() => readReport('{"version": 1}'), SyntaxError);
  assertEquals(
    /timestamp: .*; timestamp_unix_seconds: .*; and \d+ more; when/.test(error.message),
    true,
    error.message,
  );
});
