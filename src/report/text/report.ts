import { formatSeconds } from "../../domain/quantities.ts";
import { problemsOf } from "../headline.ts";
import type { CheckOutcome, Report, ReportCheck, ReportEvent, ReportFinding } from "../model.ts";
import { isoTime } from "../terminal/amounts.ts";
import { type Line, span, type Style, styleOf } from "../terminal/line.ts";
import { layCluster, layServers } from "./cluster.ts";
import { indent, section, wrap, writeLines } from "./lines.ts";
import { describeSummary } from "./standbys.ts";

/** How the text is written. */
export interface TextOptions {
  /** Columns for sentences; tables are as wide as what stands in them. */
  readonly width: number;
  /** Whether colours are used. */
  readonly color: boolean;
}

/** Events shown at most: the latest. */
const MOST_EVENTS = 20;

const SEVERITY_STYLES: Readonly<Record<ReportFinding["severity"], Style>> = {
  critical: "critical",
  warning: "warning",
  info: "quiet",
};

/**
 * Renders a report as text: the headline, what is wrong, then everything else.
 *
 * @param report The report.
 * @param options Columns and colours.
 * @returns Text that ends in a line feed.
 */
export function renderReportText(report: Report, options: TextOptions): string {
  const { exporter, status } = report;
  const room = { width: options.width - 2 };
  const version = exporter.version === "" ? "" : `, exporter ${exporter.version}`;
  const overall = report.clusters.length === 1 ? "" : `; ${describeSummary(report.summary)}`;
  const trouble = report.unassigned_servers.filter((server) => server.trouble !== "");
  return writeLines([
    ...wrap(report.headline, {
      width: options.width,
      style: status === "healthy" ? "good" : styleOf(status),
    }),
    ...wrap(`${isoTime(report.timestamp_unix_seconds)}${version}${overall}`, {
      width: options.width,
      style: "quiet",
    }),
    ...section("WRONG", layProblems(report, room)),
    ...report.clusters.flatMap((cluster) => layCluster(cluster, options)),
    ...section("Servers of no cluster that is known", [
      ...layServers(report.unassigned_servers),
      ...trouble.flatMap((server) => wrap(server.trouble, { ...room, lead: [span(`${server.name}: `)] })),
    ]),
    ...section("FINDINGS", report.findings.flatMap((finding) => layFinding(finding, { ...room, report }))),
    ...section("CHECKS", layChecks(report.checks, room)),
    ...section("EVENTS", report.events.slice(-MOST_EVENTS).flatMap((event) => layEvent(event, room))),
  ], options);
}

function layChecks(checks: readonly ReportCheck[], room: { readonly width: number }): readonly Line[] {
  if (checks.length === 0) return [];
  const count = (...outcomes: readonly CheckOutcome[]) =>
    checks.filter(({ outcome }) => outcomes.includes(outcome)).length;
  const text =
    `Of ${checks.length} checks ${count("fine")} found all fine, ${count("found")} found something, ` +
    `${count("partly_fine", "not_checked")} could not look everywhere, ${
      count("does_not_apply")
    } do not apply here`;
  return wrap(text, room);
}

function layProblems(report: Report, room: { readonly width: number }): readonly Line[] {
  return problemsOf(report).flatMap(({ status, sentence }) =>
    wrap(sentence, { ...room, lead: [span(status.padEnd(8), styleOf(status)), span("  ")] })
  );
}

function layFinding(
  finding: ReportFinding,
  { width, report }: { readonly width: number; readonly report: Report },
): readonly Line[] {
  const age = formatSeconds(report.timestamp_unix_seconds - finding.since_unix_seconds);
  const room = { width: width - 2 };
  const said = (label: string, text: string) =>
    text === "" ? [] : wrap(text, { ...room, lead: [span(label.padEnd(10), "quiet")] });
  return [
    ...wrap(finding.summary, {
      width,
      lead: [span(finding.severity.padEnd(8), SEVERITY_STYLES[finding.severity]), span("  ")],
      style: finding.severity === "info" ? "plain" : "strong",
    }),
    ...indent([
      ...said("evidence", finding.evidence),
      ...said("advice", finding.advice),
      ...said("since", `${isoTime(finding.since_unix_seconds)}, for ${age} (${finding.check})`),
    ], 10),
  ];
}

function layEvent(event: ReportEvent, room: { readonly width: number }): readonly Line[] {
  return wrap(event.message, { ...room, lead: [span(`${isoTime(event.unix_seconds)}  `, "quiet")] });
}
