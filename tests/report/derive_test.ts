import { assertEquals } from "@std/assert";
import { deriveReport } from "../../src/report/derive.ts";
import { renderReportJson } from "../../src/report/json.ts";
import { renderReportText } from "../../src/report/text/report.ts";
import { seriesKey, standbyKey } from "../../src/domain/standby.ts";
import { DEFAULT_REPORT_THRESHOLDS } from "../../src/domain/thresholds.ts";
import type { View } from "../../src/domain/view.ts";
import { buildView } from "../cluster/build_view.ts";
import { CLUSTER, neverReached, recovery, server as serverFact } from "../cluster/fixtures.ts";
import { down, NOW, viewOf } from "../cluster/findings/views.ts";
import { goldenReport, reportOf } from "./golden_views.ts";

const finding = {
  check: "lag_high",
  severity: "warning",
  server: "standby",
  subject: "",
  summary: "Standby is behind",
  evidence: "",
  advice: "",
  since: NOW - 50,
} as const;

Deno.test("deriveReport() turns moments of our clock into Unix time, by both clocks of one moment", () => {
  const view: View = viewOf({
    derived: { connectedChangedAt: NOW - 100 },
    view: {
      findings: [finding],
      lagHistory: new Map([[standbyKey({ name: "standby", clusterKey: CLUSTER }), [
        { at: NOW - 20, seconds: 1, bytes: 10 },
        { at: NOW - 10, seconds: null, bytes: null },
      ]]]),
    },
  });
  const report = deriveReport(view, {
    now: NOW + 2,
    wallNow: 1_800_000_002,
    build: { version: "1", revision: "2" },
    thresholds: DEFAULT_REPORT_THRESHOLDS,
  });
  const [standby] = report.clusters[0]?.standbys ?? [];
  assertEquals(report.timestamp, "2027-01-15T08:00:00.000Z", "the moment of the view");
  assertEquals(report.findings[0]?.since_unix_seconds, 1_799_999_950);
  assertEquals(standby?.connected_since_unix_seconds, 1_799_999_900);
  assertEquals(standby?.lag_history, [
    { unix_seconds: 1_799_999_980, lag_seconds: 1, lag_bytes: 10 },
    { unix_seconds: 1_799_999_990, lag_seconds: null, lag_bytes: null },
  ]);
  assertEquals(report.clusters[0]?.servers.map((server) => server.data_age_seconds), [1, 1]);
});

Deno.test("deriveReport() takes its status from the worst: findings count, an info does not", () => {
  const statusWith = (severity: "info" | "warning" | "critical", server = "standby", subject = "") =>
    reportOf(viewOf({ view: { findings: [{ ...finding, severity, server, subject }] } }));
  assertEquals(statusWith("info").status, "healthy");
  assertEquals(statusWith("warning").status, "warning");
  assertEquals(statusWith("critical").clusters[0]?.status, "critical");
  assertEquals(statusWith("critical", "cluster", CLUSTER).clusters[0]?.status, "critical");
  const elsewhere = statusWith("critical", "stranger");
  assertEquals([elsewhere.status, elsewhere.clusters[0]?.status], ["critical", "healthy"]);
  assertEquals(elsewhere.findings[0]?.system_identifier, null);
});

Deno.test("deriveReport() is unknown, not healthy, while the lag of a standby is not known", () => {
  const report = reportOf(viewOf({
    derived: {
      lag: {
        seconds: null,
        bytes: null,
        source: null,
        unknownReason: "history_too_short",
        unknownBecause: "The exporter has not watched long enough",
      },
    },
  }));
  assertEquals([report.status, report.summary.unknown_standbys], ["unknown", 1]);
  assertEquals(report.headline, 'Unknown: Standby "standby": the exporter has not watched long enough');
});

Deno.test("deriveReport() keeps what the standby itself last reported, and replay_paused only of now", () => {
  const facts = {
    ...viewOf().servers[1]?.facts,
    recovery: [recovery({ pauseState: "paused", applyDelaySeconds: 60 })],
  };
  const [up] = reportOf(viewOf({ standby: facts })).clusters[0]?.standbys ?? [];
  assertEquals([up?.replay_paused, up?.apply_delay_seconds, up?.total_conflicts], [true, 60, 3]);
  const gone = reportOf(viewOf({ standby: facts, standbySnapshot: down({}) }));
  const [standby] = gone.clusters[0]?.standbys ?? [];
  assertEquals([standby?.replay_paused, standby?.apply_delay_seconds, standby?.total_conflicts], [
    null,
    60,
    3,
  ]);
  assertEquals(standby?.conflicts, { snapshot: 3, lock: 0 });
});

Deno.test("deriveReport() reports where WAL ended when it was last read, between collections too", () => {
  const collected = reportOf(viewOf());
  const servers = { primary: { walEnd: 0x9000n }, standby: { walEnd: 0x8000n } };
  const { clusters: [cluster] } = reportOf(viewOf({ servers }));
  assertEquals(cluster?.primary?.current_lsn, "0/9000");
  assertEquals(cluster?.servers.map(({ position_lsn }) => position_lsn), ["0/9000", "0/8000"]);
  assertEquals(cluster?.standbys[0]?.receive_lsn, "0/8000");
  assertEquals(collected.clusters[0]?.primary?.current_lsn === "0/9000", false);
});

Deno.test("deriveReport() does not call received what the archive brought", () => {
  const restored = { inRecovery: true, receivePosition: 0x1000n, replayPosition: 0x7000n };
  const view = viewOf({
    standby: { server: [serverFact(restored)] },
    servers: { standby: { walEnd: 0x8000n } },
  });
  assertEquals(reportOf(view).clusters[0]?.standbys[0]?.receive_lsn, "0/1000");
});

Deno.test("deriveReport() keeps the edge of a standby that is cut off, without what joined it", () => {
  const view = viewOf({
    primary: { senders: [] },
    standby: { receiver: [] },
    before: { primary: {}, standby: {} },
  });
  assertEquals(reportOf(view).clusters[0]?.edges, [{
    upstream: "primary",
    downstream: "standby",
    joined_by: null,
    connected: false,
    lag_seconds: 0,
    lag_bytes: 0,
    status: "warning",
  }]);
});

Deno.test("deriveReport() lists a server that belongs to no cluster, and is critical for it", () => {
  const report = reportOf(buildView({ snapshots: [...viewOf().servers, neverReached("stranger", "other")] }));
  assertEquals(report.unassigned_servers.map(({ name, up, role, version }) => [name, up, role, version]), [
    ["stranger", false, null, null],
  ]);
  assertEquals([report.status, report.clusters[0]?.status], ["critical", "healthy"]);
  assertEquals(report.headline, 'Critical: Server "stranger" is not well: Nothing answers');
});

Deno.test("deriveReport() lists the primary's senders and slots with the standbys that they feed", () => {
  const { primary, slots } = goldenReport("sync_short").clusters[0] ?? {};
  assertEquals(primary?.replicas?.map(({ server, slot, sync_state }) => [server, slot, sync_state]), [
    ["standby", "standby", "sync"],
  ]);
  assertEquals([primary?.total_replicas, primary?.active_replicas, primary?.total_slots], [1, 1, 1]);
  assertEquals(slots?.map(({ name, used_by }) => [name, used_by]), [["standby", "standby"]]);
});

Deno.test("deriveReport() of an unreachable primary has its last known values, and no synchronous commit", () => {
  const { primary, primaries, synchronous } = goldenReport("primary_down").clusters[0] ?? {};
  assertEquals([primary?.name, primary?.up, primary?.current_lsn], ["primary", false, "0/50F0000"]);
  assertEquals([primaries, synchronous], [[], null]);
});

Deno.test("deriveReport() repeats neither passwords nor what a connection is made of", () => {
  const canary = "c4n4ry-secret";
  const view = viewOf();
  const poisoned: View = {
    ...view,
    servers: view.servers.map((server) => ({
      ...server,
      // What a careless reader could have put beside the facts that are known by name.
      facts: {
        ...server.facts,
        recovery: server.facts.recovery?.map((row) => ({ ...row, primaryConninfo: `password=${canary}` })) ??
          [],
        receiver: server.facts.receiver?.map((row) => ({ ...row, conninfo: `password=${canary}` })) ?? [],
        senders: server.facts.senders?.map((row) => ({ ...row, password: canary })) ?? [],
      },
      target: { password: canary },
    })),
  };
  const report = reportOf(poisoned);
  assertEquals(renderReportJson(report).includes(canary), false);
  assertEquals(renderReportJson(report).includes("onninfo"), false);
  assertEquals(renderReportText(report, { width: 80, color: true }).includes(canary), false);
});

Deno.test("deriveReport() has the share of the last hour within the warning lag, none without samples", () => {
  const lastHourOf = (lastHour: { within: number; beyond: number; unknown: number }) => {
    const samples = { counts: [], sum: 0, unknown: 0, createdUnixSeconds: 0, lastHour };
    const lagSamples = new Map([[seriesKey({ name: "standby", cluster: "" }), samples]]);
    const report = reportOf(viewOf({ view: { lagSamples } }));
    return report.clusters[0]?.standbys.find(({ name }) => name === "standby")?.lag_last_hour;
  };
  assertEquals(lastHourOf({ within: 6, beyond: 1, unknown: 1 }), {
    samples: 8,
    within_warning_ratio: 0.75,
    unknown_ratio: 0.125,
  });
  assertEquals(lastHourOf({ within: 0, beyond: 0, unknown: 0 }), null);
  assertEquals(reportOf(viewOf()).clusters[0]?.standbys[0]?.lag_last_hour, null);
  const lagSamples = new Map([[seriesKey({ name: "standby", cluster: "" }), {
    counts: [],
    sum: 0,
    unknown: 0,
    createdUnixSeconds: 0,
    lastHour: { within: 3599, beyond: 1, unknown: 0 },
  }]]);
  const text = renderReportText(reportOf(viewOf({ view: { lagSamples } })), { color: false, width: 500 });
  assertEquals(text.includes("last hour within the warning lag 99.9%"), true, text);
});
