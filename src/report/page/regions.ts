import { markup } from "../markup.ts";
import type { Report } from "../model.ts";
import { renderCluster } from "./cluster.ts";
import { renderEvents } from "./events.ts";
import { renderFindings } from "./findings.ts";
import { worstFirst } from "../status.ts";
import { takeSome } from "../take_some.ts";
import { renderServers } from "./servers.ts";
import { renderSubscriptions } from "./subscriptions.ts";
import { describeAloud, renderVerdict } from "./verdict.ts";
import { renderInstant } from "./format_html.ts";

/** Parts of the page that are updated, in page order; their elements are `region-NAME`. */
export const REGIONS = ["moment", "aloud", "verdict", "findings", "clusters", "events"] as const;

/** One of {@linkcode REGIONS}. */
export type RegionName = typeof REGIONS[number];

/** The HTML of every region. */
export type Regions = Readonly<Record<RegionName, string>>;

/** The parts of the page that change. */
export interface PageContent {
  /** Their HTML. */
  readonly regions: Regions;
  /** Entries of each list that they hold at most. */
  readonly most: number;
}

/** Entries of a list that the page holds, from a small fleet to one of thousands. */
const LEVELS = [100, 60, 40, 25, 15, 8, 4, 2];
/** Regions that are larger get less room, bytes: with style and script the page stays under 300 kB. */
const MOST_BYTES = 260_000;

/**
 * Renders the parts of the page that change, with as many entries of each list as the size of a page allows.
 *
 * @param report The report; null before the first collection has ended.
 * @param before Entries it held a moment ago: it holds more only when there is room to spare, so that rows do not come and
 *   go.
 */
export function renderRegions(report: Report | null, before = Infinity): PageContent {
  for (const most of LEVELS) {
    const regions = renderLevel(report, most);
    if (sizeOf(regions) <= (most > before ? MOST_BYTES / 2 : MOST_BYTES)) return { regions, most };
  }
  return { regions: renderLevel(report, 1), most: 1 };
}

function renderLevel(full: Report | null, most: number): Regions {
  const report = full === null ? null : { ...full, clusters: worstOnTop(full.clusters, most) };
  const now = report?.timestamp_unix_seconds ?? 0;
  const { shown } = takeSome(report?.clusters ?? [], most);
  const clusters = shown.map((cluster, index) => renderCluster(cluster, { now, index, most }));
  const unassigned = renderServers(report?.unassigned_servers ?? [], {
    caption: "Servers of no known cluster",
    most,
  });
  return {
    moment: report === null ? "" : markup`As of ${renderInstant(now, now)}`.text,
    aloud: markup`${describeAloud(report)}`.text,
    verdict: renderVerdict(report, { most }).text,
    findings: report === null ? "" : renderFindings(report, { now, most }).text,
    clusters:
      markup`${report === null ? "" : renderSubscriptions(report, { most })}${clusters}${
        unassigned === ""
          ? ""
          : markup`<section class="cluster" data-key="unassigned">${unassigned}</section>`
      }`.text,
    events: report === null ? "" : renderEvents(report.events, { now, most }).text,
  };
}

/** Of more clusters than the page holds, the worst come first. */
function worstOnTop(clusters: Report["clusters"], most: number): Report["clusters"] {
  return clusters.length > most ? [...worstFirst(clusters)] : clusters;
}

/** As sent, in quotes. */
function sizeOf(regions: Regions): number {
  return new TextEncoder().encode(JSON.stringify(regions)).length;
}
