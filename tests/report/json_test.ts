import { assertEquals } from "@std/assert";
import { renderReportJson } from "../../src/report/json.ts";
import { goldenReport } from "./golden_views.ts";

Deno.test("renderReportJson() is the model, indented, with one final line feed", () => {
  const report = goldenReport("cascade");
  const json = renderReportJson(report);
  assertEquals(JSON.parse(json), report);
  assertEquals(json.startsWith('{\n  "version": 1,\n'), true);
  assertEquals(json.endsWith("}\n"), true);
});
