import { assertEquals, assertMatch } from "@std/assert";
import { judgeWait } from "../../../src/cli/look/wait_goal.ts";
import type { WaitGoal } from "../../../src/cli/look/wait_state.ts";
import type { Report, ReportServer, ReportStandby } from "../../../src/report/model.ts";
import { goldenReport } from "../../report/golden_views.ts";

const report = goldenReport("one_standby_well");
const NOTHING: WaitGoal = { isCaughtUp: false, maxLagSeconds: null, position: null, role: null };

/** The report with other values of the standby. */
function changed(standby: Partial<ReportStandby>, server: Partial<ReportServer> = {}): Report {
  return {
    ...report,
    clusters: report.clusters.map((cluster) => ({
      ...cluster,
      servers: cluster.servers.map((each) => each.role === "standby" ? { ...each, ...server } : each),
      standbys: cluster.standbys.map((each) => ({ ...each, ...standby })),
    })),
  };
}

function judge(goal: Partial<WaitGoal>, { of = report, name = "standby", waitedSeconds = 100 } = {}) {
  return judgeWait(of, { name, goal: { ...NOTHING, ...goal }, waitedSeconds });
}

const BEHIND = changed({
  lag_seconds: 7,
  lag_bytes: 100,
  lag_source: "clock",
  connected: true,
  replay_lsn: "0/3000000",
});
const LEVEL = { lag_seconds: 0, lag_bytes: 0, lag_source: "clock", connected: true };

Deno.test("judgeWait(): caught up is no lag while it streams, by positions", () => {
  const caughtUp = { isCaughtUp: true };
  assertEquals(judge(caughtUp, { of: changed(LEVEL) }), {
    isReached: true,
    text: '"standby" has caught up',
  });
  assertEquals(judge(caughtUp, { of: BEHIND }), { isReached: false, text: '"standby" is 7.0 s behind' });
  assertEquals(judge(caughtUp, { of: changed({ ...LEVEL, connected: false }) }), {
    isReached: false,
    text: '"standby" does not stream',
  });
  for (
    const unknown of [
      { ...LEVEL, connected: null },
      { ...LEVEL, lag_source: "replay_timestamp", lag_bytes: null },
      { ...LEVEL, lag_seconds: null, lag_unknown_reason: "primary_unreachable" },
    ]
  ) {
    assertEquals(judge(caughtUp, { of: changed(unknown) }).isReached, null, JSON.stringify(unknown));
  }
});

Deno.test("judgeWait(): a standby that is not watched counts while its upstream streams to it", () => {
  const unwatched = (standby: Partial<ReportStandby>, upstream: Partial<ReportServer> = {}): Report => ({
    ...report,
    clusters: report.clusters.map((cluster) => ({
      ...cluster,
      servers: cluster.servers.filter(({ role }) => role === "primary").map((each) => ({
        ...each,
        ...upstream,
      })),
      standbys: cluster.standbys.map((each) => ({ ...each, ...LEVEL, configured: false, ...standby })),
    })),
  });
  const goals = [{ role: "standby" as const }, { maxLagSeconds: 90_000 }, { position: 0n }];
  for (const goal of goals) {
    assertEquals(judge(goal, { of: unwatched({}) }).isReached, true);
    for (const gone of [{ connected: false, lag_seconds: 86_400 }, { connected: null }]) {
      assertEquals(judge(goal, { of: unwatched(gone) }).isReached, null, JSON.stringify(gone));
    }
    assertEquals(judge(goal, { of: unwatched({}, { up: false }) }).isReached, null);
    assertEquals(judge(goal, { of: unwatched({}, { data_age_seconds: 500 }) }).isReached, null, "old data");
  }
});

Deno.test("judgeWait(): a largest lag, a position, a role", () => {
  assertEquals(judge({ maxLagSeconds: 7 }, { of: BEHIND }).isReached, true);
  assertEquals(judge({ maxLagSeconds: 5 }, { of: BEHIND }), {
    isReached: false,
    text: '"standby" is 7.0 s behind, more than 5s',
  });
  assertEquals(judge({ position: 0x3000000n }, { of: BEHIND }).isReached, true);
  assertEquals(judge({ position: 0x3000001n }, { of: BEHIND }), {
    isReached: false,
    text: '"standby" has replayed 0/3000000 of 0/3000001',
  });
  assertEquals(judge({ position: 1n }, { of: changed({ replay_lsn: null }) }).isReached, null);
  assertEquals(judge({ position: 1n }, { name: "primary" }).isReached, true);
  assertEquals(judge({ role: "primary" }), { isReached: false, text: '"standby" is a standby' });
  assertEquals(judge({ role: "standby" }).isReached, true);
  assertEquals(judge({ role: "primary" }, { name: "primary" }).isReached, true);
  assertEquals(judge({ maxLagSeconds: 5 }, { name: "primary" }).isReached, false);
});

Deno.test("judgeWait(): what does not respond has reached nothing", () => {
  const down = changed(LEVEL, { up: false, trouble: "no such host" });
  for (
    const goal of [{ isCaughtUp: true }, { role: "standby" }, { position: 1n }, { maxLagSeconds: 5 }] as const
  ) {
    assertEquals(judge(goal, { of: down }), {
      isReached: null,
      text: '"standby" is unreachable: no such host',
    });
  }
});

Deno.test("judgeWait(): several parts must hold together, and only what is missing is named", () => {
  const both = { role: "standby", maxLagSeconds: 5 } as const;
  assertEquals(judge(both, { of: BEHIND }), {
    isReached: false,
    text: '"standby" is 7.0 s behind, more than 5s',
  });
  assertEquals(judge(both, { of: changed(LEVEL) }), {
    isReached: true,
    text: '"standby" is a standby; "standby" is 0 s behind',
  });
  const unknown = changed({ lag_seconds: null, lag_unknown_reason: "diverged" });
  assertMatch(judge(both, { of: unknown }).text, /^The lag of "standby" is unknown \(diverged\)$/);
});

Deno.test("judgeWait(): an unknown name is unknown, with a suggestion", () => {
  assertEquals(judge({ role: "standby" }, { name: "stanby" }), {
    isReached: null,
    text: 'There is no server "stanby", did you mean "standby"?',
  });
});

Deno.test("judgeWait(): data from before the wait began decides nothing", () => {
  const of = changed(LEVEL);
  const ages = of.clusters[0]?.servers.map((server) => server.data_age_seconds ?? 0) ?? [];
  const oldest = Math.max(...ages);
  for (const [waitedSeconds, expected] of [[oldest + 0.01, true], [oldest, null], [0, null]] as const) {
    assertEquals(judge({ isCaughtUp: true }, { of, waitedSeconds }).isReached, expected);
  }
  assertEquals(judge({ role: "primary" }, { waitedSeconds: 0 }), {
    isReached: null,
    text: 'No data of "standby" since the wait began',
  });
});
