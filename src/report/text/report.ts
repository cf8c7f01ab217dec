import { problemsOf } from "../headline.ts";
import type { CheckOutcome, Report, ReportCheck, ReportEvent, Word } from "../model.ts";
import { isoTime } from "../styled_text/amounts.ts";
import { type Line, type Room, span, styleOf } from "../styled_text/line.ts";
import { layCluster, layServers } from "./cluster.ts";
import { layFindings } from "./finding.ts";
import { takeSome, takeWorst } from "../take_some.ts";
import {
  layProblems,
  layRest,
  laySection,
  layStamp,
  layText,
  type TextOptions,
  writeLines,
} from "./lines.ts";
import { describeSummary } from "./standbys.ts";
import { laySubscriptions } from "./subscriptions.ts";

/** Most events shown: the latest. */
const SHOWN_EVENTS = 20;

/**
 * Renders a report as text: the headline, the problems, then everything else.
 *
 * @param report The report.
 * @param options Columns and colours.
 * @returns Text that ends in a line feed.
 */
export function renderReportText(report: Report, options: TextOptions): string {
  const { status, timestamp_unix_seconds: now } = report;
  const { color: _, ...given } = options;
  const room = { ...given, width: options.width - 2 };
  const { shown: clusters, rest } = takeWorst(report.clusters, options.most);
  const overall = report.clusters.length === 1 ? "" : describeSummary(report.summary);
  const trouble =
    takeSome(report.unassigned_servers.filter((server) => server.trouble !== ""), options.most).shown;
  const problems = problemsOf(report, { isFolded: options.most !== undefined });
  return writeLines([
    ...layText(report.headline, { width: options.width, style: styleOf(status) }),
    ...layStamp(report, { ...options, more: overall }),
    ...laySection("PROBLEMS", layProblems(problems, room)),
    ...laySection("SUBSCRIPTIONS", laySubscriptions(report.subscriptions, room)),
    ...clusters.flatMap((cluster) => layCluster(cluster, given)),
    ...rest.length === 0 ? [] : [[]],
    ...layRest(rest.map((each) => each.status), { ...given, noun: "cluster" }),
    ...laySection("Servers of no known cluster", [
      ...layServers(report.unassigned_servers, room),
      ...trouble.flatMap((server) => layText(server.trouble, { ...room, lead: [span(`${server.name}: `)] })),
    ]),
    ...laySection("FINDINGS", layFindings(report.findings, { ...room, now, clusters: report.clusters })),
    ...laySection("CHECKS", layCheckCounts(report.checks, room)),
    ...laySection("EVENTS", report.events.slice(-SHOWN_EVENTS).flatMap((event) => layEvent(event, room))),
  ], options);
}

function layCheckCounts(checks: readonly ReportCheck[], room: Room): readonly Line[] {
  if (checks.length === 0) return [];
  const count = (...outcomes: readonly Word<CheckOutcome>[]) =>
    checks.filter(({ outcome }) => outcomes.includes(outcome)).length;
  const text = `Of ${checks.length} checks ${count("fine")} are fine, ${count("found")} raised findings, ` +
    `${count("partly_fine", "not_checked")} could not check every server, ` +
    `${count("does_not_apply")} do not apply here`;
  return layText(text, room);
}

function layEvent(event: ReportEvent, room: Room): readonly Line[] {
  return layText(event.message, { ...room, lead: [span(`${isoTime(event.unix_seconds)}  `, "quiet")] });
}
