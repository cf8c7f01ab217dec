import type { ClusterTracker } from "../cluster/tracker.ts";
import type { PolledPosition } from "./position_sample.ts";

/** A report counts for this many turns: for the next one, which may come a moment late. */
const TURNS = 1.5;

/**
 * Standbys that need not be asked at a turn, because they had reported to their primary what an answer would show when it
 * was last sampled.
 */
export class ReportedStandbys {
  readonly #tracker: Pick<ClusterTracker, "fedBy" | "sampleReport">;
  readonly #reportedAt = new Map<string, number>();

  /** Knows of no report yet. */
  constructor(tracker: Pick<ClusterTracker, "fedBy" | "sampleReport">) {
    this.#tracker = tracker;
  }

  /**
   * Takes what standbys had reported to a primary when it was sampled.
   *
   * @param primary Its name.
   * @param sample Its sample.
   * @returns The standbys that are to be asked now.
   */
  take(primary: string, { reported, at }: Pick<PolledPosition, "reported" | "at">): readonly string[] {
    const doubtful: string[] = [];
    for (const [pid, standby] of this.#tracker.fedBy(primary)) {
      const report = reported.get(pid);
      if (report !== undefined && this.#tracker.sampleReport(standby, { ...report, primary, at })) {
        this.#reportedAt.set(standby, at);
      } else if (this.#reportedAt.delete(standby)) doubtful.push(standby);
    }
    return doubtful;
  }

  /**
   * Forgets what a standby has reported.
   *
   * @param standby Its name.
   */
  forget(standby: string): void {
    this.#reportedAt.delete(standby);
  }

  /**
   * When a standby was last found current in a report that still counts: our monotonic seconds; null without one.
   *
   * @param standby Its name.
   * @param turn The moment, and the time between two turns, seconds.
   */
  at(
    standby: string,
    { now, turnSeconds }: { readonly now: number; readonly turnSeconds: number },
  ): number | null {
    const at = this.#reportedAt.get(standby);
    if (at === undefined) return null;
    if (now - at <= turnSeconds * TURNS) return at;
    this.#reportedAt.delete(standby);
    return null;
  }
}
