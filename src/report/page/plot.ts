import { type Markup, markup } from "../markup.ts";
import type { ReportLagPoint } from "../model.ts";
import { formatSecondsOrUnknown } from "./format_html.ts";

const PLOT_WIDTH = 240;
const PLOT_HEIGHT = 40;
/** Period of the plot, seconds. */
const SPAN = 3600;
/** One pixel; the plot moves only when a bucket is full. */
const BUCKET = SPAN / PLOT_WIDTH;
/** Points further apart than this many buckets are not connected: nothing was read in between. */
const WIDEST_GAP = 6;
/** Least scale: noise below it stays flat, seconds. */
const LEAST_SCALE = 1;

/** A plot as numbers. */
export interface Plot {
  /** SVG path of the line. */
  readonly line: string;
  /** The same, closed at the bottom. */
  readonly area: string;
  /** The largest lag, seconds; null when there is none. */
  readonly max: number | null;
  /** Its moment, Unix seconds; null when there is none. */
  readonly maxAt: number | null;
}

/**
 * The lag over the last hour: the largest value of each quarter of a minute, with gaps where it was unknown.
 *
 * @param history Oldest first.
 * @param now The present, Unix seconds.
 */
export function derivePlot(history: readonly ReportLagPoint[], now: number): Plot {
  const end = (Math.floor(now / BUCKET) + 1) * BUCKET;
  const buckets = new Map<number, number | null>();
  let max: number | null = null;
  let maxAt: number | null = null;
  for (const { unix_seconds, lag_seconds } of history) {
    const x = Math.floor((unix_seconds - (end - SPAN)) / BUCKET);
    if (x < 0 || x >= PLOT_WIDTH) continue;
    const before = buckets.get(x);
    buckets.set(x, lag_seconds === null ? before ?? null : Math.max(before ?? 0, lag_seconds));
    if (lag_seconds !== null && (max === null || lag_seconds > max)) {
      [max, maxAt] = [lag_seconds, unix_seconds];
    }
  }
  const scale = (PLOT_HEIGHT - 4) / Math.max(LEAST_SCALE, max ?? 0);
  const lines: string[] = [];
  const areas: string[] = [];
  for (const run of runsOf(buckets)) {
    const points = run.map(([x, lag]) => `${x + 0.5} ${round(PLOT_HEIGHT - 1 - lag * scale)}`);
    const [first, last] = [run[0]?.[0] ?? 0, run.at(-1)?.[0] ?? 0];
    lines.push(points.length === 1 ? `M${points[0]}h.01` : `M${points.join("L")}`);
    areas.push(`M${first + 0.5} ${PLOT_HEIGHT}L${points.join("L")}L${last + 0.5} ${PLOT_HEIGHT}z`);
  }
  return { line: lines.join(""), area: areas.join(""), max, maxAt };
}

/** Runs of connected points. */
function runsOf(buckets: ReadonlyMap<number, number | null>): readonly (readonly [number, number][])[] {
  const runs: [number, number][][] = [];
  let previous = -Infinity;
  for (const [x, lag] of [...buckets].sort(([a], [b]) => a - b)) {
    if (lag === null) {
      previous = -Infinity;
      continue;
    }
    if (x - previous > WIDEST_GAP) runs.push([]);
    runs.at(-1)?.push([x, lag]);
    previous = x;
  }
  return runs;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

/**
 * The plot of one standby, with its maximum in words.
 *
 * @param history Oldest first.
 * @param options `name` of the standby; `now`, Unix seconds; `isDrawn`: whether it is more than words, by default so.
 */
export function renderPlot(
  history: readonly ReportLagPoint[],
  { name, now, isDrawn = true }: {
    readonly name: string;
    readonly now: number;
    readonly isDrawn?: boolean;
  },
): Markup {
  const { line, area, max, maxAt } = derivePlot(history, now);
  if (max === null || maxAt === null) return markup`<span class="quiet">lag unknown for the last hour</span>`;
  const most = max > 0 && max < 0.05 ? formatSecondsOrUnknown(max) : `at most ${formatSecondsOrUnknown(max)}`;
  if (!isDrawn) return markup`${most}`;
  const label = `Lag of ${name} over the last hour: ${most}, at ${
    new Date(maxAt * 1000).toISOString().slice(11, 16)
  } UTC`;
  const [width, height] = [PLOT_WIDTH, PLOT_HEIGHT];
  const base = `M0 ${height - 0.5}h${width}`;
  return markup`<svg class="plot" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="${label}" preserveAspectRatio="none"><path class="base" d="${base}"/><path class="area" d="${area}"/><path class="line" d="${line}"/></svg><span class="scale" aria-hidden="true"><span>1 h ago</span><span>${most}</span><span>now</span></span>`;
}
