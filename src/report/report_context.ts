import type { ReportThresholds } from "../domain/thresholds.ts";
import type { ClusterStatus, ServerView, View } from "../domain/view.ts";

/** The moment of a report, on both clocks. */
export interface ReportMoment {
  /** Our monotonic seconds. */
  readonly now: number;
  /** The same as Unix seconds. */
  readonly wallNow: number;
}

/** One cluster in the view, for its part of a report. */
export interface ReportContext extends ReportMoment {
  /** Everything known. */
  readonly view: View;
  /** The cluster. */
  readonly cluster: ClusterStatus;
  /** Its servers, aliases included. */
  readonly servers: readonly ServerView[];
  /** When a standby is a warning or critical. */
  readonly thresholds: ReportThresholds;
}

/**
 * Converts an instant of our monotonic clock to Unix time.
 *
 * @param at Our monotonic seconds; null stays null.
 * @param moment Both clocks at one moment.
 */
export function toUnixSeconds<T extends number | null>(at: T, moment: ReportMoment): T | number {
  return at === null ? at : moment.wallNow - (moment.now - at);
}
