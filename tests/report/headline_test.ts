import { assertEquals } from "@std/assert";
import { problemsOf } from "../../src/report/headline.ts";
import { viewOf } from "../cluster/findings/views.ts";
import { goldenReport, reportOf } from "./golden_views.ts";

for (
  const [name, headline] of [
    ["one_standby_well", "All is well, 1 standby at most 0 s behind"],
    ["no_standby", "All is well, without a standby"],
    ["split_brain", "Critical: Two or more servers are primaries: primary, standby, and 2 more problems"],
    [
      "primary_down",
      "Critical: No primary is reachable, and 3 more problems",
    ],
    ["paused", 'Warning: Replay on standby "standby" is paused'],
    [
      "nothing_reached",
      'Critical: All 2 servers are unreachable. Server "primary" is unreachable over the network, and 1 more problem',
    ],
  ] as const
) {
  Deno.test(`deriveHeadline() of ${name}`, () => {
    assertEquals(goldenReport(name).headline, headline);
  });
}

Deno.test("deriveHeadline() names the cluster when it has a name", () => {
  const view = viewOf({ cluster: { cluster: "shop" } });
  assertEquals(reportOf(view).headline, "Cluster shop is well, 1 standby at most 0 s behind");
});

Deno.test("problemsOf() adds a standby's status only when it is worse than its findings", () => {
  const finding = {
    check: "c",
    server: "standby",
    subject: "",
    summary: "A finding",
    evidence: "",
    advice: "",
    since: 1,
  } as const;
  const problems = (severity: "info" | "warning" | "critical") =>
    problemsOf(reportOf(viewOf({
      derived: { reason: "lost", reasonText: "It needs WAL that is gone" },
      view: { findings: [{ ...finding, severity }] },
    }))).map(({ status, sentence }) => `${status}: ${sentence}`);
  const own = 'critical: Standby "standby": it needs WAL that is gone';
  assertEquals(problems("critical"), ["critical: A finding"]);
  assertEquals(problems("warning"), [own, "warning: A finding"]);
  assertEquals(problems("info"), [own]);
});
