/**
 * A primary of 17, a standby with a copy of its slot, and the subscription that reads it.
 *
 * @module
 */
import { consumerPoints, deriveConsumers } from "../../../src/cluster/preflight/consumers.ts";
import { deriveFollowers } from "../../../src/cluster/preflight/followers.ts";
import { deriveSlots } from "../../../src/cluster/preflight/slots.ts";
import type { SubscriptionView } from "../../../src/domain/subscription.ts";
import type { View } from "../../../src/domain/view.ts";
import { subscriptionView } from "../../fixtures/catalogues.ts";
import { subscriptionSlot } from "../fixtures.ts";
import { type CopyScene, copyScene } from "../logical/copies.ts";
import { contextAround } from "./scenes.ts";

/** The scene with the subscription that reads the slot, on a server of another cluster that is not part of it. */
export function scene(changes: CopyScene = {}, subscription: Partial<SubscriptionView> = {}): View {
  const view = copyScene(changes);
  const own = subscriptionView({
    name: "app_sub",
    subscription: "app_sub",
    slot: "app_sub",
    publications: ["pb"],
  });
  return {
    ...view,
    subscriptions: [{
      ...own,
      server: "subscriber",
      publisher: {
        server: "primary",
        clusterKey: view.clusters[0]?.key ?? null,
        by: "slot",
        slot: subscriptionSlot(),
        sender: null,
      },
      lag: { ...own.lag, appliedPosition: 4000n },
      ...subscription,
    }],
  };
}

/** What happens to its consumers. */
export function outlook(view: View) {
  const context = contextAround(view);
  const consumers = deriveConsumers(context, deriveSlots(context, deriveFollowers(context)));
  const [point] = consumerPoints(context, consumers);
  return { fates: consumers.map(({ fate }) => fate), point, consumers, context };
}
