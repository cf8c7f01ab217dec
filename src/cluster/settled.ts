/**
 * Whether there may be anything new to tell. While all servers respond and all standbys and subscriptions keep up, what is true of a cluster
 * follows from what was last read of its servers: it is derived when more than positions was read, and every few seconds
 * while somebody reads it.
 *
 * @module
 */
import type { StandbyView } from "../domain/standby.ts";
import { STOPPED_REASONS, type SubscriptionView } from "../domain/subscription.ts";
import type { ServerSnapshot } from "../domain/view.ts";

/** For this long, seconds, what was derived holds at most for a reader. */
export const SETTLED_SECONDS = 5;

/** For this long, seconds, while nobody reads all of it: a collection derives its own cluster again, and so does a probe. */
export const UNREAD_SECONDS = 30;

/** Up to this lag, seconds, a standby or subscription keeps up. */
const KEEPS_UP_SECONDS = 2;

/** What is needed of a server. */
export type ServerPace = Pick<ServerSnapshot, "up">;
/** What is needed of a standby. */
export type StandbyPace = Pick<StandbyView, "connected" | "lag">;
/** What is needed of a subscription. */
export type SubscriptionPace = Pick<SubscriptionView, "reason" | "lag">;

/**
 * Whether every server responds, and every standby and subscription keeps up.
 *
 * @param servers The servers.
 * @param standbys Their standbys.
 * @param subscriptions Their subscriptions.
 */
export function isSettled(
  servers: readonly ServerPace[],
  standbys: readonly StandbyPace[],
  subscriptions: readonly SubscriptionPace[],
): boolean {
  return servers.every(({ up }) => up) && standbys.every(keepsUp) && subscriptions.every(isApplied);
}

/**
 * Cluster names of which that does not hold.
 *
 * @param lags Servers, standbys and subscriptions.
 */
export function unsettledNames({ servers, standbys, subscriptions }: {
  readonly servers: readonly (ServerPace & { readonly cluster: string })[];
  readonly standbys: readonly (StandbyPace & { readonly cluster: string })[];
  readonly subscriptions: readonly (SubscriptionPace & { readonly cluster: string })[];
}): ReadonlySet<string> {
  const names = new Set<string>();
  for (const { up, cluster } of servers) if (!up) names.add(cluster);
  for (const each of standbys) if (!keepsUp(each)) names.add(each.cluster);
  for (const each of subscriptions) if (!isApplied(each)) names.add(each.cluster);
  return names;
}

function keepsUp({ connected, lag: { seconds } }: StandbyPace): boolean {
  return connected === true && seconds !== null && seconds <= KEEPS_UP_SECONDS;
}

function isApplied({ reason, lag: { seconds, unknownReason } }: SubscriptionPace): boolean {
  return reason !== null && !STOPPED_REASONS.has(reason) &&
    (seconds === null ? unknownReason === "publisher_not_watched" : seconds <= KEEPS_UP_SECONDS);
}
