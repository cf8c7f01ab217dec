/**
 * The report: everything that is told to a person or a script, once, in one typed model. JSON is this model as it
 * stands; text, page and terminal are rendered from it, so that they cannot disagree.
 *
 * Keys carry their unit. Instants are Unix seconds (`…_unix_seconds`) of the exporter's clock or ISO 8601 text in UTC.
 * `null` means that it is not known, never 0. Version 1 only ever gains keys; a change of what a key means is a new
 * version.
 *
 * @module
 */
import type { EventKind } from "../domain/event.ts";
import type { Severity } from "../domain/finding.ts";
import type { LagSource, LagUnknownReason } from "../domain/lag.ts";
import type { Role } from "../domain/role.ts";
import type { CatchUpVerdict, JoinedBy, LagStage, StandbyReason } from "../domain/standby.ts";
import type { ReportCheck, ReportConsistency, Word } from "./model_checks.ts";

export {
  CHECK_OUTCOMES,
  type CheckOutcome,
  type ReportCheck,
  type ReportCheckGap,
  type ReportConsistency,
  type Word,
} from "./model_checks.ts";

/** Version of the model. */
export const REPORT_VERSION = 1;

/** States of a standby, a cluster or a whole report, best first; unknown is its own, never healthy. */
export const STATUSES = ["healthy", "unknown", "warning", "critical"] as const;

/** One of {@linkcode STATUSES}. */
export type Status = typeof STATUSES[number];

/** The whole report. */
export interface Report {
  /** Version of the model: {@linkcode REPORT_VERSION}. */
  readonly version: 1;
  /** The moment of which it tells: ISO 8601, UTC. */
  readonly timestamp: string;
  /** The same as Unix seconds. */
  readonly timestamp_unix_seconds: number;
  /** What made it. */
  readonly exporter: ReportExporter;
  /** From where on a standby is a warning or critical. */
  readonly thresholds: ReportLimits;
  /** The worst of all: clusters, servers, findings. */
  readonly status: Status;
  /** The state of everything in one sentence. */
  readonly headline: string;
  /** Clusters in configured order. */
  readonly clusters: readonly ReportCluster[];
  /** Servers that belong to no cluster yet, because they were never reached or may not be identified. */
  readonly unassigned_servers: readonly ReportServer[];
  /** Over all clusters. */
  readonly summary: ReportSummary;
  /** Diagnoses, worst first. */
  readonly findings: readonly ReportFinding[];
  /** Every check that findings come from: what was looked at and found fine, and what could not be looked at. */
  readonly checks: readonly ReportCheck[];
  /** What happened, oldest first. */
  readonly events: readonly ReportEvent[];
}

/** The exporter that made the report. */
export interface ReportExporter {
  /** Its version. */
  readonly version: string;
  /** The commit it was built from; "" when that is not known. */
  readonly revision: string;
}

/** From where on a standby is a warning or critical. */
export interface ReportLimits {
  /** Lag over which a standby is a warning, seconds; one that is delayed on purpose is judged by its lag beyond that. */
  readonly warning_lag_seconds: number;
  /** Lag over which it is critical, seconds. */
  readonly critical_lag_seconds: number;
  /** Queries cancelled by recovery conflicts over which it is a warning. */
  readonly warning_conflicts: number;
}

/** Servers with one system identifier. */
export interface ReportCluster {
  /** Name given by the user; "" when none. */
  readonly name: string;
  /** `system_identifier` of `pg_control_system()`. */
  readonly system_identifier: string;
  /** The worst of its standbys, servers and findings. */
  readonly status: Status;
  /** Its primary; the first one in a split brain; null when none was ever seen. */
  readonly primary: ReportPrimary | null;
  /** Names of the servers that are not in recovery; two or more is a split brain. */
  readonly primaries: readonly string[];
  /** Standbys there should be. */
  readonly expected_standbys: number;
  /** Standbys that receive WAL by streaming, configured or not; null when no server told. */
  readonly connected_standbys: number | null;
  /** Every configured or discovered server. */
  readonly servers: readonly ReportServer[];
  /** Every standby: configured, streaming now, or remembered. */
  readonly standbys: readonly ReportStandby[];
  /** Who follows whom. */
  readonly edges: readonly ReportEdge[];
  /** Slots of all its servers. */
  readonly slots: readonly ReportSlot[];
  /** Synchronous commit on the primary; null when unknown. */
  readonly synchronous: ReportSynchronous | null;
  /** Consistency checks. */
  readonly consistency: readonly ReportConsistency[];
  /** Its standbys, counted. */
  readonly summary: ReportSummary;
  /** Failovers seen since the exporter started. */
  readonly failovers: number;
}

/** One server. */
export interface ReportServer {
  /** Name given by the user. */
  readonly name: string;
  /** Host and port as configured; "" when not told. */
  readonly address: string;
  /** Whether the latest collection reached it. */
  readonly up: boolean;
  /** Critical or warning when it is not reached, warning when a collector fails; its lag is judged as a standby's. */
  readonly status: Status;
  /** Why not, and what to do; "" when up. */
  readonly trouble: string;
  /** Role at the latest successful collection; null when never reached. */
  readonly role: Role | null;
  /** Timeline; null when unknown. */
  readonly timeline: number | null;
  /** PostgreSQL's version; null when never reached. */
  readonly version: string | null;
  /** Age of what is known of it, seconds; null when never reached. */
  readonly data_age_seconds: number | null;
  /** Where its WAL ends: written by a primary, the furthest of received and replayed by a standby; null when unknown. */
  readonly position_lsn: string | null;
  /** WAL it writes or receives, bytes per second; null when unknown. */
  readonly wal_bytes_per_second: number | null;
  /** Classic health score, 0 to 100. */
  readonly health_score: number;
  /** Collectors that failed, as sentences. */
  readonly failed_collectors: readonly string[];
}

/** The primary, as the original report had it. */
export interface ReportPrimary {
  /** Its server name. */
  readonly name: string;
  /** Whether the latest collection reached it; what follows is the last known otherwise. */
  readonly up: boolean;
  /** `pg_current_wal_lsn()`, about a second old at most while it is reached; null when unknown. */
  readonly current_lsn: string | null;
  /** Timeline; null when unknown. */
  readonly timeline: number | null;
  /** Rows of `pg_stat_replication`; null when unknown. */
  readonly replicas: readonly ReportReplica[] | null;
  /** Number of rows; null when unknown. */
  readonly total_replicas: number | null;
  /** Rows whose state is streaming; null when unknown. */
  readonly active_replicas: number | null;
  /** Its replication slots; null when unknown. */
  readonly slots: readonly ReportSlot[] | null;
  /** Number of slots; null when unknown. */
  readonly total_slots: number | null;
  /** Slots in use; null when unknown. */
  readonly active_slots: number | null;
}

/** One row of `pg_stat_replication`. */
export interface ReportReplica {
  /** Name of the standby it feeds, when that is known; null otherwise. */
  readonly server: string | null;
  /** `application_name`. */
  readonly application_name: string;
  /** `client_addr`; null over a Unix socket. */
  readonly client_addr: string | null;
  /** What it is: a standby, `pg_receivewal`, a base backup. */
  readonly kind: string;
  /** `state`; null without the right to see it. */
  readonly state: string | null;
  /** `sync_state`; null without the right to see it. */
  readonly sync_state: string | null;
  /** Slot it uses; null when none. */
  readonly slot: string | null;
  /** From the primary's position to `sent_lsn`, bytes. */
  readonly sent_lag_bytes: number | null;
  /** From the primary's position to `write_lsn`, bytes. */
  readonly write_lag_bytes: number | null;
  /** From the primary's position to `flush_lsn`, bytes. */
  readonly flush_lag_bytes: number | null;
  /** From the primary's position to `replay_lsn`, bytes. */
  readonly replay_lag_bytes: number | null;
  /** `write_lag`, seconds. */
  readonly write_lag_seconds: number | null;
  /** `flush_lag`, seconds. */
  readonly flush_lag_seconds: number | null;
  /** `replay_lag`, seconds. */
  readonly replay_lag_seconds: number | null;
  /** Age of its latest reply, seconds. */
  readonly reply_age_seconds: number | null;
}

/** One standby. */
export interface ReportStandby {
  /** Server name, or the application name of its sender row. */
  readonly name: string;
  /** Whether it is a configured or discovered server. */
  readonly configured: boolean;
  /** Healthy, warning, critical or unknown. */
  readonly status: Status;
  /** Why it has this status: sentences; empty when healthy. */
  readonly status_reasons: readonly string[];
  /** Server it receives from, or last received from; null when never known. */
  readonly upstream: string | null;
  /** Whether it receives WAL by streaming; null when nobody can tell. */
  readonly connected: boolean | null;
  /** Since when; null when it was so when first seen. */
  readonly connected_since_unix_seconds: number | null;
  /** `pg_last_wal_receive_lsn()`, about a second old at most while it streams; null when unknown. */
  readonly receive_lsn: string | null;
  /** The furthest position it is known to have applied; null when never known. */
  readonly replay_lsn: string | null;
  /** Commit time of the last transaction replayed, by the primary's clock; null when none. */
  readonly last_replay_unix_seconds: number | null;
  /** True lag against the primary, seconds; null when unknown. */
  readonly lag_seconds: number | null;
  /** Lag against the primary, bytes; null when unknown. */
  readonly lag_bytes: number | null;
  /** Where `lag_seconds` came from; null when unknown. */
  readonly lag_source: Word<LagSource> | null;
  /** Why `lag_seconds` is not known; null when it is. */
  readonly lag_unknown_reason: Word<LagUnknownReason> | null;
  /** The same in one sentence; "" when it is known. */
  readonly lag_unknown_because: string;
  /** Lag against its upstream, when that is another standby; null otherwise. */
  readonly upstream_lag_seconds: number | null;
  /** Why it is where it is; null when it cannot be told. */
  readonly reason: Word<StandbyReason> | null;
  /** The reason in one sentence; "" when there is none. */
  readonly reason_text: string;
  /** Where what it lacks is stuck; null when it lacks nothing or that is unknown. */
  readonly stage: Word<LagStage> | null;
  /** Whether it can still catch up; null when unknown. */
  readonly catch_up: Word<CatchUpVerdict> | null;
  /** Why, in one sentence; "" when unknown. */
  readonly catch_up_text: string;
  /** Seconds until it has caught up; 0 when it has; null when falling behind or unknown. */
  readonly catch_up_seconds: number | null;
  /** Whether it replays more slowly than the primary writes; null when unknown. */
  readonly falling_behind: boolean | null;
  /** WAL it replays, bytes per second; null when unknown. */
  readonly replay_bytes_per_second: number | null;
  /** `sync_state` of its sender row; null when it has none. */
  readonly sync_state: string | null;
  /** Whether replay is paused; null when the server is not reached now. */
  readonly replay_paused: boolean | null;
  /** `recovery_min_apply_delay`, seconds, as last read; null when never. */
  readonly apply_delay_seconds: number | null;
  /** Queries cancelled by cause, from `pg_stat_database_conflicts` as last read; null when never. */
  readonly conflicts: Readonly<Record<string, number>> | null;
  /** Their sum; null when unknown. */
  readonly total_conflicts: number | null;
  /** Its lag over the last hour, oldest first. */
  readonly lag_history: readonly ReportLagPoint[];
}

/** The lag of a standby at one moment. */
export interface ReportLagPoint {
  /** The moment. */
  readonly unix_seconds: number;
  /** Lag, seconds; null when unknown. */
  readonly lag_seconds: number | null;
  /** Lag, bytes; null when unknown. */
  readonly lag_bytes: number | null;
}

/** Who follows whom. */
export interface ReportEdge {
  /** Server that sends. */
  readonly upstream: string;
  /** Standby that receives, or received. */
  readonly downstream: string;
  /** What joined them; null for the last upstream of a standby that no longer streams. */
  readonly joined_by: Word<JoinedBy> | null;
  /** Whether it streams now; null when nobody can tell. */
  readonly connected: boolean | null;
  /** Lag of the downstream against the primary, seconds; null when unknown. */
  readonly lag_seconds: number | null;
  /** Lag of the downstream against the primary, bytes; null when unknown. */
  readonly lag_bytes: number | null;
  /** Status of the downstream. */
  readonly status: Status;
}

/** One replication slot. */
export interface ReportSlot {
  /** Server that has it. */
  readonly server: string;
  /** `slot_name`. */
  readonly name: string;
  /** `slot_type`. */
  readonly type: string;
  /** `active`. */
  readonly active: boolean;
  /** Standby that uses it, or would when it is not active; null when that is not known. */
  readonly used_by: string | null;
  /** WAL it keeps, bytes; null when unknown. */
  readonly lag_bytes: number | null;
  /** `wal_status`; null before 13 or when unknown. */
  readonly wal_status: string | null;
  /** `safe_wal_size`, bytes; null without a limit. */
  readonly safe_wal_bytes: number | null;
  /** Share of its limit that is left, at most 1, negative beyond the limit; null without a limit. */
  readonly headroom_ratio: number | null;
  /** Seconds until it is lost at the present rate; 0 when it is; null when no limit or no growth is known. */
  readonly lost_in_seconds: number | null;
  /** Since when it is not in use (17 and later); null when it is, or unknown. */
  readonly inactive_since_unix_seconds: number | null;
  /** `invalidation_reason` (17 and later); null when none. */
  readonly invalidation_reason: string | null;
  /** Critical when lost or about to be, warning when it may be or fills the disk, unknown when its server is not reached. */
  readonly status: Status;
}

/** Synchronous commit on the primary. */
export interface ReportSynchronous {
  /** `synchronous_standby_names`; "" when commits wait for nobody. */
  readonly names: string;
  /** Standbys that must confirm a commit. */
  readonly required: number;
  /** How many of them stream. */
  readonly met: number;
  /** Streaming candidates beyond those required. */
  readonly spare: number;
  /** Commits that wait for a standby; null when unknown. */
  readonly commits_waiting: number | null;
  /** The oldest such wait, seconds; null when none or unknown. */
  readonly oldest_wait_seconds: number | null;
  /** Critical when commits wait for a standby that is not there, warning when they would. */
  readonly status: Status;
}

/** Standbys, counted, as the original report had it. */
export interface ReportSummary {
  /** Standbys known. */
  readonly total_standbys: number;
  /** Of them healthy. */
  readonly healthy_standbys: number;
  /** Of them a warning. */
  readonly warning_standbys: number;
  /** Of them critical. */
  readonly critical_standbys: number;
  /** Of them unknown. */
  readonly unknown_standbys: number;
  /** The largest lag known, seconds; null when none is known. */
  readonly max_lag_seconds: number | null;
  /** The mean of the lags known, seconds; null when none is known. */
  readonly average_lag_seconds: number | null;
  /** The largest lag known, bytes; null when none is known. */
  readonly max_lag_bytes: number | null;
}

/** One diagnosis. */
export interface ReportFinding {
  /** Stable name of the check. */
  readonly check: string;
  /** How bad it is. */
  readonly severity: Severity;
  /** The server, or "cluster". */
  readonly server: string;
  /** `system_identifier` of the cluster it concerns; null when that is not known. */
  readonly system_identifier: string | null;
  /** What of it; "" when there is only one. */
  readonly subject: string;
  /** What is wrong. */
  readonly summary: string;
  /** The numbers and settings that show it. */
  readonly evidence: string;
  /** What to do, with the SQL or setting. */
  readonly advice: string;
  /** Since when it has held without a break. */
  readonly since_unix_seconds: number;
}

/** Something that happened. */
export interface ReportEvent {
  /** What. */
  readonly kind: Word<EventKind>;
  /** Whom it concerns. */
  readonly server: string;
  /** One sentence. */
  readonly message: string;
  /** When the exporter saw it. */
  readonly unix_seconds: number;
}
