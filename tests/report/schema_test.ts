import { assertEquals } from "@std/assert";
import { reportSchema } from "../../src/report/schema.ts";
import { goldenReport } from "./golden_views.ts";

const report = goldenReport("standby_cut");
const [cluster] = report.clusters;
const isReport = (changes: object) => reportSchema.safeParse({ ...report, ...changes }).success;

Deno.test("reportSchema takes words that version 1 may gain, as text and as nothing else", () => {
  const event = { kind: "a_new_word", server: "standby", message: "It did", unix_seconds: 1 };
  assertEquals(isReport({ events: [event] }), true);
  assertEquals(isReport({ events: [{ ...event, kind: null }] }), false);
  assertEquals(isReport({ events: [{ ...event, kind: 7 }] }), false);
});

Deno.test("reportSchema takes no status, severity or role but those there are", () => {
  assertEquals(isReport({}), true);
  assertEquals(isReport({ status: "a_new_word" }), false);
  assertEquals(isReport({ clusters: [{ ...cluster, status: "a_new_word" }] }), false);
  assertEquals(
    isReport({ findings: report.findings.map((each) => ({ ...each, severity: "a_new_word" })) }),
    false,
  );
  const servers = cluster?.servers.map((each) => ({ ...each, role: "a_new_word" }));
  assertEquals(isReport({ clusters: [{ ...cluster, servers }] }), false);
});
