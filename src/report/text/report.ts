import { problemsOf } from "../headline.ts";
import type { CheckOutcome, Report, ReportCheck, ReportEvent, Word } from "../model.ts";
import { isoTime } from "../styled_text/amounts.ts";
import { type Line, span, styleOf } from "../styled_text/line.ts";
import { layCluster, layServers } from "./cluster.ts";
import { layFindings } from "./finding.ts";
import { layProblems, layStamp, section, type TextOptions, wrap, writeLines } from "./lines.ts";
import { describeSummary } from "./standbys.ts";

/** Events shown at most: the latest. */
const MOST_EVENTS = 20;

/**
 * Renders a report as text: the headline, what is wrong, then everything else.
 *
 * @param report The report.
 * @param options Columns and colours.
 * @returns Text that ends in a line feed.
 */
export function renderReportText(report: Report, options: TextOptions): string {
  const { status, clusters, timestamp_unix_seconds: now } = report;
  const room = { width: options.width - 2 };
  const overall = clusters.length === 1 ? "" : describeSummary(report.summary);
  const trouble = report.unassigned_servers.filter((server) => server.trouble !== "");
  return writeLines([
    ...wrap(report.headline, {
      width: options.width,
      style: status === "healthy" ? "good" : styleOf(status),
    }),
    ...layStamp(report, { ...options, more: overall }),
    ...section("WRONG", layProblems(problemsOf(report), room)),
    ...clusters.flatMap((cluster) => layCluster(cluster, options)),
    ...section("Servers of no cluster that is known", [
      ...layServers(report.unassigned_servers, room),
      ...trouble.flatMap((server) => wrap(server.trouble, { ...room, lead: [span(`${server.name}: `)] })),
    ]),
    ...section("FINDINGS", layFindings(report.findings, { ...room, now, clusters })),
    ...section("CHECKS", layChecks(report.checks, room)),
    ...section("EVENTS", report.events.slice(-MOST_EVENTS).flatMap((event) => layEvent(event, room))),
  ], options);
}

function layChecks(checks: readonly ReportCheck[], room: { readonly width: number }): readonly Line[] {
  if (checks.length === 0) return [];
  const count = (...outcomes: readonly Word<CheckOutcome>[]) =>
    checks.filter(({ outcome }) => outcomes.includes(outcome)).length;
  const text =
    `Of ${checks.length} checks ${count("fine")} found all fine, ${count("found")} found something, ` +
    `${count("partly_fine", "not_checked")} could not look everywhere, ${
      count("does_not_apply")
    } do not apply here`;
  return wrap(text, room);
}

function layEvent(event: ReportEvent, room: { readonly width: number }): readonly Line[] {
  return wrap(event.message, { ...room, lead: [span(`${isoTime(event.unix_seconds)}  `, "quiet")] });
}
