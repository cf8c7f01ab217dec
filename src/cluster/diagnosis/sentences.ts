/**
 * Phrases that several explanations of a standby share.
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
 * @param before Joins it to the previous sentence.
 * @param caughtUp Text for a standby that has caught up.
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

/** The name of the upstream in a sentence. */
export function upstreamName({ upstream }: Pick<StandbyContext, "upstream">): string {
  return upstream?.server ?? "its upstream";
}
