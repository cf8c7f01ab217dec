/**
 * Which primary, or whose past, a standby is measured against.
 *
 * @module
 */
import type { LagUnknownReason } from "../../domain/lag.ts";
import type { ServerSnapshot } from "../../domain/view.ts";
import { serverFact } from "../topology/identity.ts";
import type { LagClock } from "./lag_clock.ts";
import type { Reference } from "./standby_lag.ts";

/** Why there is nothing to measure against. */
export interface NoReference {
  /** Why, of the closed set. */
  readonly reason: LagUnknownReason;
  /** Why, one sentence for a person. */
  readonly because: string;
}

/**
 * The servers of a cluster that were not in recovery at the latest collection.
 *
 * @param group The servers of one cluster.
 */
export function livePrimaries(group: readonly ServerSnapshot[]): readonly ServerSnapshot[] {
  return group.filter((server) => server.up && server.role === "primary");
}

/**
 * Chooses what a standby is measured against: the primary on its own timeline, so that in a split brain each
 * standby is measured against the primary it follows; else the primary on the highest timeline above, which the
 * standby has yet to follow; else the past of such a primary that is not reached now.
 *
 * @param group The servers of the standby's cluster.
 * @param options The clock, the cluster, and the standby's timeline (null when unknown).
 */
export function referenceOf(
  group: readonly ServerSnapshot[],
  { lagClock, systemIdentifier, timeline }: {
    readonly lagClock: LagClock;
    readonly systemIdentifier: string;
    readonly timeline: number | null;
  },
): Reference | NoReference {
  const live = livePrimaries(group).flatMap((primary) => {
    const its = serverFact(primary)?.timeline ?? null;
    return its === null ? [] : [{ timeline: its, primary: primary.server }];
  }).sort((a, b) => b.timeline - a.timeline);
  const reachable = live.find((each) => each.timeline === timeline) ??
    live.find((each) => timeline === null || each.timeline > timeline);
  if (reachable !== undefined) return reachable;
  const past = lagClock.timelinesOf(systemIdentifier).find((each) => timeline === null || each >= timeline);
  if (past !== undefined) return { timeline: past, primary: null };
  const [other] = live;
  if (other !== undefined) {
    return {
      reason: "other_timeline",
      because: `It is on timeline ${timeline}, but the only primary known is on timeline ${other.timeline}`,
    };
  }
  return { reason: "no_primary", because: "No server of its cluster has been seen as a primary" };
}
