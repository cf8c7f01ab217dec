import { type Markup, markup } from "../markup.ts";
import type { ReportEvent } from "../model.ts";
import { renderInstant } from "./format_html.ts";
import { wordOf } from "../status.ts";

/** Shown at once; the others are folded away. */
const SHOWN = 10;
/** Shown at all: the report has them all. */
const MOST = 100;

/**
 * What happened, newest first.
 *
 * @param events Oldest first.
 * @param now The present, Unix seconds.
 */
export function renderEvents(events: readonly ReportEvent[], now: number): Markup {
  const newest = events.slice(-MOST).reverse();
  const rest = newest.slice(SHOWN);
  return markup`<h2>Events</h2>
${
    newest.length === 0
      ? markup`<p class="none">Nothing has happened since the exporter started.</p>`
      : renderList(newest.slice(0, SHOWN), now)
  }${
    rest.length === 0
      ? ""
      : markup`<details data-key="earlier"><summary>Earlier events</summary>${
        renderList(rest, now)
      }</details>`
  }`;
}

function renderList(events: readonly ReportEvent[], now: number): Markup {
  return markup`<ol class="events" reversed>${
    events.map(({ kind, message, server, unix_seconds }) =>
      markup`
<li data-key="${String(unix_seconds)} ${kind} ${server}">${
        renderInstant(unix_seconds, now)
      } <span class="kind">${wordOf(kind)}</span> <span><bdi>${message}</bdi></span></li>`
    )
  }</ol>`;
}
