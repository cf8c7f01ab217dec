import { assertEquals } from "@std/assert";
import { checks } from "../../src/cluster/findings/checks.ts";
import type { CollectorRun, View } from "../../src/domain/view.ts";
import { subscriptionsView } from "./subscription_views.ts";
import { deriveChecks } from "../../src/report/derive_checks.ts";
import { receiver, recovery, server, sync } from "../cluster/fixtures.ts";
import { down, viewOf, withoutFacts } from "../cluster/findings/views.ts";

function outcomeOf(view: View, name: string) {
  const found = deriveChecks(view).find((check) => check.name === name);
  return [
    found?.outcome,
    ...(found?.not_checked ?? []).map(({ server, because }) => `${server}: ${because}`),
  ];
}

function run(
  collector: CollectorRun["collector"],
  outcome: CollectorRun["outcome"],
  reason = "",
): CollectorRun {
  return { collector, outcome, reason, durationSeconds: 0 };
}

/** A healthy cluster; the collectors of the other role say that they do not apply. */
const OF_THE_OTHER_ROLE = {
  primarySnapshot: {
    runs: [
      run("recovery", "skipped", "Does not apply to a primary"),
      run("conflicts", "skipped", "Does not apply to a primary"),
    ],
  },
  standbySnapshot: { runs: [run("sync", "skipped", "Does not apply to a standby")] },
} as const;

Deno.test("deriveChecks names every check once, in order", () => {
  assertEquals(deriveChecks(viewOf()).map(({ name }) => name), checks.map(({ name }) => name));
});

Deno.test("a check is fine when all it reads was read wherever it applies, and found when it raised something", () => {
  const primary = { ...viewOf().servers[0]?.facts, sync: [sync({ standbyNames: "standby" })] };
  const view = viewOf({ ...OF_THE_OTHER_ROLE, primary });
  assertEquals(outcomeOf(view, "sync_short"), ["fine"]);
  assertEquals(outcomeOf(viewOf(OF_THE_OTHER_ROLE), "sync_short"), ["does_not_apply"]);
  assertEquals(outcomeOf(view, "replay_paused"), ["fine"]);
  const findings = [{
    check: "replay_paused",
    severity: "warning" as const,
    server: "standby",
    subject: "",
    summary: "Paused",
    evidence: "It is",
    advice: "Resume",
    since: 1,
  }];
  assertEquals(outcomeOf({ ...view, findings }, "replay_paused"), ["found"]);
  assertEquals(deriveChecks({ ...view, findings }).filter(({ findings }) => findings > 0).length, 1);
});

Deno.test("a value that a server hides is not fine", () => {
  const hidden = [server({ systemIdentifier: null, timeline: null })];
  const reason =
    "Some values are unknown; run: GRANT EXECUTE ON FUNCTION pg_catalog.pg_control_system() TO m";
  const view = viewOf({
    primary: { server: hidden },
    primarySnapshot: { runs: [run("server", "ok", reason)] },
    standby: { recovery: [recovery({ pauseState: null })] },
  });
  for (const name of ["foreign_server", "divided_cluster", "shared_origin", "stranded"]) {
    assertEquals(outcomeOf(view, name), ["partly_fine", `primary: ${reason}`], name);
  }
  assertEquals(outcomeOf(view, "replay_paused")[0], "not_checked");
  assertEquals(outcomeOf(view, "mixed_versions"), ["fine"]);
});

Deno.test("a server that is down leaves a gap with its reason; with all down nothing is checked", () => {
  const half = viewOf({ standbySnapshot: down({ message: "Nothing answers at 10.0.0.7:5432" }) });
  assertEquals(outcomeOf(half, "clock_off"), [
    "partly_fine",
    "standby: It is unreachable",
  ]);
  const gone = viewOf({ primarySnapshot: down({}), standbySnapshot: down({}) });
  assertEquals(outcomeOf(gone, "clock_off")[0], "not_checked");
  // It is about the connections themselves, so that it can always tell.
  assertEquals(outcomeOf(gone, "collector_failing"), ["fine"]);
});

Deno.test("a right that is missing, a collector that failed or is switched off, a version too old: why is said", () => {
  const grant = 'Role "m" may not read all statistics; run: GRANT pg_monitor TO m';
  const cases: readonly (readonly [readonly CollectorRun[], string])[] = [
    [[run("archive_queue", "skipped", grant)], grant],
    [[run("archive_queue", "failed", "timeout")], "Collector archive_queue failed: timeout"],
    [[run("archive_queue", "failed")], "Collector archive_queue failed: no reason was reported"],
    [[], "Collector archive_queue is switched off"],
    [[run("archive_queue", "skipped", "Does not exist in PostgreSQL 9")], "Does not exist in PostgreSQL 9"],
  ];
  for (const [runs, because] of cases) {
    const view = withoutFacts(
      viewOf({ primarySnapshot: { runs }, standbySnapshot: { runs } }),
      ["archive_queue"],
    );
    assertEquals(outcomeOf(view, "archive_backlog"), [
      "not_checked",
      `primary: ${because}`,
      `standby: ${because}`,
    ]);
  }
});

Deno.test("a check that is about standbys does not apply to a primary alone", () => {
  const view = viewOf(OF_THE_OTHER_ROLE);
  const [primary] = view.servers;
  const alone = { ...view, servers: primary === undefined ? [] : [primary] };
  assertEquals(outcomeOf(alone, "replay_paused"), ["does_not_apply"]);
  for (const check of ["few_standbys", "lag_high", "standby_disconnected", "no_slot"]) {
    const clusters = alone.clusters.map((each) => ({ ...each, expectedStandbys: 0 }));
    assertEquals(outcomeOf({ ...alone, clusters, standbys: [] }, check), ["does_not_apply"], check);
  }
});

Deno.test("what depends on a primary that is not watched is not fine", () => {
  const alone = viewOf({
    primarySnapshot: down({}),
    cluster: { primaries: [], expectedStandbys: 0 },
    standby: { receiver: [receiver({ senderHost: "10.0.0.9", senderPort: 5433 })] },
  });
  const view = { ...alone, servers: alone.servers.filter(({ up }) => up) };
  const because =
    "standby: It streams from 10.0.0.9 port 5433, which is not watched or reachable: the primary is unknown";
  assertEquals(outcomeOf(view, "no_primary"), ["not_checked", because]);
  assertEquals(outcomeOf(view, "few_standbys").slice(-1), [because]);
  const expected = { ...view, clusters: view.clusters.map((each) => ({ ...each, expectedStandbys: 1 })) };
  assertEquals(outcomeOf(expected, "few_standbys"), ["fine"]);
  const unconnected = {
    ...expected,
    clusters: expected.clusters.map((each) => ({ ...each, connectedStandbys: null })),
  };
  assertEquals(outcomeOf(unconnected, "few_standbys"), [
    "not_checked",
    "standby: Neither senders nor receivers are known",
  ]);
});

Deno.test("an unknown lag is not fine", () => {
  const view = viewOf();
  const standbys = view.standbys.map((each) => ({
    ...each,
    lag: { ...each.lag, seconds: null, unknownBecause: "no primary" },
  }));
  assertEquals(outcomeOf({ ...view, standbys }, "lag_high"), [
    "not_checked",
    "standby: Its lag is unknown: no primary",
  ]);
});

Deno.test("a server without subscriptions or logical slots is no gap in checks of them", () => {
  const view = subscriptionsView();
  const gapsOf = (
    fact: {
      readonly hasSubscriptions?: boolean | null;
      readonly hasLogicalSlots?: boolean;
      readonly inRecovery?: boolean;
    },
  ) => {
    const servers = view.servers.map((each) => ({
      ...each,
      facts: { ...each.facts, server: each.facts.server?.map((known) => ({ ...known, ...fact })) ?? [] },
    }));
    return deriveChecks({ ...view, servers })
      .filter(({ name }) => name === "subscription_disabled" || name === "slots_held")
      .map(({ outcome, not_checked }) => [outcome, not_checked.map(({ server }) => server)]);
  };
  assertEquals(gapsOf({ hasSubscriptions: false, hasLogicalSlots: false }), [["fine", []], [
    "does_not_apply",
    [],
  ]]);
  const standby = { hasSubscriptions: null, hasLogicalSlots: false, inRecovery: true };
  assertEquals(gapsOf(standby)[0], ["fine", []], "a standby has no workers");
  assertEquals(gapsOf({ hasSubscriptions: true, hasLogicalSlots: true }), [
    ["partly_fine", ["pub"]],
    ["not_checked", ["pub", "sub", "far"]],
  ]);
});
