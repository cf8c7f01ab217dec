/**
 * The report's keys with type and meaning: the types in `model.ts` and `docs/report.schema.json` are derived from it.
 * Import only its types, except to read a report: the validation library is loaded only when needed.
 *
 * Unknown keys are accepted and kept, since version 1 may gain some; so are unknown words, except for statuses,
 * severities and roles.
 *
 * @module
 */
import { z } from "zod";
import { CONSISTENCY_VERDICTS } from "../domain/consistency.ts";
import { EVENT_KINDS } from "../domain/event.ts";
import { SEVERITIES } from "../domain/finding.ts";
import { LAG_UNKNOWN_REASONS, type LagSource } from "../domain/lag.ts";
import { CERTAINTIES, MANAGERS } from "../domain/manager.ts";
import type { Role } from "../domain/role.ts";
import { CATCH_UP_VERDICTS, type JoinedBy, LAG_STAGES, STANDBY_REASONS } from "../domain/standby.ts";
import { COPY_OBSTACLES } from "../domain/slot_copy.ts";
import { CHECK_OUTCOMES, REPORT_VERSION } from "./model.ts";
import {
  amount,
  amountOrNull,
  count,
  countOrNull,
  flag,
  flagOrNull,
  lagHourSchema,
  list,
  looseObject,
  lsnOrNull,
  number,
  numberOrNull,
  object,
  statusWord,
  string,
  stringOrNull,
  strings,
  word,
  wordOrNull,
} from "./schema_types.ts";
import { subscriptionSchema } from "./subscription_schema.ts";

const LAG_SOURCE_WORDS = ["clock", "sender", "replay_timestamp"] as const satisfies readonly LagSource[];
const JOIN_WORDS = [
  "slot",
  "application_name",
  "cluster_name",
  "address",
  "receiver",
  "only_candidate",
] as const satisfies readonly JoinedBy[];
const ROLE_WORDS = ["primary", "standby"] as const satisfies readonly Role[];

const serverSchema = object("ReportServer", "One server.", {
  name: string("Configured name."),
  address: string('Host and port as configured; "" when unknown.'),
  alias_of: stringOrNull("Name of the watched server that is the same PostgreSQL server; null when none is."),
  up: flag("Whether the latest collection reached it."),
  status: statusWord(
    "Critical or warning when unreachable, warning when a collector fails. Lag counts in its standby's status.",
  ),
  trouble: string('Why it is unreachable, and what to do; "" when up.'),
  role: z.enum(ROLE_WORDS).nullable().describe("Role when last collected; null when never reached."),
  timeline: countOrNull("Timeline; null when unknown."),
  version: stringOrNull("PostgreSQL version; null when never reached."),
  data_age_seconds: amountOrNull("Age of its data, seconds; null when never reached."),
  position_lsn: lsnOrNull(
    "End of its WAL: a primary's write position, a standby's furthest received or replayed; null when unknown.",
  ),
  wal_bytes_per_second: numberOrNull("WAL it writes or receives, bytes per second; null when unknown."),
  health_score: number("Classic health score, 0 to 100."),
  failed_collectors: strings("Collectors that failed, one sentence each."),
});

const replicaSchema = object("ReportReplica", "One row of `pg_stat_replication`.", {
  server: stringOrNull("Name of the standby it feeds; null when unknown."),
  application_name: string("`application_name`."),
  client_addr: stringOrNull("`client_addr`; null for a Unix socket."),
  kind: string("What receives: a standby, `pg_receivewal`, a base backup."),
  state: stringOrNull("`state`; null without the right to see it."),
  sync_state: stringOrNull("`sync_state`; null without the right to see it."),
  slot: stringOrNull("Slot it uses; null when none."),
  sent_lag_bytes: amountOrNull("From the primary's position to `sent_lsn`, bytes."),
  write_lag_bytes: amountOrNull("From the primary's position to `write_lsn`, bytes."),
  flush_lag_bytes: amountOrNull("From the primary's position to `flush_lsn`, bytes."),
  replay_lag_bytes: amountOrNull("From the primary's position to `replay_lsn`, bytes."),
  write_lag_seconds: numberOrNull("`write_lag`, seconds."),
  flush_lag_seconds: numberOrNull("`flush_lag`, seconds."),
  replay_lag_seconds: numberOrNull("`replay_lag`, seconds."),
  reply_age_seconds: numberOrNull("Age of its latest reply, seconds."),
});

const slotCopySchema = object(
  "ReportSlotCopy",
  "A logical slot of a primary, as one of its standbys has it.",
  {
    standby: string("The standby."),
    survives: flagOrNull(
      "Whether its consumer could go on there after a promotion now: synced, not temporary and not invalidated; null when unknown.",
    ),
    obstacles: list(
      word(COPY_OBSTACLES, "One obstacle."),
      "What is in the way, or why the copy is no longer kept in sync.",
    ),
    lag_bytes: amountOrNull(
      "WAL by which what the copy has confirmed is behind the slot, bytes; null when unknown.",
    ),
    lag_seconds: amountOrNull("The same in seconds of the primary's WAL; null when unknown."),
  },
);

const slotSchema = object("ReportSlot", "One replication slot.", {
  server: string("Server it belongs to."),
  name: string("`slot_name`."),
  type: string("`slot_type`."),
  active: flag("`active`."),
  used_by: stringOrNull(
    "Standby that uses it, or would when it is not active; of a logical slot the subscription, as NAME on SERVER, " +
      "or the application_name and role of another client that reads it; null when unknown.",
  ),
  lag_bytes: numberOrNull("WAL it retains, bytes; null when unknown."),
  wal_status: stringOrNull("`wal_status`; null before 13 or when unknown."),
  safe_wal_bytes: numberOrNull("`safe_wal_size`, bytes; null without a limit."),
  headroom_ratio: numberOrNull("Share of its limit left, at most 1, negative beyond; null without a limit."),
  lost_in_seconds: amountOrNull(
    "Seconds until it is lost at the current rate; 0 when lost; null when no limit or no growth is known.",
  ),
  inactive_since_unix_seconds: numberOrNull(
    "When it became inactive (17 and later); null when active or unknown.",
  ),
  invalidation_reason: stringOrNull("`invalidation_reason` (17 and later); null when none."),
  copies: list(slotCopySchema, "A logical slot of a primary on each watched standby; empty otherwise."),
  status: statusWord(
    "Critical when lost or nearly so, warning when at risk or filling the disk, unknown when its server is unreachable.",
  ),
});

const primarySchema = object("ReportPrimary", "The primary, with the keys of the original report.", {
  name: string("Its server name."),
  up: flag("Whether the latest collection reached it; if not, the other keys hold the last known values."),
  current_lsn: lsnOrNull(
    "`pg_current_wal_lsn()`, at most about a second old while it is reachable; null when unknown.",
  ),
  timeline: countOrNull("Timeline; null when unknown."),
  replicas: z.array(replicaSchema).nullable().describe("Rows of `pg_stat_replication`; null when unknown."),
  total_replicas: countOrNull("Number of rows; null when unknown."),
  active_replicas: countOrNull("Rows whose state is streaming; null when unknown."),
  slots: z.array(slotSchema).nullable().describe("Its replication slots; null when unknown."),
  total_slots: countOrNull("Number of slots; null when unknown."),
  active_slots: countOrNull("Active slots; null when unknown."),
});

const lagPointSchema = object("ReportLagPoint", "The lag of a standby at one moment.", {
  unix_seconds: number("The moment."),
  lag_seconds: amountOrNull("Lag, seconds; null when unknown."),
  lag_bytes: numberOrNull("Lag, bytes; null when unknown."),
});

const standbySchema = object("ReportStandby", "One standby.", {
  name: string("Server name, or the application name of its sender row."),
  configured: flag("Whether it is a configured or discovered server."),
  status: statusWord("Its status."),
  status_reasons: strings("Reasons for the status, one sentence each; empty when healthy."),
  upstream: stringOrNull("Server it receives from, or last received from; null when never known."),
  connected: flagOrNull("Whether it receives WAL by streaming; null when unknown."),
  connected_since_unix_seconds: numberOrNull("When `connected` last changed; null when it has not."),
  receive_lsn: lsnOrNull(
    "`pg_last_wal_receive_lsn()`, at most about a second old while it streams; null when unknown.",
  ),
  replay_lsn: lsnOrNull("Furthest position it is known to have applied; null when never known."),
  last_replay_unix_seconds: numberOrNull(
    "Commit time of the last replayed transaction, primary's clock; null when none.",
  ),
  lag_seconds: amountOrNull("True lag against the primary, seconds; null when unknown."),
  lag_bytes: numberOrNull("Lag against the primary, bytes; null when unknown."),
  lag_source: wordOrNull(LAG_SOURCE_WORDS, "Source of `lag_seconds`; null when unknown."),
  lag_unknown_reason: wordOrNull(LAG_UNKNOWN_REASONS, "Why `lag_seconds` is unknown; null when it is known."),
  lag_unknown_because: string('The same in one sentence; "" when it is known.'),
  upstream_lag_seconds: amountOrNull("Lag against its upstream if that is another standby; null otherwise."),
  reason: wordOrNull(STANDBY_REASONS, "Cause of its state; null when unknown."),
  reason_text: string('The reason in one sentence; "" when none.'),
  stage: wordOrNull(LAG_STAGES, "Stage that holds its WAL backlog; null when caught up or unknown."),
  catch_up: wordOrNull(CATCH_UP_VERDICTS, "Whether it can still catch up; null when unknown."),
  catch_up_text: string('Why, in one sentence; "" when unknown.'),
  catch_up_seconds: amountOrNull("Seconds until caught up; 0 when so; null when falling behind or unknown."),
  falling_behind: flagOrNull("Whether it replays more slowly than the primary writes; null when unknown."),
  replay_bytes_per_second: numberOrNull("WAL it replays, bytes per second; null when unknown."),
  sync_state: stringOrNull("`sync_state` of its sender row; null when it has none."),
  replay_paused: flagOrNull("Whether replay is paused; null when the server is unreachable."),
  apply_delay_seconds: amountOrNull("`recovery_min_apply_delay`, seconds, as last read; null when never."),
  conflicts: z.record(z.string(), z.number().int().nonnegative()).nullable().describe(
    "Cancelled queries by cause, from `pg_stat_database_conflicts` as last read; null when never read.",
  ),
  total_conflicts: countOrNull("Their sum; null when unknown."),
  lag_history: list(lagPointSchema, "Its lag over the last hour, oldest first."),
  lag_last_hour: lagHourSchema.nullable().describe(
    "How long it was within the warning lag; null without samples: one look at the servers takes none.",
  ),
});

const edgeSchema = object("ReportEdge", "A standby and its upstream.", {
  upstream: string("Server that sends."),
  downstream: string("Standby that receives, or received."),
  joined_by: wordOrNull(
    JOIN_WORDS,
    "What identifies the pair; null for the last upstream of a standby that no longer streams.",
  ),
  connected: flagOrNull("Whether it streams now; null when unknown."),
  lag_seconds: amountOrNull("Lag of the downstream against the primary, seconds; null when unknown."),
  lag_bytes: numberOrNull("Lag of the downstream against the primary, bytes; null when unknown."),
  status: statusWord("Status of the downstream."),
});

const synchronousSchema = object("ReportSynchronous", "Synchronous commit on the primary.", {
  names: string('`synchronous_standby_names`; "" when commits wait for no standby.'),
  required: count("Standbys that must confirm a commit."),
  met: count("How many of them stream."),
  spare: count("Streaming candidates beyond those required."),
  commits_waiting: countOrNull("Commits that wait for a standby; null when unknown."),
  oldest_wait_seconds: numberOrNull("Longest current wait, seconds; null when none or unknown."),
  status: statusWord("Critical when commits wait for a missing standby, warning when they would."),
});

const consistencyWindowSchema = object("ReportConsistencyWindow", "A range of a table, by its key.", {
  after_key: stringOrNull("Key before the first row; null: from the first row."),
  up_to_key: stringOrNull("Last key; null: to the end of the table."),
});

const consistencySchema = object(
  "ReportConsistency",
  "Latest consistency check of a table on a standby or a subscriber.",
  {
    standby: string("Server name of the standby, or of the subscriber."),
    subscription: stringOrNull("The subscription that has the table: its `subscription`; null on a standby."),
    compared_with: string("Server name of the primary, or of the publisher."),
    table: string("Schema and table."),
    verdict: word(CONSISTENCY_VERDICTS, "Its result."),
    reason: string("Why, in one sentence."),
    difference_from_key: stringOrNull(
      "First key of the smallest range that differs, until its part was compared equal; null when none.",
    ),
    difference_to_key: stringOrNull("Last key of that range; null when none."),
    rows_compared: countOrNull("Rows compared; null when none were."),
    age_seconds: amount("Age of the check, seconds."),
    conclusive_age_seconds: amountOrNull(
      "Age of the latest conclusive check, or of the latest sight of a difference that persists, seconds; null before " +
        "the first.",
    ),
    conclusive_verdict: z.enum(["equal", "different"]).nullable().describe(
      "Verdict that holds: `different` until every part that differed was compared equal, else that of the latest " +
        "conclusive check; null before the first.",
    ),
    conclusive_reason: string('Why, in one sentence; "" before the first.'),
    window: consistencyWindowSchema.nullable().describe(
      "Rows that the latest check compared: a table may be too large for one check; null when it compared none.",
    ),
    pass_ratio: amountOrNull(
      "Share of the rows compared in the current or just completed pass through the table, 0 to 1; null when the " +
        "number of rows is unknown.",
    ),
    full_pass_age_seconds: amountOrNull(
      "Time since the latest pass that compared every row ended, seconds; null before the first.",
    ),
  },
);

const summarySchema = object("ReportSummary", "Standbys, counted, with the keys of the original report.", {
  total_standbys: count("Known standbys."),
  healthy_standbys: count("Of them healthy."),
  warning_standbys: count("Of them in status warning."),
  critical_standbys: count("Of them critical."),
  unknown_standbys: count("Of them unknown."),
  max_lag_seconds: amountOrNull("Largest known lag, seconds; null when none is known."),
  average_lag_seconds: amountOrNull("Mean of the known lags, seconds; null when none is known."),
  max_lag_bytes: numberOrNull("Largest known lag, bytes; null when none is known."),
});

const managerSchema = object("ReportManager", "An HA manager or managed service in charge of a cluster.", {
  name: word(MANAGERS, "Its name, as in the metric `pgrepl_server_manager_info`."),
  title: string("Its name for people."),
  certainty: word(CERTAINTIES, "Certain by two independent signs, likely by one."),
  by: strings("What shows it, one phrase each."),
});

const clusterSchema = object("ReportCluster", "Servers with one system identifier.", {
  name: string('Configured name; "" when none.'),
  system_identifier: string(
    "`system_identifier` of `pg_control_system()`; `unknown` without the privilege to read it.",
  ),
  status: statusWord("The worst of its standbys, servers, subscriptions and findings."),
  primary: primarySchema.nullable().describe(
    "Its primary, live or last known; the one promoted last in a split brain; null when there never was one.",
  ),
  primaries: strings("Names of the servers that are not in recovery; two or more are a split brain."),
  expected_standbys: count("Number of standbys expected."),
  connected_standbys: countOrNull(
    "Standbys that receive WAL by streaming, configured or not; null when no server reported it.",
  ),
  servers: list(serverSchema, "Every configured or discovered server."),
  standbys: list(standbySchema, "Every standby: configured, streaming now, or remembered."),
  edges: list(edgeSchema, "Every standby with its upstream."),
  slots: list(slotSchema, "Slots of all its servers."),
  synchronous: synchronousSchema.nullable().describe("Synchronous commit on the primary; null when unknown."),
  consistency: list(consistencySchema, "Consistency checks."),
  subscriptions: strings("Subscriptions of its servers: each `id` in `subscriptions` of the report."),
  subscribers: strings("Subscriptions that read from its servers, likewise."),
  summary: summarySchema.describe("Its standbys, counted."),
  failovers: count("Failovers seen since the exporter started."),
  manager: managerSchema.nullable().describe(
    "Who manages the cluster: advice has its commands; null when there is no sign of anybody.",
  ),
});

const findingSchema = object("ReportFinding", "One diagnosis.", {
  check: string("Stable name of the check."),
  severity: z.enum(SEVERITIES).describe("Severity."),
  server: string('The server, or "cluster".'),
  cluster: string('Configured name of the cluster it concerns; "" when none.'),
  system_identifier: stringOrNull("`system_identifier` of the cluster it concerns; null when unknown."),
  subject: string('Object it concerns, such as a slot or a standby; "" when none.'),
  summary: string("What is wrong."),
  evidence: string("The numbers and settings that show it."),
  advice: string("What to do, with the SQL or setting."),
  since_unix_seconds: number("Since when it has held without a break."),
});

const checkGapSchema = object("ReportCheckGap", "A server that a check could not look at.", {
  server: string("The server."),
  because: string("Why: one sentence."),
});

const reportCheckSchema = object("ReportCheck", "One check.", {
  name: string("Its stable name."),
  title: string("What holds when it finds nothing."),
  looks_at: string("Views, functions and settings it looks at."),
  outcome: word(CHECK_OUTCOMES, "Its result."),
  findings: count("Number of findings it raised."),
  not_checked: list(checkGapSchema, "Servers of which it could not see everything it looks at."),
});

const eventSchema = object("ReportEvent", "Something that happened.", {
  kind: word(EVENT_KINDS, "What happened."),
  server: string("Server it concerns."),
  message: string("One sentence."),
  unix_seconds: number("When the exporter saw it."),
});

const exporterSchema = object("ReportExporter", "The exporter that made the report.", {
  version: string("Its version."),
  revision: string('Commit it was built from; "" when unknown.'),
});

const limitsSchema = object("ReportLimits", "When a standby becomes a warning or critical.", {
  warning_lag_seconds: amount("Lag above which a standby is a warning, seconds; a set delay does not count."),
  critical_lag_seconds: amount("Lag above which it is critical, seconds."),
  warning_conflicts: amount("Queries cancelled by recovery conflicts above which it is a warning."),
});

/**
 * The whole report.
 *
 * @ignore Its type is the validator's own.
 */
export const reportSchema = looseObject({
  version: z.literal(REPORT_VERSION).describe(`Version of the model: ${REPORT_VERSION}.`),
  timestamp: z.string().regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/).describe(
    "Moment it describes: ISO 8601, UTC.",
  ),
  timestamp_unix_seconds: number("The same as Unix seconds."),
  exporter: exporterSchema.describe("What made it."),
  thresholds: limitsSchema.describe("Thresholds for the status of standbys."),
  status: statusWord("The worst of all clusters, servers, subscriptions and findings."),
  headline: string("Everything in one sentence."),
  clusters: list(clusterSchema, "Clusters in configured order."),
  unassigned_servers: list(
    serverSchema,
    "Servers of no known cluster: never reached, or without the right to read the system identifier.",
  ),
  subscriptions: list(subscriptionSchema, "Every subscription of a watched server: it joins two clusters."),
  summary: summarySchema.describe("Over all clusters."),
  findings: list(findingSchema, "Diagnoses, worst first."),
  checks: list(reportCheckSchema, "Every check: what it found, and where it could not look."),
  events: list(eventSchema, "What happened, oldest first."),
}).meta({
  title: `pg-replication-exporter report, version ${REPORT_VERSION}`,
  description: "The whole report.",
});
