/**
 * The lag of every standby and subscription at one moment, without anything else that a view has.
 *
 * @module
 */
import type { StandbyView } from "../domain/standby.ts";
import type { SubscriptionView } from "../domain/subscription.ts";
import type { ServerSnapshot, ServerView } from "../domain/view.ts";
import { clusterContextOf, contextsByServer, type RememberedGroup } from "./cluster_context.ts";
import { lagWithoutCluster } from "./lag/standby_lag.ts";
import { deriveSubscriptions } from "./logical/derive_subscriptions.ts";
import type { ServerMemories } from "./memory/server_memory.ts";
import { standbyLagsOf } from "./standby_context.ts";

/** The lags of one moment. */
export interface CurrentLags {
  /** The moment: our monotonic seconds. */
  readonly at: number;
  /** Every server. */
  readonly servers: readonly Pick<ServerView, "server" | "cluster" | "up" | "facts" | "lag">[];
  /** Every standby. */
  readonly standbys: readonly Pick<
    StandbyView,
    "name" | "cluster" | "clusterKey" | "configured" | "connected" | "lag"
  >[];
  /** Every subscription. */
  readonly subscriptions: readonly SubscriptionView[];
}

/**
 * Derives the lags as the view of that moment has them.
 *
 * @param snapshots The latest snapshot of every watched server.
 * @param known The clusters that they form, what is remembered of each server, and the moment.
 */
export function deriveCurrentLags(
  snapshots: readonly ServerSnapshot[],
  { groups, memories, at }: {
    readonly groups: readonly RememberedGroup[];
    readonly memories: ServerMemories;
    readonly at: number;
  },
): CurrentLags {
  const contexts = groups.map((group) => clusterContextOf(group, at));
  const contextOf = contextsByServer(contexts);
  const standbys: CurrentLags["standbys"][number][] = [];
  const lags = new Map<string, StandbyView["lag"]>();
  for (const context of contexts) {
    for (const { name, own, connected, lag } of standbyLagsOf(context)) {
      const configured = own !== null;
      standbys.push({ name, cluster: context.name, clusterKey: context.key, configured, connected, lag });
      if (configured) lags.set(name, lag);
    }
  }
  return {
    at,
    servers: snapshots.map((snapshot) => {
      const { server, cluster, up, facts, role } = snapshot;
      const context = contextOf(server);
      const lag = lags.get(context?.aliases.get(server) ?? server) ??
        (context === null && role !== "primary" ? lagWithoutCluster(snapshot) : null);
      return { server, cluster, up, facts, lag };
    }),
    standbys,
    subscriptions: deriveSubscriptions(snapshots, { contextOf, memories, at }),
  };
}
