import type { Glyphs } from "../styled_text/line.ts";

/** The lag at one moment. */
export interface LagSample {
  /** The moment, Unix seconds. */
  readonly at: number;
  /** The lag, seconds; null when unknown. */
  readonly seconds: number | null;
}

/** Periods that a sparkline can cover, seconds. */
const SPANS = [60, 300, 900, 1800, 3600] as const;

/** How long a lag remains valid without a newer one, seconds. */
const HOLD_SECONDS = 60;

/** Least scale: jitter below it stays flat. */
const LEAST_SCALE_SECONDS = 1;

/**
 * The period that covers all samples.
 *
 * @param series The samples of every standby, oldest first: all are drawn over the same period.
 * @param now Unix seconds.
 * @returns Seconds: 1, 5, 15, 30 or 60 minutes.
 */
export function chooseSpan(series: readonly (readonly LagSample[])[], now: number): number {
  const oldest = Math.min(now, ...series.map((samples) => samples[0]?.at ?? now));
  return SPANS.find((seconds) => seconds >= now - oldest) ?? 3600;
}

/**
 * Draws the lag over time, with now on the right.
 *
 * @param samples Oldest first.
 * @param options Columns, the period they cover in seconds, the moment on the right, and the glyphs.
 * @returns Text of exactly that many columns; a blank where the lag was unknown.
 */
export function drawSparkline(
  samples: readonly LagSample[],
  { width, span, now, glyphs }: {
    readonly width: number;
    readonly span: number;
    readonly now: number;
    readonly glyphs: Glyphs;
  },
): string {
  const values = sampleBuckets(samples, { width, span, now });
  const scale = Math.max(LEAST_SCALE_SECONDS, ...values.map((value) => value ?? 0));
  const highest = glyphs.steps.length - 1;
  return values.map((value) =>
    value === null ? " " : glyphs.steps[Math.min(highest, Math.ceil(Math.max(0, value) / scale * highest))]
  ).join("");
}

/** The largest lag of each column; a column without a sample repeats the previous one for a while. */
function sampleBuckets(
  samples: readonly LagSample[],
  { width, span, now }: { readonly width: number; readonly span: number; readonly now: number },
): readonly (number | null)[] {
  const begin = now - span;
  const length = span / width;
  const values: (number | null)[] = [];
  let index = 0;
  let held: LagSample | null = null;
  for (let column = 0; column < width; column++) {
    const end = begin + (column + 1) * length;
    let largest: number | null = null;
    let isRead = false;
    for (let sample = samples[index]; sample !== undefined && sample.at <= end; sample = samples[++index]) {
      held = sample;
      if (sample.at <= end - length) continue;
      isRead = true;
      if (sample.seconds !== null) largest = Math.max(largest ?? 0, sample.seconds);
    }
    const isHeld = held !== null && end - held.at <= Math.max(HOLD_SECONDS, length);
    values.push(isRead ? largest : isHeld ? held?.seconds ?? null : null);
  }
  return values;
}
