/**
 * Whether there may be anything new to tell. While all servers respond and all standbys and subscriptions keep up, what is true of a cluster
 * follows from what was last read of its servers: it is derived when more than positions was read, and every few seconds.
 *
 * @module
 */
import type { StandbyView } from "../domain/standby.ts";
import { STOPPED_REASONS, type SubscriptionView } from "../domain/subscription.ts";
import type { ServerSnapshot } from "../domain/view.ts";

/** For this long, seconds, what was derived holds at most. */
export const SETTLED_SECONDS = 5;

/** Up to this lag, seconds, a standby or subscription keeps up. */
const KEEPS_UP_SECONDS = 2;

/**
 * Whether every server responds, and every standby and subscription keeps up.
 *
 * @param servers The servers.
 * @param standbys Their standbys.
 * @param subscriptions Their subscriptions.
 */
export function isSettled(
  servers: readonly Pick<ServerSnapshot, "up">[],
  standbys: readonly Pick<StandbyView, "connected" | "lag">[],
  subscriptions: readonly Pick<SubscriptionView, "reason" | "lag">[],
): boolean {
  return servers.every(({ up }) => up) &&
    standbys.every(({ connected, lag: { seconds } }) =>
      connected === true && seconds !== null && seconds <= KEEPS_UP_SECONDS
    ) &&
    subscriptions.every(({ reason, lag: { seconds, unknownReason } }) =>
      reason !== null && !STOPPED_REASONS.has(reason) &&
      (seconds === null ? unknownReason === "publisher_not_watched" : seconds <= KEEPS_UP_SECONDS)
    );
}
