/**
 * Why a standby is where it is, and whether it can catch up.
 *
 * Everything here is a pure function of one standby's context; what must be observed over time (for how long something
 * has not moved) is collected by `standby_observations.ts`. This file holds the parts of sentences that several share.
 *
 * @module
 */
import { lsnDistanceBytes } from "../../domain/lsn.ts";
import { formatBytes, formatSeconds } from "../../domain/quantities.ts";
import type { StandbyContext } from "../standby_context.ts";

/**
 * How far behind a standby is, in words.
 *
 * @param standby The standby.
 * @param before What joins it to the sentence before it.
 * @param caughtUp What is said of one that has caught up; by default that.
 * @returns For example `; 1.5 MiB and 3.0 s behind`; "" when nothing is known.
 */
export function behind(
  { lag }: Pick<StandbyContext, "lag">,
  before: string,
  caughtUp = "it has no backlog so far",
): string {
  if (lag.bytes === 0) return `${before}${caughtUp}`;
  const parts: string[] = [];
  if (lag.bytes !== null) parts.push(formatBytes(lag.bytes));
  if (lag.seconds !== null) parts.push(formatSeconds(lag.seconds));
  return parts.length === 0 ? "" : `${before}${parts.join(" and ")} behind`;
}

/** What a standby has received and not applied, in words; 0 B when that is unknown. */
export function notApplied({ received, replayed }: Pick<StandbyContext, "received" | "replayed">): string {
  const bytes = received === null || replayed === null ? 0 : lsnDistanceBytes(received, replayed);
  return `${formatBytes(Math.max(0, bytes))} received and not applied`;
}

/** The name of the upstream, as a sentence has it. */
export function upstreamName({ upstream }: Pick<StandbyContext, "upstream">): string {
  return upstream?.server ?? "its upstream";
}
