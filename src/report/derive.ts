import type { ReportThresholds } from "../domain/thresholds.ts";
import type { Finding } from "../domain/finding.ts";
import type { ClusterStatus, View } from "../domain/view.ts";
import { clusterOfFinding, serverNamed } from "../cluster/findings/view_queries.ts";
import { deriveChecks } from "./derive_checks.ts";
import { derivePrimary, deriveSynchronous } from "./derive_primary.ts";
import { deriveReportServer } from "./derive_server.ts";
import { deriveReportSlots } from "./derive_slots.ts";
import { deriveReportEdges, deriveStandby } from "./derive_standby.ts";
import { deriveReportManager } from "./manager.ts";
import { deriveHeadline } from "./headline.ts";
import {
  type Report,
  REPORT_VERSION,
  type ReportCluster,
  type ReportFinding,
  type ReportSubscription,
} from "./model.ts";
import { type ReportContext, type ReportMoment, toUnixSeconds } from "./report_context.ts";
import { deriveReportSubscriptions } from "./report_subscriptions.ts";
import { statusOfSeverity, worstStatus } from "./status.ts";
import { deriveSummary } from "./summary.ts";

/** What a report is derived from, besides the view. */
export interface ReportOptions extends ReportMoment {
  /** Version and revision of the exporter. */
  readonly build: { readonly version: string; readonly revision: string };
  /** When a standby is a warning or critical. */
  readonly thresholds: ReportThresholds;
}

/**
 * Derives the report.
 *
 * @param view Everything known.
 * @param given Both clocks at one moment, the thresholds, and the exporter's version.
 */
export function deriveReport(view: View, given: ReportOptions): Report {
  // Timestamp and ages refer to the moment of the view, which may be a second ago.
  const options = { ...given, now: view.at, wallNow: toUnixSeconds(view.at, given) };
  const { build, thresholds, wallNow } = options;
  const findings = view.findings.map((finding) => deriveFinding(finding, { view, options }));
  const subscriptions = deriveReportSubscriptions({ ...options, view });
  const clusters = view.clusters.map((status) =>
    deriveReportCluster(status, { view, options, findings, subscriptions })
  );
  const unassigned = view.servers.filter(({ clusterKey }) => clusterKey === null)
    .map((server) => deriveReportServer(server, { view, ...options }));
  const status = worstStatus([
    ...clusters.map((each) => each.status),
    ...unassigned.map((each) => each.status),
    ...findings.map(({ severity }) => statusOfSeverity(severity)),
    ...subscriptions.map((each) => each.status),
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
    headline: deriveHeadline({
      status,
      clusters,
      unassigned_servers: unassigned,
      subscriptions,
      summary,
      findings,
    }),
    clusters,
    unassigned_servers: unassigned,
    subscriptions,
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

function deriveReportCluster(
  status: ClusterStatus,
  { view, options, findings, subscriptions }: {
    readonly view: View;
    readonly options: ReportOptions;
    readonly findings: readonly ReportFinding[];
    readonly subscriptions: readonly ReportSubscription[];
  },
): ReportCluster {
  const { systemIdentifier } = status;
  const group = view.servers.filter(({ clusterKey }) => clusterKey === status.key);
  const context: ReportContext = { ...options, view, cluster: status, servers: group };
  const servers = group.map((server) => deriveReportServer(server, context));
  const standbys = view.standbys.filter((each) => each.clusterKey === status.key)
    .map((standby) => deriveStandby(standby, context));
  const primary = serverNamed(view, status.primary);
  const names = new Set(group.map(({ server }) => server));
  const own = subscriptions.filter(({ server }) => names.has(server));
  return {
    name: status.cluster,
    system_identifier: systemIdentifier,
    status: worstStatus([
      ...servers.map((each) => each.status),
      ...standbys.map((each) => each.status),
      ...own.map((each) => each.status),
      ...findings.filter((each) => clusterOfFinding(view, each)?.key === status.key)
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
      .flatMap((server) => deriveReportSlots(server, context) ?? []),
    synchronous: primary === null ? null : deriveSynchronous(primary, context),
    consistency: view.consistency.filter(({ standby }) => status.servers.includes(standby)).map((each) => ({
      standby: each.standby,
      subscription: each.subscription ?? null,
      compared_with: each.primary,
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
    subscriptions: own.map(({ id }) => id),
    subscribers: subscriptions.filter(({ publisher }) => names.has(publisher?.server ?? ""))
      .map(({ id }) => id),
    summary: deriveSummary(standbys),
    failovers: status.failovers,
    manager: deriveReportManager(status.manager),
  };
}

function deriveFinding(
  finding: Finding,
  { view, options }: { readonly view: View; readonly options: ReportOptions },
): ReportFinding {
  const { check, severity, server, subject, summary, evidence, advice, since } = finding;
  const cluster = clusterOfFinding(view, finding);
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
