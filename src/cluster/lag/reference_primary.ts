/**
 * The primary, live or past, that a standby is measured against.
 *
 * @module
 */
import type { LagUnknownReason } from "../../domain/lag.ts";
import type { ServerSnapshot } from "../../domain/view.ts";
import { timelineOf } from "../topology/identity.ts";
import type { LagClock } from "./lag_clock.ts";

/** The WAL a standby is measured against. */
export interface Reference {
  /** The timeline. */
  readonly timeline: number;
  /** Name of the primary that writes it now; null when that is unreachable, so that only its history is known. */
  readonly primary: string | null;
}

/** Why there is no reference. */
export interface NoReference {
  /** Why, of the closed set. */
  readonly reason: LagUnknownReason;
  /** Why, one sentence for a person. */
  readonly because: string;
}

/**
 * Chooses the reference of a standby: the primary on its own timeline, so that in a split brain each standby is measured
 * against the primary it follows; else the primary on the highest later timeline, which the standby has yet to follow;
 * else the history of such a primary that is unreachable now.
 *
 * @param cluster The live primaries and the lag clock of the standby's cluster.
 * @param timeline The standby's timeline; null when unknown.
 */
export function referenceOf(
  { primaries, lagClock }: { readonly primaries: readonly ServerSnapshot[]; readonly lagClock: LagClock },
  timeline: number | null,
): Reference | NoReference {
  const live = primaries.flatMap((primary): readonly Reference[] => {
    const its = timelineOf(primary);
    return its === null ? [] : [{ timeline: its, primary: primary.server }];
  }).sort((a, b) => b.timeline - a.timeline);
  const reachable = live.find((each) => each.timeline === timeline) ??
    live.find((each) => timeline === null || each.timeline > timeline);
  if (reachable !== undefined) return reachable;
  const unread = primaries.find((primary) => timelineOf(primary) === null);
  if (unread !== undefined) {
    return {
      reason: "history_too_short",
      because: `Where the WAL of primary "${unread.server}" ends may not be read, see finding missing_rights`,
    };
  }
  const past = lagClock.timelines.find((each) => timeline === null || each >= timeline);
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
