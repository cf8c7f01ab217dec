import { markup } from "../markup.ts";
import type { Report } from "../model.ts";
import { renderCluster } from "./cluster.ts";
import { renderEvents } from "./events.ts";
import { renderFindings } from "./findings.ts";
import { renderServers } from "./servers.ts";
import { describeAloud, renderVerdict } from "./verdict.ts";
import { renderInstant } from "./format_html.ts";

/** Parts of the page that are updated, in page order; their elements are `region-NAME`. */
export const REGIONS = ["moment", "aloud", "verdict", "findings", "clusters", "events"] as const;

/** One of {@linkcode REGIONS}. */
export type RegionName = typeof REGIONS[number];

/** The HTML of every region. */
export type Regions = Readonly<Record<RegionName, string>>;

/**
 * Renders the parts of the page that change.
 *
 * @param report The report; null before the first collection has ended.
 */
export function renderRegions(report: Report | null): Regions {
  const now = report?.timestamp_unix_seconds ?? 0;
  const clusters = report?.clusters.map((cluster, index) => renderCluster(cluster, { now, index })) ?? [];
  const unassigned = renderServers(report?.unassigned_servers ?? [], "Servers of no known cluster");
  return {
    moment: report === null ? "" : markup`As of ${renderInstant(now, now)}`.text,
    aloud: markup`${describeAloud(report)}`.text,
    verdict: renderVerdict(report).text,
    findings: report === null ? "" : renderFindings(report, now).text,
    clusters:
      markup`${clusters}${
        unassigned === ""
          ? ""
          : markup`<section class="cluster" data-key="unassigned">${unassigned}</section>`
      }`.text,
    events: report === null ? "" : renderEvents(report.events, now).text,
  };
}
