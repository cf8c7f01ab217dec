import { countOf } from "../../domain/quantities.ts";
import { type Markup, markup } from "../markup.ts";
import type { Report } from "../model.ts";
import { takeSome } from "../take_some.ts";
import { type PageRoom, renderRest } from "./table.ts";
import { clusterKey, renderMark, renderStatusLabel } from "./format_html.ts";

/** Shown before the first report. */
export const WAITING = "Waiting for the first collection";

/**
 * The overall status and headline; with several clusters also the status of each.
 *
 * @param report The report; null before the first collection has ended.
 * @param room How many clusters the page holds: the first of the report.
 */
export function renderVerdict(report: Report | null, { most }: PageRoom = {}): Markup {
  if (report === null) {
    return markup`<div class="verdict unknown">${
      renderMark("unknown")
    }<div><h2>${WAITING}</h2><p>No server has been read yet.</p></div></div>`;
  }
  const { status, headline, clusters } = report;
  const { shown, rest } = takeSome(clusters, most);
  const links = shown.map((cluster, index) =>
    markup`<li data-key="${clusterKey(cluster)}"><a href="#cluster-${index}"><bdi>${
      cluster.name || cluster.system_identifier
    }</bdi></a> ${renderStatusLabel(cluster.status)}</li>`
  );
  return markup`<div class="verdict ${status}">${renderMark(status)}<div><h2><bdi>${headline}</bdi></h2>${
    clusters.length < 2
      ? ""
      : markup`<ul class="clusters">${links}</ul>${renderRest(rest.map((each) => each.status), "cluster")}`
  }</div></div>`;
}

/**
 * The verdict for screen readers: announced when it changes, so it contains nothing that changes every second.
 *
 * @param report The report; null before the first collection has ended.
 */
export function describeAloud(report: Report | null): string {
  if (report === null) return WAITING;
  const { status, findings, summary, subscriptions } = report;
  const parts = (["critical", "warning"] as const).flatMap((severity) => {
    const count = findings.filter((finding) => finding.severity === severity).length;
    return count === 0 ? [] : [countOf(count, `${severity} finding`)];
  });
  const standbys = `${summary.healthy_standbys} of ${countOf(summary.total_standbys, "standby")} healthy`;
  const applied = subscriptions.filter((each) => each.status === "healthy").length;
  const logical = subscriptions.length === 0
    ? []
    : [`${applied} of ${countOf(subscriptions.length, "subscription")} healthy`];
  return `The state is ${status}: ${[...parts, standbys, ...logical].join(", ")}`;
}
