import { SEVERITIES, type Severity } from "../domain/finding.ts";
import { countOf } from "../domain/quantities.ts";
import { type Problem, problemsBesides } from "./headline.ts";
import type { NamedCluster } from "./finding_subject.ts";
import type { Report, ReportCheck, ReportFinding, Status } from "./model.ts";

/** Version of the model: it only ever gains keys; a change of what a key means is a new version. */
export const DOCTOR_VERSION = 1;

/** The state of health. */
export type DoctorStatus = "ok" | "warning" | "critical" | "unknown";

/** What the doctor says: JSON is this model as it stands. */
export interface DoctorReport {
  /** {@linkcode DOCTOR_VERSION}. */
  readonly version: 1;
  /** When it was made: ISO 8601, UTC. */
  readonly timestamp: string;
  /** The same as Unix seconds. */
  readonly timestamp_unix_seconds: number;
  /** What made it. */
  readonly exporter: { readonly version: string; readonly revision: string };
  /**
   * The report's status, `healthy` being `ok`: what is only information is ok. Of one check alone: its worst finding, and
   * unknown when it could look nowhere.
   */
  readonly status: DoctorStatus;
  /** The state in one sentence. */
  readonly headline: string;
  /** Findings of each severity, counted. */
  readonly counts: Readonly<Record<Severity, number>>;
  /** Diagnoses, worst first. */
  readonly findings: readonly ReportFinding[];
  /** What the status of a server or standby says beyond the findings, worst first; empty for one check alone. */
  readonly besides: readonly Problem[];
  /** Every check, with what it found, where all was fine, and where it could not look. */
  readonly checks: readonly ReportCheck[];
  /** Every cluster. */
  readonly clusters: readonly NamedCluster[];
  /** Every server. */
  readonly servers: readonly DoctorServer[];
}

/** One server, as far as it was reached. */
export interface DoctorServer {
  /** Its name. */
  readonly name: string;
  /** Whether the latest collection reached it. */
  readonly up: boolean;
  /** Why not, and what to do; "" when up. */
  readonly trouble: string;
}

/**
 * What the doctor makes of a report.
 *
 * @param report The report.
 * @param options The only check to tell of; all when not given.
 */
export function deriveDoctor(report: Report, options: { readonly check?: string } = {}): DoctorReport {
  const { check } = options;
  const checks = report.checks.filter(({ name }) => check === undefined || name === check);
  const findings = report.findings.filter((finding) => check === undefined || finding.check === check);
  const servers = [
    ...report.clusters.flatMap((cluster) => cluster.servers),
    ...report.unassigned_servers,
  ].map(({ name, up, trouble }) => ({ name, up, trouble }));
  const isWhole = check === undefined;
  const status = isWhole ? STATUSES[report.status] : statusOf({ findings, checks });
  const besides = isWhole ? problemsBesides(report) : [];
  const count = (severity: Severity) => findings.filter((finding) => finding.severity === severity).length;
  const counts = { critical: count("critical"), warning: count("warning"), info: count("info") };
  return {
    version: DOCTOR_VERSION,
    timestamp: report.timestamp,
    timestamp_unix_seconds: report.timestamp_unix_seconds,
    exporter: report.exporter,
    status,
    headline: headlineOf({ status, counts, besides, checks, servers }),
    counts,
    findings,
    besides,
    checks,
    clusters: report.clusters.map(({ name, system_identifier }) => ({ name, system_identifier })),
    servers,
  };
}

const STATUSES: Readonly<Record<Status, DoctorStatus>> = {
  healthy: "ok",
  unknown: "unknown",
  warning: "warning",
  critical: "critical",
};

function statusOf({ findings, checks }: Pick<DoctorReport, "findings" | "checks">): DoctorStatus {
  const worst = SEVERITIES.find((severity) => findings.some((finding) => finding.severity === severity));
  if (worst === "critical" || worst === "warning") return worst;
  return checks.some(({ outcome }) => outcome !== "not_checked") ? "ok" : "unknown";
}

function headlineOf(
  { status, counts, besides, checks, servers }: Pick<
    DoctorReport,
    "status" | "counts" | "besides" | "checks" | "servers"
  >,
): string {
  const reached = servers.filter(({ up }) => up).length;
  const blind = checks.filter(({ outcome }) => outcome === "not_checked" || outcome === "partly_fine").length;
  const found = [
    ...counts.critical === 0 ? [] : [`${counts.critical} critical`],
    ...counts.warning === 0 ? [] : [countOf(counts.warning, "warning")],
    ...besides.length === 0 ? [] : [`${besides.length} besides`],
    ...counts.info === 0 ? [] : [`${counts.info} to know`],
  ].join(", ");
  const gaps = blind === 0 ? "" : `; ${countOf(blind, "check")} could not look everywhere`;
  const on = `${countOf(checks.length, "check")} on ${reached} of ${countOf(servers.length, "server")}`;
  return `${HEADS[status]}: ${found === "" ? "nothing found" : found} (${on}${gaps})`;
}

const HEADS: Readonly<Record<DoctorStatus, string>> = {
  ok: "Ok",
  warning: "Warning",
  critical: "Critical",
  unknown: "Unknown",
};
