/**
 * Reports made by hand, for the terminal.
 *
 * @module
 */
import type {
  Report,
  ReportCluster,
  ReportEvent,
  ReportFinding,
  ReportPrimary,
  ReportServer,
  ReportSlot,
  ReportStandby,
} from "../../../src/report/model.ts";

/** 2026-11-21 12:00:00 UTC, the default moment of a report. */
export const NOON = Date.UTC(2026, 10, 21, 12) / 1000;

/** Hostile names of servers. */
export const HOSTILE_NAMES: readonly string[] = [
  "\x1b[2J\x1b]0;owned\x07",
  "tab\there\r\nand\x85there",
  "数据库备用服务器",
  "e\u0301\u0301\u0301\u0301\u0301\u0301a\u0300",
  "\u202egnp.exe\u2066",
  "👨‍👩‍👧‍👦🇩🇪❤️",
  "\ud800half\udc00",
  "ᄀᄀᄀ각ᆨᆨ",
  "",
];

/** A healthy standby. */
export function standby(name: string, changes: Partial<ReportStandby> = {}): ReportStandby {
  return {
    name,
    configured: true,
    status: "healthy",
    status_reasons: [],
    upstream: "primary",
    connected: true,
    connected_since_unix_seconds: null,
    receive_lsn: "0/5000148",
    replay_lsn: "0/5000148",
    last_replay_unix_seconds: NOON - 1,
    lag_seconds: 0,
    lag_bytes: 0,
    lag_source: "clock",
    lag_unknown_reason: null,
    lag_unknown_because: "",
    upstream_lag_seconds: null,
    reason: "streaming",
    reason_text: "receives and applies",
    stage: null,
    catch_up: "streaming",
    catch_up_text: "it streams",
    catch_up_seconds: 0,
    falling_behind: false,
    replay_bytes_per_second: 1_258_291,
    sync_state: "async",
    replay_paused: false,
    apply_delay_seconds: null,
    conflicts: null,
    total_conflicts: null,
    lag_history: [],
    lag_last_hour: null,
    ...changes,
  };
}

/** A standby whose replay is paused; its lag has grown for five minutes. */
export function pausedStandby(name: string): ReportStandby {
  return standby(name, {
    status: "warning",
    status_reasons: ["It is 192.3 s behind, over 60 s"],
    lag_seconds: 192.3,
    lag_bytes: 14 * 1024 * 1024,
    reason: "paused",
    reason_text: "replay is paused",
    stage: "replay",
    catch_up_seconds: null,
    falling_behind: true,
    replay_bytes_per_second: 0,
    replay_paused: true,
    lag_history: Array.from({ length: 20 }, (_, index) => ({
      unix_seconds: NOON - 285 + index * 15,
      lag_seconds: Math.max(0, index * 15 - 93),
      lag_bytes: 0,
    })),
  });
}

/** A lost standby, with all values unknown. */
export function lostStandby(name: string): ReportStandby {
  return standby(name, {
    status: "critical",
    status_reasons: ["It needs WAL that primary no longer has"],
    connected: false,
    lag_seconds: null,
    lag_bytes: null,
    lag_source: null,
    lag_unknown_reason: "never_seen",
    lag_unknown_because: "no position of it or its upstream is known",
    reason: "lost",
    reason_text: "needs WAL that its upstream no longer has",
    catch_up: "must_rebuild",
    catch_up_seconds: null,
    falling_behind: null,
    replay_bytes_per_second: null,
    sync_state: null,
  });
}

/** A slot with a third of its limit left. */
export function slot(name: string, changes: Partial<ReportSlot> = {}): ReportSlot {
  return {
    server: "primary",
    name,
    type: "physical",
    active: true,
    used_by: null,
    lag_bytes: 700 * 1024 * 1024,
    copies: [],
    wal_status: "extended",
    safe_wal_bytes: 350 * 1024 * 1024,
    headroom_ratio: 0.33,
    lost_in_seconds: 7500,
    inactive_since_unix_seconds: null,
    invalidation_reason: null,
    status: "warning",
    ...changes,
  };
}

/** A finding some minutes old. */
export function finding(check: string, changes: Partial<ReportFinding> = {}): ReportFinding {
  return {
    check,
    severity: "warning",
    server: "standby",
    cluster: "",
    system_identifier: null,
    subject: "",
    summary: "Replay is paused",
    evidence: "pg_get_wal_replay_pause_state() is paused",
    advice: "SELECT pg_wal_replay_resume();",
    since_unix_seconds: NOON - 192,
    ...changes,
  };
}

/** An event some seconds before noon. */
export function event(secondsBefore: number, changes: Partial<ReportEvent> = {}): ReportEvent {
  return {
    kind: "detached",
    server: "standby2",
    message: "standby2 no longer receives WAL from primary",
    unix_seconds: NOON - secondsBefore,
    ...changes,
  };
}

function server(name: string, role: "primary" | "standby"): ReportServer {
  return {
    name,
    address: `${name}:5432`,
    alias_of: null,
    up: true,
    status: "healthy",
    trouble: "",
    role,
    timeline: 1,
    version: "18.1",
    data_age_seconds: 0.4,
    position_lsn: "0/5000148",
    wal_bytes_per_second: 1_258_291,
    health_score: 100,
    failed_collectors: [],
  };
}

/** A server that was never reached. */
export function unreachedServer(name: string): ReportServer {
  return {
    ...server(name, "standby"),
    up: false,
    status: "critical",
    trouble: `Cannot connect to ${name}: connection refused; check that PostgreSQL runs there`,
    role: null,
    timeline: null,
    version: null,
    data_age_seconds: null,
    position_lsn: null,
    wal_bytes_per_second: null,
    health_score: 0,
  };
}

const PRIMARY: ReportPrimary = {
  name: "primary",
  up: true,
  current_lsn: "0/5000148",
  timeline: 1,
  replicas: [],
  total_replicas: 2,
  active_replicas: 2,
  slots: [],
  total_slots: 2,
  active_slots: 2,
};

const SUMMARY: Report["summary"] = {
  total_standbys: 0,
  healthy_standbys: 0,
  warning_standbys: 0,
  critical_standbys: 0,
  unknown_standbys: 0,
  max_lag_seconds: null,
  average_lag_seconds: null,
  max_lag_bytes: null,
};

/** A cluster with these standbys. */
export function cluster(
  standbys: readonly ReportStandby[],
  changes: Partial<ReportCluster> = {},
): ReportCluster {
  return {
    name: "",
    system_identifier: "7300000000000000001",
    status: "healthy",
    primary: PRIMARY,
    primaries: ["primary"],
    expected_standbys: standbys.length,
    connected_standbys: standbys.length,
    servers: [server("primary", "primary"), ...standbys.map(({ name }) => server(name, "standby"))],
    standbys,
    edges: [],
    slots: [],
    synchronous: {
      names: "FIRST 1 (standby, standby2)",
      required: 1,
      met: 1,
      spare: 1,
      commits_waiting: 0,
      oldest_wait_seconds: null,
      status: "healthy",
    },
    consistency: [],
    subscriptions: [],
    subscribers: [],
    summary: SUMMARY,
    failovers: 0,
    manager: null,
    ...changes,
  };
}

/** A cluster whose primary is down. */
export function withoutPrimary(standbys: readonly ReportStandby[]): ReportCluster {
  const well = cluster(standbys);
  const servers = well.servers.map((one) =>
    one.name === "primary" ? { ...unreachedServer("primary"), wal_bytes_per_second: 5 } : one
  );
  return { ...well, servers, primary: { ...PRIMARY, up: false } };
}

/** A report of these clusters. */
export function report(clusters: readonly ReportCluster[], changes: Partial<Report> = {}): Report {
  const at = changes.timestamp_unix_seconds ?? NOON;
  return {
    version: 1,
    timestamp: new Date(at * 1000).toISOString(),
    timestamp_unix_seconds: at,
    exporter: { version: "0.0.0", revision: "test" },
    thresholds: { warning_lag_seconds: 60, critical_lag_seconds: 300, warning_conflicts: 100 },
    status: "healthy",
    headline: "All standbys are well",
    clusters,
    unassigned_servers: [],
    subscriptions: [],
    summary: SUMMARY,
    findings: [],
    checks: [],
    events: [],
    ...changes,
  };
}

/** A healthy report. */
export const WELL = report([cluster([standby("standby"), standby("standby2", { sync_state: "sync" })])]);

/** A paused standby, a lost one, a slot close to its limit. */
export const TROUBLED = report([
  cluster([
    standby("standby3", { lag_seconds: 0.4, lag_bytes: 8192 }),
    pausedStandby("standby"),
    lostStandby("standby2"),
  ], {
    name: "main",
    slots: [
      slot("standby_slot"),
      slot("standby3_slot", { status: "healthy", headroom_ratio: 0.9, lost_in_seconds: null }),
    ],
  }),
], {
  status: "critical",
  headline: "2 of 3 standbys need attention",
  findings: [
    finding("slot_lost", {
      severity: "critical",
      server: "primary",
      subject: "standby2_slot",
      summary: "The slot standby2_slot is lost: standby2 cannot go on",
      since_unix_seconds: NOON - 4000,
    }),
    finding("replay_paused"),
    finding("wal_compression", { severity: "info", server: "primary", summary: "wal_compression is off" }),
  ],
  events: [
    event(90_000, { kind: "attached", message: "standby2 receives WAL from primary" }),
    event(4000, { kind: "slot_lost", server: "primary", message: "The slot standby2_slot is lost" }),
    event(3999),
  ],
});
