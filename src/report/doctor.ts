import { SEVERITIES, type Severity } from "../domain/finding.ts";
import { countOf } from "../domain/quantities.ts";
import { problemsBesides, type ReportProblem } from "./headline.ts";
import type { NamedCluster } from "./finding_subject.ts";
import type { Report, ReportCheck, ReportFinding, ReportManager, ReportServer, Status } from "./model.ts";

/** Version of the model: it only ever gains keys; a change of what a key means is a new version. */
export const DOCTOR_VERSION = 1;

/** The overall state. */
export type DoctorStatus = "ok" | "warning" | "critical" | "unknown";

/** The result of `doctor`, as JSON. */
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
   * The report's status, with `ok` for `healthy`; info findings do not count. Of a single check: its worst finding, or
   * unknown when it could not look at any server.
   */
  readonly status: DoctorStatus;
  /** Everything in one sentence. */
  readonly headline: string;
  /** Number of findings of each severity. */
  readonly counts: Readonly<Record<Severity, number>>;
  /** Diagnoses, worst first. */
  readonly findings: readonly ReportFinding[];
  /** Problems of servers and standbys that no finding covers, worst first; empty for a single check. */
  readonly besides: readonly ReportProblem[];
  /** Every check: what it found, and where it could not look. */
  readonly checks: readonly ReportCheck[];
  /** Every cluster, and who manages it. */
  readonly clusters: readonly DoctorCluster[];
  /** Every server. */
  readonly servers: readonly DoctorServer[];
}

/** A cluster and who manages it. */
export type DoctorCluster = NamedCluster & { readonly manager: ReportManager | null };

/** The connection to a server. */
export type DoctorServer = Pick<ReportServer, "name" | "up" | "trouble">;

const DOCTOR_STATUSES: Readonly<Record<Status, DoctorStatus>> = {
  healthy: "ok",
  unknown: "unknown",
  warning: "warning",
  critical: "critical",
};

/**
 * Derives the result of `doctor` from a report.
 *
 * @param report The report.
 * @param options A single check; all by default.
 */
export function deriveDoctor(report: Report, options: { readonly check?: string } = {}): DoctorReport {
  const { check } = options;
  const checks = report.checks.filter(({ name }) => check === undefined || name === check);
  const findings = report.findings.filter((finding) => check === undefined || finding.check === check);
  const servers = [
    ...report.clusters.flatMap((cluster) => cluster.servers),
    ...report.unassigned_servers,
  ].map(({ name, up, trouble }) => ({ name, up, trouble }));
  const status = check === undefined ? DOCTOR_STATUSES[report.status] : statusOfCheck(findings, checks);
  const besides = check === undefined ? problemsBesides(report) : [];
  const count = (severity: Severity) => findings.filter((finding) => finding.severity === severity).length;
  const counts = { critical: count("critical"), warning: count("warning"), info: count("info") };
  return {
    version: DOCTOR_VERSION,
    timestamp: report.timestamp,
    timestamp_unix_seconds: report.timestamp_unix_seconds,
    exporter: report.exporter,
    status,
    headline: doctorHeadline({ status, counts, besides, checks, servers }),
    counts,
    findings,
    besides,
    checks,
    clusters: report.clusters.map(({ name, system_identifier, manager }) => ({
      name,
      system_identifier,
      manager,
    })),
    servers,
  };
}

function statusOfCheck(findings: readonly ReportFinding[], checks: readonly ReportCheck[]): DoctorStatus {
  const worst = SEVERITIES.find((severity) => findings.some((finding) => finding.severity === severity));
  if (worst === "critical" || worst === "warning") return worst;
  return checks.some(({ outcome }) => outcome !== "not_checked") ? "ok" : "unknown";
}

function doctorHeadline(
  { status, counts, besides, checks, servers }: Pick<
    DoctorReport,
    "status" | "counts" | "besides" | "checks" | "servers"
  >,
): string {
  const reached = servers.filter(({ up }) => up).length;
  const incomplete = checks.filter(({ outcome }) => outcome === "not_checked" || outcome === "partly_fine");
  const found = [
    ...counts.critical === 0 ? [] : [`${counts.critical} critical`],
    ...counts.warning === 0 ? [] : [countOf(counts.warning, "warning")],
    ...besides.length === 0 ? [] : [countOf(besides.length, "other problem")],
    ...counts.info === 0 ? [] : [`${counts.info} info`],
  ].join(", ");
  const gaps = incomplete.length === 0 ? "" : `; ${countOf(incomplete.length, "check")} incomplete`;
  const on = `${countOf(checks.length, "check")} on ${reached} of ${countOf(servers.length, "server")}`;
  const title = status.charAt(0).toUpperCase() + status.slice(1);
  return `${title}: ${found || "nothing found"} (${on}${gaps})`;
}
