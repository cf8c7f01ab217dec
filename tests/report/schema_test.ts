import { assertEquals } from "@std/assert";
import { reportSchema } from "../../src/report/schema.ts";
import { goldenReport } from "./golden_views.ts";

const report = goldenReport("standby_cut");
const [cluster] = report.clusters;
const isReport = (changes: object) => reportSchema.safeParse({ ...report, ...changes }).success;

Deno.test("reportSchema accepts unknown words as text only", () => {
  const event = { kind: "a_new_word", server: "standby", message: "It did", unix_seconds: 1 };
  assertEquals(isReport({ events: [event] }), true);
  assertEquals(isReport({ events: [{ ...event, kind: null }] }), false);
  assertEquals(isReport({ events: [{ ...event, kind: 7 }] }), false);
});

Deno.test("reportSchema rejects unknown statuses, severities and roles", () => {
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
