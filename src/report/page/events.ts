import { type Markup, markup } from "../markup.ts";
import type { ReportEvent } from "../model.ts";
import { renderInstant } from "./format_html.ts";
import type { PageRoom } from "./table.ts";
import { wordOf } from "../status.ts";

/** Events shown at first; the others are folded. */
const SHOWN = 10;
/** Most events on the page: the report has all. */
const MOST = 100;

/**
 * Events, newest first.
 *
 * @param events Oldest first.
 * @param options The present, Unix seconds, and how many events the page holds.
 */
export function renderEvents(
  events: readonly ReportEvent[],
  { now, most = MOST }: PageRoom & { readonly now: number },
): Markup {
  const newest = events.slice(-Math.min(MOST, most)).reverse();
  const rest = newest.slice(SHOWN);
  return markup`<h2>Events</h2>
${
    newest.length === 0
      ? markup`<p class="none">No events since the exporter started.</p>`
      : renderEventList(newest.slice(0, SHOWN), now)
  }${
    rest.length === 0
      ? ""
      : markup`<details data-key="earlier"><summary>Earlier events</summary>${
        renderEventList(rest, now)
      }</details>`
  }`;
}

function renderEventList(events: readonly ReportEvent[], now: number): Markup {
  return markup`<ol class="events" reversed>${
    events.map(({ kind, message, server, unix_seconds }) =>
      markup`
<li data-key="${unix_seconds} ${kind} ${server}">${renderInstant(unix_seconds, now)} <span class="kind">${
        wordOf(kind)
      }</span> <span><bdi>${message}</bdi></span></li>`
    )
  }</ol>`;
}
