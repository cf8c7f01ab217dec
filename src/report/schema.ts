/**
 * The report as it is read back: what its keys must hold. Held to the model by the compiler, and the source of
 * `docs/report.schema.json`.
 *
 * Keys that are not known pass, since version 1 may gain some; so do words, but for statuses, severities and roles.
 *
 * @module
 */
import { z } from "zod";
import { CONSISTENCY_VERDICTS } from "../domain/consistency.ts";
import { EVENT_KINDS } from "../domain/event.ts";
import { SEVERITIES } from "../domain/finding.ts";
import { LAG_UNKNOWN_REASONS } from "../domain/lag.ts";
import { CATCH_UP_VERDICTS, LAG_STAGES, STANDBY_REASONS } from "../domain/standby.ts";
import { CHECK_OUTCOMES, type Report, REPORT_VERSION, STATUSES } from "./model.ts";

const text = z.string();
const flag = z.boolean();
const number = z.number();
const amount = z.number().nonnegative();
const count = z.number().int().nonnegative();
const status = z.enum(STATUSES);
/** Words of which version 1 may gain more: those there are, and any other. */
const word = <const T extends readonly string[]>(words: T) => z.union([z.enum(words), text]);
const position = z.string().regex(/^[0-9A-F]{1,8}\/[0-9A-F]{1,8}$/);

const server = z.looseObject({
  name: text,
  address: text,
  up: flag,
  status,
  trouble: text,
  role: z.enum(["primary", "standby"]).nullable(),
  timeline: count.nullable(),
  version: text.nullable(),
  data_age_seconds: amount.nullable(),
  position_lsn: position.nullable(),
  wal_bytes_per_second: number.nullable(),
  health_score: number,
  failed_collectors: z.array(text),
}).meta({ id: "ReportServer" });

const replica = z.looseObject({
  server: text.nullable(),
  application_name: text,
  client_addr: text.nullable(),
  kind: text,
  state: text.nullable(),
  sync_state: text.nullable(),
  slot: text.nullable(),
  sent_lag_bytes: amount.nullable(),
  write_lag_bytes: amount.nullable(),
  flush_lag_bytes: amount.nullable(),
  replay_lag_bytes: amount.nullable(),
  write_lag_seconds: number.nullable(),
  flush_lag_seconds: number.nullable(),
  replay_lag_seconds: number.nullable(),
  reply_age_seconds: number.nullable(),
}).meta({ id: "ReportReplica" });

const slot = z.looseObject({
  server: text,
  name: text,
  type: text,
  active: flag,
  used_by: text.nullable(),
  lag_bytes: number.nullable(),
  wal_status: text.nullable(),
  safe_wal_bytes: number.nullable(),
  headroom_ratio: number.nullable(),
  lost_in_seconds: amount.nullable(),
  inactive_since_unix_seconds: number.nullable(),
  invalidation_reason: text.nullable(),
  status,
}).meta({ id: "ReportSlot" });

const primary = z.looseObject({
  name: text,
  up: flag,
  current_lsn: position.nullable(),
  timeline: count.nullable(),
  replicas: z.array(replica).nullable(),
  total_replicas: count.nullable(),
  active_replicas: count.nullable(),
  slots: z.array(slot).nullable(),
  total_slots: count.nullable(),
  active_slots: count.nullable(),
}).meta({ id: "ReportPrimary" });

const lagPoint = z.looseObject({
  unix_seconds: number,
  lag_seconds: amount.nullable(),
  lag_bytes: number.nullable(),
}).meta({ id: "ReportLagPoint" });

const standby = z.looseObject({
  name: text,
  configured: flag,
  status,
  status_reasons: z.array(text),
  upstream: text.nullable(),
  connected: flag.nullable(),
  connected_since_unix_seconds: number.nullable(),
  receive_lsn: position.nullable(),
  replay_lsn: position.nullable(),
  last_replay_unix_seconds: number.nullable(),
  lag_seconds: amount.nullable(),
  lag_bytes: number.nullable(),
  lag_source: word(["clock", "sender", "replay_timestamp"]).nullable(),
  lag_unknown_reason: word(LAG_UNKNOWN_REASONS).nullable(),
  lag_unknown_because: text,
  upstream_lag_seconds: amount.nullable(),
  reason: word(STANDBY_REASONS).nullable(),
  reason_text: text,
  stage: word(LAG_STAGES).nullable(),
  catch_up: word(CATCH_UP_VERDICTS).nullable(),
  catch_up_text: text,
  catch_up_seconds: amount.nullable(),
  falling_behind: flag.nullable(),
  replay_bytes_per_second: number.nullable(),
  sync_state: text.nullable(),
  replay_paused: flag.nullable(),
  apply_delay_seconds: amount.nullable(),
  conflicts: z.record(z.string(), count).nullable(),
  total_conflicts: count.nullable(),
  lag_history: z.array(lagPoint),
}).meta({ id: "ReportStandby" });

const edge = z.looseObject({
  upstream: text,
  downstream: text,
  joined_by: word(["slot", "application_name", "cluster_name", "address", "receiver"]).nullable(),
  connected: flag.nullable(),
  lag_seconds: amount.nullable(),
  lag_bytes: number.nullable(),
  status,
}).meta({ id: "ReportEdge" });

const synchronous = z.looseObject({
  names: text,
  required: count,
  met: count,
  spare: count,
  commits_waiting: count.nullable(),
  oldest_wait_seconds: number.nullable(),
  status,
}).meta({ id: "ReportSynchronous" });

const consistencyWindow = z.looseObject({
  after_key: text.nullable(),
  up_to_key: text.nullable(),
}).meta({ id: "ReportConsistencyWindow" });

const consistency = z.looseObject({
  standby: text,
  table: text,
  verdict: word(CONSISTENCY_VERDICTS),
  reason: text,
  difference_from_key: text.nullable(),
  difference_to_key: text.nullable(),
  rows_compared: count.nullable(),
  age_seconds: amount,
  conclusive_age_seconds: amount.nullable(),
  conclusive_verdict: z.enum(["equal", "different"]).nullable(),
  conclusive_reason: text,
  window: consistencyWindow.nullable(),
  pass_ratio: amount.nullable(),
  full_pass_age_seconds: amount.nullable(),
}).meta({ id: "ReportConsistency" });

const summary = z.looseObject({
  total_standbys: count,
  healthy_standbys: count,
  warning_standbys: count,
  critical_standbys: count,
  unknown_standbys: count,
  max_lag_seconds: amount.nullable(),
  average_lag_seconds: amount.nullable(),
  max_lag_bytes: number.nullable(),
}).meta({ id: "ReportSummary" });

const cluster = z.looseObject({
  name: text,
  system_identifier: text,
  status,
  primary: primary.nullable(),
  primaries: z.array(text),
  expected_standbys: count,
  connected_standbys: count.nullable(),
  servers: z.array(server),
  standbys: z.array(standby),
  edges: z.array(edge),
  slots: z.array(slot),
  synchronous: synchronous.nullable(),
  consistency: z.array(consistency),
  summary,
  failovers: count,
}).meta({ id: "ReportCluster" });

const finding = z.looseObject({
  check: text,
  severity: z.enum(SEVERITIES),
  server: text,
  system_identifier: text.nullable(),
  subject: text,
  summary: text,
  evidence: text,
  advice: text,
  since_unix_seconds: number,
}).meta({ id: "ReportFinding" });

const checkGap = z.looseObject({ server: text, because: text }).meta({ id: "ReportCheckGap" });

const check = z.looseObject({
  name: text,
  title: text,
  looks_at: text,
  outcome: word(CHECK_OUTCOMES),
  findings: count,
  not_checked: z.array(checkGap),
}).meta({ id: "ReportCheck" });

const event = z.looseObject({
  kind: word(EVENT_KINDS),
  server: text,
  message: text,
  unix_seconds: number,
}).meta({ id: "ReportEvent" });

/**
 * What a report must hold.
 *
 * @ignore Its type is the validator's own.
 */
export const reportSchema: z.ZodType<Report> = z.looseObject({
  version: z.literal(REPORT_VERSION),
  timestamp: z.string().regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
  timestamp_unix_seconds: number,
  exporter: z.looseObject({ version: text, revision: text }).meta({ id: "ReportExporter" }),
  thresholds: z.looseObject({
    warning_lag_seconds: amount,
    critical_lag_seconds: amount,
    warning_conflicts: amount,
  }).meta({ id: "ReportLimits" }),
  status,
  headline: text,
  clusters: z.array(cluster),
  unassigned_servers: z.array(server),
  summary,
  findings: z.array(finding),
  checks: z.array(check),
  events: z.array(event),
});
