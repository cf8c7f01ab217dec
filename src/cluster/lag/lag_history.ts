/**
 * The lag of every standby over the last hour.
 *
 * @module
 */
import type { LagPoint } from "../../domain/lag.ts";
import { standbyKey, type StandbyView } from "../../domain/standby.ts";

/** How far back it reaches, seconds. */
export const LAG_HISTORY_SECONDS = 3600;

/** Shortest time between two points of a standby, seconds. */
export const LAG_HISTORY_STEP_SECONDS = 10;

/** What is recorded of a standby. */
export type Lagging = Pick<StandbyView, "name" | "clusterKey" | "lag">;

/** Keeps a thinned history of each known standby: at most 361 points. */
export class LagHistory {
  #points: ReadonlyMap<string, readonly LagPoint[]> = new Map();
  #latest: { readonly at: number; readonly keys: string } | null = null;

  /** The points of each standby, oldest first, by {@linkcode standbyKey}; immutable. */
  get points(): ReadonlyMap<string, readonly LagPoint[]> {
    return this.#points;
  }

  /**
   * Records the lags of one moment: a point for each standby whose last point is at least ten seconds old. Standbys that
   * are not given are forgotten.
   *
   * @param standbys Every standby there is.
   * @param at The moment: our monotonic seconds.
   * @returns The points of each standby, as in {@linkcode LagHistory.points}.
   */
  record(standbys: readonly Lagging[], at: number): ReadonlyMap<string, readonly LagPoint[]> {
    const keys = standbys.map(standbyKey).join("\n");
    const isDue = this.#latest === null || at - this.#latest.at >= LAG_HISTORY_STEP_SECONDS;
    if (!isDue && keys === this.#latest?.keys) return this.#points;
    const points = new Map<string, readonly LagPoint[]>();
    for (const standby of standbys) {
      const key = standbyKey(standby);
      points.set(key, extend(this.#points.get(key) ?? [], standby, at));
    }
    this.#points = points;
    // New standbys do not delay the points of the others.
    this.#latest = { at: isDue ? at : this.#latest?.at ?? at, keys };
    return points;
  }
}

function extend(before: readonly LagPoint[], { lag }: Lagging, at: number): readonly LagPoint[] {
  const last = before[before.length - 1];
  if (last !== undefined && at - last.at < LAG_HISTORY_STEP_SECONDS) return before;
  const point: LagPoint = { at, seconds: lag.seconds, bytes: lag.bytes };
  return [...before.filter((each) => at - each.at <= LAG_HISTORY_SECONDS), point];
}
