import { SEVERITIES, type Severity } from "../domain/finding.ts";
import type { Report, ReportCheck, ReportFinding } from "./model.ts";

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
  /** Unknown when no server was reached or nothing could be checked; a finding that is only information is ok. */
  readonly status: DoctorStatus;
  /** The state in one sentence. */
  readonly headline: string;
  /** Findings of each severity, counted. */
  readonly counts: Readonly<Record<Severity, number>>;
  /** Diagnoses, worst first. */
  readonly findings: readonly ReportFinding[];
  /** Every check, with what it found, where all was fine, and where it could not look. */
  readonly checks: readonly ReportCheck[];
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
  const status = statusOf({ findings, checks, servers });
  const count = (severity: Severity) => findings.filter((finding) => finding.severity === severity).length;
  const counts = { critical: count("critical"), warning: count("warning"), info: count("info") };
  return {
    version: DOCTOR_VERSION,
    timestamp: report.timestamp,
    timestamp_unix_seconds: report.timestamp_unix_seconds,
    exporter: report.exporter,
    status,
    headline: headlineOf({ status, counts, checks, servers }),
    counts,
    findings,
    checks,
    servers,
  };
}

type Seen = Pick<DoctorReport, "findings" | "checks" | "servers">;

function statusOf({ findings, checks, servers }: Seen): DoctorStatus {
  if (servers.every(({ up }) => !up)) return "unknown";
  const worst = SEVERITIES.find((severity) => findings.some((finding) => finding.severity === severity));
  if (worst === "critical" || worst === "warning") return worst;
  const hasLooked = checks.some(({ outcome }) => outcome !== "not_checked");
  return hasLooked ? "ok" : "unknown";
}

function headlineOf(
  { status, counts, checks, servers }: Pick<DoctorReport, "status" | "counts" | "checks" | "servers">,
): string {
  const reached = servers.filter(({ up }) => up).length;
  const blind = checks.filter(({ outcome }) => outcome === "not_checked" || outcome === "partly_fine").length;
  const gaps = blind === 0 ? "" : `; ${count(blind, "check")} could not look everywhere`;
  const on = `${count(checks.length, "check")} on ${reached} of ${count(servers.length, "server")}`;
  if (reached === 0) return `Unknown: none of ${count(servers.length, "server")} was reached`;
  if (status === "unknown") return `Unknown: nothing could be checked (${on})`;
  const found = SEVERITIES.filter((severity) => counts[severity] > 0)
    .map((severity) => `${counts[severity]} ${severity}`).join(", ");
  if (status !== "ok") return `${status === "critical" ? "Critical" : "Warning"}: ${found} (${on}${gaps})`;
  return `Ok: ${found === "" ? "nothing found" : `nothing but ${found}`} (${on}${gaps})`;
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? "" : "s"}`;
}
