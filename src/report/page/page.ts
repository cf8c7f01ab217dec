import { Markup, markup } from "../markup.ts";
import type { Report } from "../model.ts";
import { type RegionName, REGIONS, type Regions, renderRegions } from "./regions.ts";
import { PAGE_SCRIPT } from "./script.ts";
import { PAGE_STYLE } from "./style.ts";
import { WAITING } from "./verdict.ts";
import { iconOf } from "./format_html.ts";

/** What the page says besides the report. */
export interface PageOptions {
  /** The exporter's version. */
  readonly version: string;
  /** Where the metrics are; begins with `/`. */
  readonly telemetryPath: string;
  /** What tells this page from one of another build; changes with style and script. */
  readonly build: string;
}

/** What a page that is open is told. */
export interface PageState {
  /** See {@linkcode PageOptions.build}. */
  readonly build: string;
  /** Of the browser's tab. */
  readonly title: string;
  /** Address of its picture. */
  readonly icon: string;
  /** Regions by name. */
  readonly regions: Regions;
}

const NAME = "PostgreSQL replication";

/**
 * What of the page changes.
 *
 * @param report The report; null before the first collection has ended.
 * @param build See {@linkcode PageOptions.build}.
 */
export function renderPageState(report: Report | null, build: string): PageState {
  return {
    build,
    title: `${report?.headline ?? WAITING} - ${NAME}`,
    icon: iconOf(report?.status ?? "unknown"),
    regions: renderRegions(report),
  };
}

/**
 * Renders the page for people: one document that needs nothing from elsewhere and is whole without its script.
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
<h1>${NAME}</h1>
<p class="moment"><span id="region-moment">${
    region("moment")
  }</span><span class="pulse">live</span><noscript> · without JavaScript this page stands still: reload it</noscript></p>
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
 * @param before What was told before.
 * @param after What is so now.
 */
export function changedRegions(before: Regions, after: Regions): Partial<Regions> {
  return Object.fromEntries(
    REGIONS.filter((name) => before[name] !== after[name]).map((name) => [name, after[name]]),
  );
}
