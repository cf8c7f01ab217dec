/**
 * Reports to render.
 *
 * @module
 */
import type {
  Report,
  ReportCluster,
  ReportFinding,
  ReportServer,
  ReportSlot,
  ReportStandby,
} from "../../../src/report/model.ts";

/** When every report here was made, Unix seconds: 2026-11-18T10:26:40Z. */
export const NOW = 1_794_997_600;

/** A hostile name. */
export const HOSTILE = `</script><img src=x onerror="alert('1')">&\u202e`;

/** A healthy standby. */
export const STANDBY: ReportStandby = {
  name: "standby",
  configured: true,
  status: "healthy",
  status_reasons: [],
  upstream: "primary",
  connected: true,
  connected_since_unix_seconds: null,
  receive_lsn: "0/5000060",
  replay_lsn: "0/5000060",
  last_replay_unix_seconds: NOW - 1,
  lag_seconds: 0,
  lag_bytes: 0,
  lag_source: "clock",
  lag_unknown_reason: null,
  lag_unknown_because: "",
  upstream_lag_seconds: null,
  reason: "streaming",
  reason_text: "It receives and applies WAL",
  stage: null,
  catch_up: "streaming",
  catch_up_text: "Its upstream has all it needs",
  catch_up_seconds: 0,
  falling_behind: false,
  replay_bytes_per_second: 2048,
  sync_state: "async",
  replay_paused: false,
  apply_delay_seconds: 0,
  conflicts: {},
  total_conflicts: 0,
  lag_history: [
    { unix_seconds: NOW - 60, lag_seconds: 0, lag_bytes: 0 },
    { unix_seconds: NOW - 30, lag_seconds: 4.2, lag_bytes: 8192 },
    { unix_seconds: NOW, lag_seconds: 0, lag_bytes: 0 },
  ],
  lag_last_hour: null,
};

/** A disconnected standby. */
export const CUT_OFF: ReportStandby = {
  ...STANDBY,
  name: "standby2",
  status: "critical",
  status_reasons: ["It runs, but has no upstream and no archive"],
  connected: false,
  lag_seconds: 192.3,
  lag_bytes: 3 * 1024 * 1024,
  reason: "disconnected",
  reason_text: "It runs, but has no upstream and no archive",
  stage: "transport",
  catch_up_seconds: null,
  sync_state: null,
};

/** A server that is up. */
export const SERVER: ReportServer = {
  name: "primary",
  address: "db1.example:5432",
  alias_of: null,
  up: true,
  status: "healthy",
  trouble: "",
  role: "primary",
  timeline: 1,
  version: "18.4",
  data_age_seconds: 2.7,
  position_lsn: "0/5000060",
  wal_bytes_per_second: 2048,
  health_score: 100,
  failed_collectors: [],
};

/** A slot with a limit. */
export const SLOT: ReportSlot = {
  server: "primary",
  name: "standby_slot",
  type: "physical",
  active: true,
  used_by: "standby",
  lag_bytes: 4096,
  copies: [],
  wal_status: "reserved",
  safe_wal_bytes: 48 * 1024 * 1024,
  headroom_ratio: 0.75,
  lost_in_seconds: null,
  inactive_since_unix_seconds: null,
  invalidation_reason: null,
  status: "healthy",
};

/** A healthy cluster: a primary and a standby. */
export const CLUSTER: ReportCluster = {
  name: "",
  system_identifier: "7512345678901234567",
  status: "healthy",
  primary: {
    name: "primary",
    up: true,
    current_lsn: "0/5000060",
    timeline: 1,
    replicas: [],
    total_replicas: 0,
    active_replicas: 0,
    slots: [],
    total_slots: 0,
    active_slots: 0,
  },
  primaries: ["primary"],
  expected_standbys: 1,
  connected_standbys: 1,
  servers: [SERVER, { ...SERVER, name: "standby", role: "standby", address: "db2.example:5432" }],
  standbys: [STANDBY],
  edges: [edgeTo(STANDBY)],
  slots: [SLOT],
  synchronous: {
    names: "",
    required: 0,
    met: 0,
    spare: 0,
    commits_waiting: 0,
    oldest_wait_seconds: null,
    status: "healthy",
  },
  consistency: [],
  subscriptions: [],
  subscribers: [],
  summary: {
    total_standbys: 1,
    healthy_standbys: 1,
    warning_standbys: 0,
    critical_standbys: 0,
    unknown_standbys: 0,
    max_lag_seconds: 0,
    average_lag_seconds: 0,
    max_lag_bytes: 0,
  },
  failovers: 0,
  manager: null,
};

/** A finding. */
export const FINDING: ReportFinding = {
  check: "standby_disconnected",
  severity: "critical",
  server: "standby2",
  cluster: CLUSTER.name,
  system_identifier: CLUSTER.system_identifier,
  subject: "",
  summary: `Standby "standby2" is not connected`,
  evidence: "No sender row, no receiver",
  advice: `On "primary": SELECT pg_create_physical_replication_slot('standby2', true); then look at its log`,
  since_unix_seconds: NOW - 192,
};

/** A healthy report. */
export const WELL: Report = {
  version: 1,
  timestamp: "2026-11-18T10:26:40.000Z",
  timestamp_unix_seconds: NOW,
  exporter: { version: "1.2.3", revision: "" },
  thresholds: { warning_lag_seconds: 60, critical_lag_seconds: 300, warning_conflicts: 100 },
  status: "healthy",
  headline: "All is well, 1 standby at most 0 s behind",
  clusters: [CLUSTER],
  unassigned_servers: [],
  subscriptions: [],
  summary: CLUSTER.summary,
  findings: [],
  checks: [],
  events: [],
};

/** A report with a disconnected standby. */
export const TROUBLED: Report = {
  ...WELL,
  status: "critical",
  headline: `Critical: Standby "standby2" is not connected`,
  clusters: [{
    ...CLUSTER,
    status: "critical",
    standbys: [STANDBY, CUT_OFF],
    edges: [edgeTo(STANDBY), edgeTo(CUT_OFF)],
    summary: { ...CLUSTER.summary, total_standbys: 2, critical_standbys: 1, max_lag_seconds: 192.3 },
  }],
  summary: { ...CLUSTER.summary, total_standbys: 2, critical_standbys: 1, max_lag_seconds: 192.3 },
  findings: [FINDING],
  events: [{
    kind: "detached",
    server: "standby2",
    message: "standby2 no longer receives WAL from primary",
    unix_seconds: NOW - 192,
  }],
};

/** The edge to a standby. */
export function edgeTo(standby: ReportStandby): ReportCluster["edges"][number] {
  return {
    upstream: standby.upstream ?? "primary",
    downstream: standby.name,
    joined_by: "slot",
    connected: standby.connected,
    lag_seconds: standby.lag_seconds,
    lag_bytes: standby.lag_bytes,
    status: standby.status,
  };
}

/** The visible text of HTML, with white space collapsed. */
export function textOf(html: { readonly text: string } | string): string {
  const text = typeof html === "string" ? html : html.text;
  return text.replace(/<(\/?(td|th|li|tr|p|div|dt|dd|h2|h3|pre|span|summary))\b[^>]*>/g, " ")
    .replace(/<[^>]*>/g, "")
    .replaceAll("&quot;", '"').replaceAll("&#39;", "'").replaceAll("&lt;", "<").replaceAll("&gt;", ">")
    .replaceAll("&amp;", "&")
    .replace(/\s+/g, " ").trim();
}
