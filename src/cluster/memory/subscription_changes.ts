/**
 * Which subscriptions have stopped or resumed from one view to the next.
 *
 * @module
 */
import { lowerFirst } from "../../domain/sentence.ts";
import {
  STOPPED_REASONS,
  subscriptionKey,
  type SubscriptionReason,
  type SubscriptionView,
} from "../../domain/subscription.ts";
import type { Happening } from "./event_memory.ts";

/** Changes of one kind at one moment up to here are reported one by one. */
const FEW_CHANGES = 3;

/** Follows the reasons of subscriptions. */
export class SubscriptionChanges {
  #reasons: ReadonlyMap<string, SubscriptionReason> = new Map();

  /**
   * Records the subscriptions of a view. An unknown reason changes nothing, and one that is seen for the first time has not
   * changed.
   *
   * @param subscriptions All of them.
   * @returns What happened.
   */
  observe(subscriptions: readonly SubscriptionView[]): readonly Happening[] {
    if (subscriptions.length === 0 && this.#reasons.size === 0) return [];
    const before = this.#reasons;
    const reasons = new Map<string, SubscriptionReason>();
    const stopped: SubscriptionView[] = [];
    const resumed: SubscriptionView[] = [];
    for (const each of subscriptions) {
      const key = subscriptionKey(each);
      const last = before.get(key) ?? null;
      const reason = each.reason ?? last;
      if (reason === null) continue;
      reasons.set(key, reason);
      if (last === null || last === reason) continue;
      if (STOPPED_REASONS.has(reason)) stopped.push(each);
      else if (STOPPED_REASONS.has(last)) resumed.push(each);
    }
    this.#reasons = reasons;
    return [...tell("subscription_stopped", stopped), ...tell("subscription_resumed", resumed)];
  }
}

function* tell(
  kind: "subscription_stopped" | "subscription_resumed",
  changed: readonly SubscriptionView[],
): Generator<Happening> {
  for (const [server, own] of Map.groupBy(changed, (each) => each.server)) {
    if (own.length > FEW_CHANGES) {
      const verb = kind === "subscription_stopped" ? "have stopped" : "apply again";
      yield { kind, server, message: `${own.length} subscriptions on "${server}" ${verb}` };
      continue;
    }
    for (const { fact, reasonText } of own) {
      const about = `Subscription "${fact.name}" on "${server}"`;
      yield {
        kind,
        server,
        message: kind === "subscription_stopped"
          ? `${about} has stopped: ${lowerFirst(reasonText)}`
          : `${about} applies again`,
      };
    }
  }
}
