import { assertEquals } from "@std/assert";
import { deriveHeadline, problemsOf } from "../../src/report/headline.ts";
import { viewOf } from "../cluster/findings/views.ts";
import { goldenReport, reportOf } from "./golden_views.ts";
import { DISABLED, SUBSCRIPTION } from "./subscription_views.ts";

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

const LOGICAL = {
  ...reportOf(viewOf()),
  subscriptions: [SUBSCRIPTION, { ...DISABLED, status: "healthy" as const }],
};

Deno.test("deriveHeadline() counts subscriptions that are well", () => {
  assertEquals(
    deriveHeadline(LOGICAL),
    "All is well, 1 standby at most 0 s behind, 2 subscriptions at most 12.3 s behind",
  );
});

Deno.test("problemsOf() adds a subscription's status only when no finding and no unreachable end explains it", () => {
  const finding = (server: string, subject: string, severity: "warning" | "critical") => ({
    ...{ check: "c", cluster: "", system_identifier: null, summary: "Found", evidence: "", advice: "" },
    ...{ server, subject, severity, since_unix_seconds: 1 },
  });
  const problems = (changes: Partial<typeof LOGICAL>) =>
    problemsOf({ ...LOGICAL, subscriptions: [DISABLED], ...changes }).map(({ sentence }) => sentence);
  const own = 'Subscription "prices" on "sub": it is disabled (ALTER SUBSCRIPTION ... DISABLE)';
  assertEquals(problems({}), [own]);
  assertEquals(problems({ findings: [finding("sub", "prices", "warning")] }), ["Found"]);
  assertEquals(problems({ findings: [finding("pub", "prices", "critical")] }), ["Found"]);
  // Another subscription of that name, and another fault of the server, explain nothing.
  assertEquals(problems({ findings: [finding("far", "prices", "critical")] }), ["Found", own]);
  assertEquals(problems({ findings: [finding("sub", "", "critical")] }), ["Found", own]);
  const clusters = LOGICAL.clusters.map((cluster) => ({
    ...cluster,
    servers: cluster.servers.map((server) => ({
      ...server,
      name: "pub",
      up: false,
      status: "critical" as const,
    })),
    standbys: [],
  }));
  assertEquals(problems({ clusters, findings: [finding("pub", "", "critical")] }), ["Found"]);
});
