import { type Markup, markup } from "../markup.ts";
import type { ReportStandby } from "../model.ts";
import { describeLagHour, wordOf, worstFirst } from "../status.ts";
import { renderPlot } from "./plot.ts";
import { type PageRoom, renderLongTable, type TableRow } from "./table.ts";
import {
  formatBytesOrUnknown,
  formatSecondsOrUnknown,
  renderReasons,
  renderStatusLabel,
} from "./format_html.ts";

/**
 * Every standby, with its lag over the last hour.
 *
 * @param standbys The standbys of one cluster.
 * @param options The present, Unix seconds, and how many standbys the page holds.
 */
export function renderStandbys(
  standbys: readonly ReportStandby[],
  { now, ...room }: PageRoom & { readonly now: number },
): Markup {
  if (standbys.length === 0) return markup`<p class="none">This cluster has no standby.</p>`;
  return renderLongTable(worstFirst(standbys), {
    ...room,
    caption: "Standbys",
    className: "standbys",
    columns: ["Standby", "State", "Lag", "Last hour", "Catch-up"],
    noun: "standby",
    rowOf: (standby, isFirst) => standbyRow(standby, { now, hasPlot: isFirst }),
  });
}

function standbyRow(
  standby: ReportStandby,
  { now, hasPlot }: { readonly now: number; readonly hasPlot: boolean },
): TableRow {
  return {
    key: standby.name,
    status: standby.status,
    cells: [
      markup`<bdi>${standby.name}</bdi><span class="about">${describeUpstream(standby)}</span>`,
      markup`${renderStatusLabel(standby.status, describeStatus(standby))}${
        renderReasons(reasonsOf(standby))
      }`,
      renderLag(standby),
      markup`${renderPlot(standby.lag_history, { name: standby.name, now, isDrawn: hasPlot })}${
        renderLagHour(standby)
      }`,
      renderCatchUp(standby),
    ],
  };
}

function describeUpstream({ upstream, sync_state, configured }: ReportStandby): Markup {
  const parts = [
    markup`${upstream === null ? "upstream unknown" : markup`from <bdi>${upstream}</bdi>`}`,
    ...sync_state === null ? [] : [markup`, <bdi>${sync_state}</bdi>`],
    ...configured ? [] : [markup`, not configured`],
  ];
  return markup`${parts}`;
}

/** The status, and the reason if there is one. */
function describeStatus({ status, reason }: ReportStandby): string {
  return reason === null ? status : `${status}: ${wordOf(reason)}`;
}

function reasonsOf(standby: ReportStandby): readonly string[] {
  const reasons = new Set(standby.status_reasons);
  const isPlain = standby.reason === "streaming" || standby.reason === "idle";
  if (standby.reason_text !== "" && !isPlain) reasons.add(standby.reason_text);
  return [...reasons];
}

function renderLag(standby: ReportStandby): Markup {
  const { lag_seconds, lag_bytes, lag_unknown_because, stage, upstream_lag_seconds } = standby;
  const seconds = lag_seconds === null
    ? markup`<span class="figure">unknown</span><span class="reason">${lag_unknown_because}</span>`
    : markup`<span class="figure">${formatSecondsOrUnknown(lag_seconds)}</span>`;
  const notes = [
    ...lag_bytes === null ? [] : [formatBytesOrUnknown(lag_bytes)],
    ...stage === null || (lag_bytes ?? 0) === 0 ? [] : [`waits for ${stage}`],
    ...upstream_lag_seconds === null
      ? []
      : [`${formatSecondsOrUnknown(upstream_lag_seconds)} behind its upstream`],
  ];
  return markup`${seconds}<span class="about">${notes.join(", ")}</span>`;
}

function renderLagHour({ lag_last_hour: hour }: ReportStandby): Markup {
  return markup`${hour === null ? "" : markup`<span class="about">${describeLagHour(hour)}</span>`}`;
}

function renderCatchUp(standby: ReportStandby): Markup {
  const { catch_up, catch_up_seconds, catch_up_text, falling_behind, replay_bytes_per_second } = standby;
  const rate = replay_bytes_per_second === null
    ? ""
    : `replays ${formatBytesOrUnknown(replay_bytes_per_second)}/s`;
  const about = markup`<span class="about">${rate}</span>`;
  // A reason already shown is not repeated.
  const isShown = reasonsOf(standby).includes(catch_up_text);
  const why = isShown ? "" : markup`<span class="reason">${catch_up_text}</span>`;
  if (catch_up === "must_rebuild") {
    return markup`${renderStatusLabel("critical", "must be rebuilt")}${why}`;
  }
  const text = catch_up === "needs_archive" ? why : "";
  if (falling_behind === true) {
    return markup`${renderStatusLabel("warning", "falling behind")}${text}${about}`;
  }
  if (catch_up_seconds === 0) return markup`caught up${text}${about}`;
  if (catch_up_seconds !== null) return markup`in ${formatSecondsOrUnknown(catch_up_seconds)}${text}${about}`;
  const held = standby.reason === "delayed" || standby.reason === "paused";
  return markup`${held ? "held back" : "time unknown"}${text}${about}`;
}
