import { DEFAULT_HEALTH_THRESHOLDS, type HealthThresholds } from "../domain/thresholds.ts";
import type { View } from "../domain/view.ts";
import { Markup, markup } from "./markup.ts";
import { deriveOverviewRow, type Level, type OverviewRow } from "./overview_row.ts";
import { OVERVIEW_STYLE } from "./overview_style.ts";
import { deriveVerdict, type Remark } from "./overview_verdict.ts";
import { formatSeconds } from "../domain/quantities.ts";

/** What the page needs besides the view. */
export interface OverviewOptions {
  /** Our monotonic seconds, for ages. */
  readonly now: number;
  /** Unix seconds, for the date at the top. */
  readonly wallNow: number;
  /** The exporter's version. */
  readonly version: string;
  /** Where the metrics are. */
  readonly telemetryPath: string;
  /** Where lag begins to be called trouble; the classic steps when absent. */
  readonly thresholds?: HealthThresholds;
}

const NAME = "PostgreSQL replication";
/** A dot in the browser's tab, so that it does not ask for /favicon.ico. */
const ICON =
  "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 8 8'%3E%3Ccircle cx='4' " +
  "cy='4' r='3' fill='%23336791'/%3E%3C/svg%3E";
/** What is not well has a word of its own, for those who do not see the colour. */
const MARKS: Readonly<Record<Level, string>> = { well: "", warning: "Attention: ", trouble: "Trouble: " };

/**
 * Renders the page for people: what needs attention first, then every server in configured order.
 *
 * The page loads nothing and runs nothing; it is whole without a network.
 *
 * @param view The latest view; null before the first collection has ended.
 * @param options Time, version and links.
 * @returns An HTML document.
 */
export function renderOverview(view: View | null, options: OverviewOptions): string {
  const { now, thresholds = DEFAULT_HEALTH_THRESHOLDS } = options;
  const rows = view === null
    ? []
    : view.servers.map((server) => deriveOverviewRow(server, { view, thresholds, now }));
  const { level, headline, remarks } = deriveVerdict(view, rows);
  const age = view === null ? "" : `, from data ${formatSeconds(now - view.at)} old`;
  return markup`<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${headline} - ${NAME}</title>
<link rel="icon" href="${ICON}">
<style>${new Markup(OVERVIEW_STYLE)}</style>
</head>
<body>
<header>
<h1>${NAME}</h1>
<p class="quiet">As of ${formatInstant(options.wallNow)}${age} · <a href="/">Show the latest</a></p>
</header>
<main>
<section class="verdict ${level}" aria-labelledby="verdict">
<h2 id="verdict">${headline}</h2>
${remarks.length === 0 ? "" : markup`<ul>${remarks.map(renderRemark)}</ul>`}
</section>
${rows.length === 0 ? "" : renderTable(rows)}
</main>
<nav aria-label="Endpoints">
<ul>
<li><a href="${options.telemetryPath}">Metrics for Prometheus</a></li>
<li><a href="/-/healthy">Health of the exporter</a></li>
<li><a href="/-/ready">Readiness of the exporter</a></li>
</ul>
</nav>
<footer class="quiet">pg-replication-exporter ${options.version}</footer>
</body>
</html>
`.text;
}

function renderRemark({ level, subject, text }: Remark): Markup {
  return markup`
<li class="${level}"><strong class="state"><bdi>${subject}</bdi></strong> <bdi>${text}</bdi></li>`;
}

/** Explicit roles keep it a table for screen readers where a narrow screen lays it out as cards. */
function renderTable(rows: readonly OverviewRow[]): Markup {
  const columns = [
    "Server",
    "State",
    "Role",
    "Lag",
    "Lag in bytes",
    "Position",
    "Timeline",
    "Version",
    "Data age",
  ];
  const headers = columns.map((column) => markup`<th scope="col" role="columnheader">${column}</th>`);
  return markup`<table role="table">
<caption>Servers</caption>
<thead role="rowgroup"><tr role="row">${headers}</tr></thead>
<tbody role="rowgroup">${rows.map(renderRow)}
</tbody>
</table>`;
}

function renderRow(row: OverviewRow): Markup {
  const cluster = row.cluster === "" ? "" : markup` <span class="quiet">in <bdi>${row.cluster}</bdi></span>`;
  const cells: readonly Markup[] = [
    renderCell(
      "State",
      markup`<span class="state">${MARKS[row.level]}${row.state}</span>${renderReasons(row)}`,
    ),
    renderCell("Role", row.role),
    renderCell("Lag", row.lag),
    renderCell("Lag in bytes", row.lagBytes),
    renderCell("Position", row.position),
    renderCell("Timeline", row.timeline),
    renderCell("Version", row.version),
    renderCell("Data age", row.age),
  ];
  return markup`
<tr role="row" class="${row.level}"><th scope="row" role="rowheader"><bdi>${row.server}</bdi>${cluster}</th>${cells}</tr>`;
}

function renderReasons({ reasons }: OverviewRow): Markup {
  return markup`${reasons.map((reason) => markup`<span class="reason"><bdi>${reason}</bdi></span>`)}`;
}

function renderCell(label: string, content: string | Markup): Markup {
  return markup`<td role="cell" data-label="${label}"><span>${content}</span></td>`;
}

function formatInstant(unixSeconds: number): string {
  return `${new Date(unixSeconds * 1000).toISOString().slice(0, 19).replace("T", " ")} UTC`;
}
