import { countOf, formatSeconds } from "../domain/quantities.ts";
import { lowerFirst } from "../domain/sentence.ts";
import { findingPlaceKey } from "./finding_subject.ts";
import { describeFolded, foldFindings } from "./fold_findings.ts";
import type { Report, ReportCluster, Status } from "./model.ts";
import { STATUSES } from "./model.ts";
import { statusOfSeverity, worstFirst } from "./status.ts";

/** What the headline is made from. */
export type HeadlineInput = Pick<
  Report,
  "status" | "clusters" | "unassigned_servers" | "subscriptions" | "summary" | "findings"
>;

/** One thing that is wrong. */
export interface ReportProblem {
  /** How bad it is. */
  readonly status: Status;
  /** What it is. */
  readonly sentence: string;
}

/**
 * The overall state in one sentence: the worst problem and the number of others, or that all is well.
 *
 * @param report The report it is the headline of.
 */
export function deriveHeadline(report: HeadlineInput): string {
  if (report.status === "healthy") return describeWell(report);
  const [worst, ...others] = problemsOf(report);
  if (worst === undefined) return capitalize(report.status);
  const more = others.length === 0 ? "" : `, and ${countOf(others.length, "more problem")}`;
  return `${capitalize(report.status)}: ${describeOutage(report)}${worst.sentence}${more}`;
}

/** That all servers are unreachable comes first: the cause may be on the exporter's side. */
function describeOutage({ clusters, unassigned_servers: unassigned }: HeadlineInput): string {
  const servers = [...clusters.flatMap((cluster) => cluster.servers), ...unassigned];
  return servers.length < 2 || servers.some(({ up }) => up)
    ? ""
    : `All ${servers.length} servers are unreachable. `;
}

/**
 * What is wrong, worst first: findings, and statuses of servers, standbys and subscriptions that no finding explains.
 *
 * @param report The report.
 * @param options Whether equal findings count as one problem; by default each is one.
 */
export function problemsOf(
  report: HeadlineInput,
  { isFolded = false }: { readonly isFolded?: boolean } = {},
): readonly ReportProblem[] {
  const findings = isFolded
    ? foldFindings(report.findings)
    : report.findings.map((finding) => ({ finding, others: [] }));
  const found = findings.map((each) => ({
    status: statusOfSeverity(each.finding.severity),
    sentence: describeFolded(each),
  }));
  return worstFirst([...found.filter(({ status }) => status !== "healthy"), ...problemsBesides(report)]);
}

/** Statuses of servers, standbys and subscriptions that no finding explains, worst first: an unknown lag, for example. */
export function problemsBesides(report: HeadlineInput): readonly ReportProblem[] {
  return worstFirst([...findBesides(report)]);
}

function* findBesides(report: HeadlineInput): Generator<ReportProblem> {
  const { clusters, findings, unassigned_servers: unassigned, subscriptions } = report;
  const servers = [...clusters.flatMap((cluster) => cluster.servers), ...unassigned];
  const covered = new Map<string, number>();
  const isCovered = (name: string, status: Status) => (covered.get(name) ?? 0) >= STATUSES.indexOf(status);
  const cover = (name: string, status: Status) =>
    covered.set(name, Math.max(covered.get(name) ?? 0, STATUSES.indexOf(status)));
  for (const { severity, server, subject } of findings) {
    const status = statusOfSeverity(severity);
    cover(server, status);
    cover(subject, status);
    cover(findingPlaceKey(server, subject), status);
  }
  for (const { name, status, trouble } of servers) {
    if (isCovered(name, status)) continue;
    yield { status, sentence: `Server "${name}" is not well: ${trouble || "a collector failed"}` };
    cover(name, status);
  }
  for (const { name, status, status_reasons: [reason] } of clusters.flatMap(({ standbys }) => standbys)) {
    if (isCovered(name, status)) continue;
    yield { status, sentence: `Standby "${name}": ${lowerFirst(reason ?? `its status is ${status}`)}` };
  }
  // An end that is unreachable explains a subscription; any other finding about its servers does not.
  const gone = new Set(servers.flatMap(({ name, up }) => up ? [] : [name]));
  for (const { name, series, server, publisher, slot, status, status_reasons: [reason] } of subscriptions) {
    const ends = [server, ...publisher === null ? [] : [publisher.server]];
    const places = [
      findingPlaceKey(server, series),
      ...ends.slice(1).map((end) => findingPlaceKey(end, slot)),
    ];
    if (places.some((place) => isCovered(place, status))) continue;
    if (ends.some((end) => gone.has(end) && isCovered(end, status))) continue;
    const why = lowerFirst(reason ?? `its status is ${status}`);
    yield { status, sentence: `Subscription "${name}" on "${server}": ${why}` };
  }
}

function describeWell({ clusters, summary, subscriptions }: HeadlineInput): string {
  if (clusters.length === 0) return "Nothing is watched yet";
  const where = clusters.length === 1
    ? describeWellCluster(clusters[0])
    : `${clusters.length} clusters are well`;
  const { total_standbys: total, max_lag_seconds: lag } = summary;
  const followers = [
    ...total === 0 ? [] : [describeFollowers(countOf(total, "standby"), lag)],
    ...subscriptions.length === 0 ? [] : [describeFollowers(
      countOf(subscriptions.length, "subscription"),
      Math.max(...subscriptions.map(({ lag_seconds }) => lag_seconds ?? 0)),
    )],
  ];
  return `${where}, ${followers.length === 0 ? "without a standby" : followers.join(", ")}`;
}

function describeFollowers(followers: string, lag: number | null): string {
  return `${followers}${lag === null ? "" : ` at most ${formatSeconds(lag)} behind`}`;
}

function describeWellCluster(cluster: ReportCluster | undefined): string {
  if (cluster === undefined || cluster.name === "") return "All is well";
  return `Cluster ${cluster.name} is well`;
}

function capitalize(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
