import type { ReportThresholds } from "../domain/thresholds.ts";
import type { Finding } from "../domain/finding.ts";
import type { ClusterStatus, View } from "../domain/view.ts";
import { clusterOf, placeOfCluster, serverNamed } from "../cluster/findings/view_queries.ts";
import { deriveChecks } from "./derive_checks.ts";
import { derivePrimary, deriveSynchronous } from "./derive_primary.ts";
import { deriveServer } from "./derive_server.ts";
import { deriveSlots } from "./derive_slots.ts";
import { deriveReportEdges, deriveStandby } from "./derive_standby.ts";
import { deriveHeadline } from "./headline.ts";
import { type Report, REPORT_VERSION, type ReportCluster, type ReportFinding } from "./model.ts";
import { type ReportContext, type ReportMoment, toUnixSeconds } from "./report_context.ts";
import { statusOfSeverity, worstStatus } from "./status.ts";
import { deriveSummary } from "./summary.ts";

/** What a report is derived from, besides the view. */
export interface ReportOptions extends ReportMoment {
  /** What makes it. */
  readonly build: { readonly version: string; readonly revision: string };
  /** From where on a standby is a warning or critical. */
  readonly thresholds: ReportThresholds;
}

/**
 * Derives the report.
 *
 * @param view Everything that is known.
 * @param given Both clocks at one moment, the thresholds, and what makes the report.
 */
export function deriveReport(view: View, given: ReportOptions): Report {
  // What is told is of the moment of the view, which may be a second ago: so is the timestamp, and every age ends there.
  const options = { ...given, now: view.at, wallNow: toUnixSeconds(view.at, given) };
  const { build, thresholds, wallNow } = options;
  const findings = view.findings.map((finding) => deriveFinding(finding, { view, options }));
  const clusters = view.clusters.map((status) => deriveCluster(status, { view, options, findings }));
  const unassigned = view.servers.filter(({ clusterKey }) => clusterKey === null)
    .map((server) => deriveServer(server, { view, ...options }));
  const status = worstStatus([
    ...clusters.map((each) => each.status),
    ...unassigned.map((each) => each.status),
    ...findings.map(({ severity }) => statusOfSeverity(severity)),
  ]);
  const summary = deriveSummary(clusters.flatMap(({ standbys }) => standbys));
  return {
    version: REPORT_VERSION,
    timestamp: new Date(wallNow * 1000).toISOString(),
    timestamp_unix_seconds: wallNow,
    exporter: { version: build.version, revision: build.revision },
    thresholds: {
      warning_lag_seconds: thresholds.warningLagSeconds,
      critical_lag_seconds: thresholds.criticalLagSeconds,
      warning_conflicts: thresholds.warningConflicts,
    },
    status,
    headline: deriveHeadline({ status, clusters, unassigned_servers: unassigned, summary, findings }),
    clusters,
    unassigned_servers: unassigned,
    summary,
    findings,
    checks: deriveChecks(view),
    events: view.events.map(({ kind, server, message, unixSeconds }) => ({
      kind,
      server,
      message,
      unix_seconds: unixSeconds,
    })),
  };
}

function deriveCluster(
  status: ClusterStatus,
  { view, options, findings }: {
    readonly view: View;
    readonly options: ReportOptions;
    readonly findings: readonly ReportFinding[];
  },
): ReportCluster {
  const { systemIdentifier } = status;
  const group = view.servers.filter(({ clusterKey }) => clusterKey === status.key);
  const context: ReportContext = { ...options, view, cluster: status, servers: group };
  const servers = group.map((server) => deriveServer(server, context));
  const standbys = view.standbys.filter((each) => each.clusterKey === status.key)
    .map((standby) => deriveStandby(standby, context));
  const primary = serverNamed(view, status.primary);
  return {
    name: status.cluster,
    system_identifier: systemIdentifier,
    status: worstStatus([
      ...servers.map((each) => each.status),
      ...standbys.map((each) => each.status),
      ...findings.filter((each) => clusterOfFinding(each, view)?.key === status.key)
        .map(({ severity }) => statusOfSeverity(severity)),
    ]),
    primary: primary === null ? null : derivePrimary(primary, context),
    primaries: status.primaries,
    expected_standbys: status.expectedStandbys,
    connected_standbys: status.connectedStandbys,
    servers,
    standbys,
    edges: deriveReportEdges(standbys, context),
    slots: group.filter(({ aliasOf }) => aliasOf === null)
      .flatMap((server) => deriveSlots(server, context) ?? []),
    synchronous: primary === null ? null : deriveSynchronous(primary, context),
    consistency: view.consistency.filter(({ standby }) => status.servers.includes(standby)).map((each) => ({
      standby: each.standby,
      table: each.table,
      verdict: each.verdict,
      reason: each.reason,
      difference_from_key: each.difference?.fromKey ?? null,
      difference_to_key: each.difference?.toKey ?? null,
      rows_compared: each.rowsCompared,
      age_seconds: Math.max(0, options.now - each.at),
      conclusive_age_seconds: each.conclusiveAt === null
        ? null
        : Math.max(0, options.now - each.conclusiveAt),
      conclusive_verdict: each.conclusive?.verdict ?? null,
      conclusive_reason: each.conclusive?.reason ?? "",
      window: each.window ? { after_key: each.window.afterKey, up_to_key: each.window.upToKey } : null,
      pass_ratio: each.pass?.ratio ?? null,
      full_pass_age_seconds: each.pass?.fullAt === undefined || each.pass.fullAt === null
        ? null
        : Math.max(0, options.now - each.pass.fullAt),
    })),
    summary: deriveSummary(standbys),
    failovers: status.failovers,
  };
}

function deriveFinding(
  finding: Finding,
  { view, options }: { readonly view: View; readonly options: ReportOptions },
): ReportFinding {
  const { check, severity, server, subject, summary, evidence, advice, since } = finding;
  const cluster = clusterOfFinding(finding, view);
  return {
    check,
    severity,
    server,
    cluster: cluster?.cluster ?? "",
    system_identifier: cluster?.systemIdentifier ?? null,
    subject,
    summary,
    evidence,
    advice,
    since_unix_seconds: toUnixSeconds(since, options),
  };
}

/** A finding on a whole cluster names it by its name or its key. */
function clusterOfFinding(
  { server, subject }: Pick<Finding, "server" | "subject">,
  view: View,
): ClusterStatus | null {
  return clusterOf(view, server) ??
    view.clusters.find((cluster) =>
      server === "cluster" && subject === placeOfCluster(cluster, view).subject
    ) ??
    null;
}
