import type { ConsistencyResult } from "../domain/consistency.ts";
import type { View } from "../domain/view.ts";

/**
 * Which results of consistency checks are about what a view has: a standby, or a subscription.
 *
 * @param view The view.
 */
export function comparedIn(
  { servers, subscriptions }: Pick<View, "servers" | "subscriptions">,
): (result: Pick<ConsistencyResult, "standby" | "subscription">) => boolean {
  const standbys = new Set(servers.filter(({ role }) => role !== "primary").map(({ server }) => server));
  const keys = new Set(
    subscriptions.map(({ server, fact }) => JSON.stringify([server, fact.subscription])),
  );
  return ({ standby, subscription }) =>
    subscription === undefined ? standbys.has(standby) : keys.has(JSON.stringify([standby, subscription]));
}
