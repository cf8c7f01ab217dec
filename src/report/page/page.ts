/**
 * The page: one HTML document rendered from the report, and the regions of it that are updated while it is open.
 *
 * @module
 */
import { Markup, markup } from "../markup.ts";
import type { Report } from "../model.ts";
import { type PageContent, type RegionName, REGIONS, type Regions, renderRegions } from "./regions.ts";
import { PAGE_SCRIPT } from "./script.ts";
import { PAGE_STYLE } from "./style.ts";
import { WAITING } from "./verdict.ts";
import { iconOf } from "./format_html.ts";

/** What the page shows besides the report. */
export interface PageOptions {
  /** The exporter's version. */
  readonly version: string;
  /** Path of the metrics; begins with `/`. */
  readonly telemetryPath: string;
  /** Identifies the style and script of the page; an open page of another build reloads. */
  readonly build: string;
}

/** The content of an open page. */
export interface PageState extends PageContent {
  /** See {@linkcode PageOptions.build}. */
  readonly build: string;
  /** Title of the browser's tab. */
  readonly title: string;
  /** URL of its icon. */
  readonly icon: string;
}

const PAGE_TITLE = "PostgreSQL replication";

/**
 * The content of the page that changes.
 *
 * @param report The report; null before the first collection has ended.
 * @param build See {@linkcode PageOptions.build}.
 * @param before Its content a moment ago, if it is open.
 */
export function renderPageState(
  report: Report | null,
  build: string,
  before: PageState | null = null,
): PageState {
  return {
    build,
    title: `${report?.headline ?? WAITING} - ${PAGE_TITLE}`,
    icon: iconOf(report?.status ?? "unknown"),
    ...renderRegions(report, before?.most),
  };
}

/**
 * Renders the page: one document without external resources that is complete without its script.
 *
 * @param report The report; null before the first collection has ended.
 * @param options Version and links.
 */
export function renderPage(report: Report | null, options: PageOptions): string {
  const { build, telemetryPath, version } = options;
  const { title, icon, regions } = renderPageState(report, build);
  const region = (name: RegionName) => new Markup(regions[name]);
  return markup`<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title}</title>
<link rel="icon" href="${icon}">
<style>${new Markup(PAGE_STYLE)}</style>
</head>
<body data-build="${build}">
<header>
<h1>${PAGE_TITLE}</h1>
<p class="moment"><span id="region-moment">${
    region("moment")
  }</span><span class="pulse">live</span><noscript> · without JavaScript this page does not update: reload it</noscript></p>
</header>
<p id="lost" role="alert"></p>
<p id="region-aloud" class="aloud" role="status" aria-live="polite">${region("aloud")}</p>
<main>
<section id="region-verdict" aria-label="Verdict">${region("verdict")}</section>
<section id="region-findings" aria-label="Findings">${region("findings")}</section>
<div id="region-clusters">${region("clusters")}</div>
<section id="region-events" aria-label="Events">${region("events")}</section>
</main>
<nav aria-label="Endpoints">
<ul>
<li><a href=".${telemetryPath}">Metrics for Prometheus</a></li>
<li><a href="./api/v1/report">Report as JSON</a></li>
<li><a href="./-/healthy">Health of the exporter</a></li>
<li><a href="./-/ready">Readiness of the exporter</a></li>
</ul>
</nav>
<footer class="quiet">pg-replication-exporter ${version}</footer>
<script>${new Markup(PAGE_SCRIPT)}</script>
</body>
</html>
`.text;
}

/**
 * The regions that differ.
 *
 * @param before The regions sent before.
 * @param after The regions now.
 */
export function changedRegions(before: Regions, after: Regions): Partial<Regions> {
  return Object.fromEntries(
    REGIONS.filter((name) => before[name] !== after[name]).map((name) => [name, after[name]]),
  );
}
