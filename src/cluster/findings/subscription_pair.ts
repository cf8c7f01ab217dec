import { formatSeconds, joinNames } from "../../domain/quantities.ts";
import { quoteName } from "../../domain/sql_text.ts";
import type { View } from "../../domain/view.ts";
import { type SubscriptionGaps, subscriptionGapsOf } from "../logical/subscription_gaps.ts";
import type { Check, Diagnosis } from "./check.ts";

/** Names in a summary or an advice. */
export const MOST_NAMED = 5;

/** A subscription, with what the texts about it need. */
export interface Pair extends SubscriptionGaps {
  /** Everything known. */
  readonly view: View;
}

/** Looks at each subscription whose databases on both sides were read; what it finds is filed under the subscription. */
export function perComparedSubscription(
  look: (pair: Pair) => Omit<Diagnosis, "server" | "subject"> | null,
): Check["find"] {
  return function* (view) {
    for (const each of subscriptionGapsOf(view)) {
      const found = look({ ...each, view });
      const { server, fact } = each.subscription;
      if (found !== null) yield { server, subject: fact.subscription, ...found };
    }
  };
}

/** Whether there is such a subscription. */
export function hasGaps(view: View): boolean {
  return subscriptionGapsOf(view).length > 0;
}

/** The word for one or for several. */
export function plural(list: readonly unknown[], one: string, many: string): string {
  return list.length === 1 ? one : many;
}

/** How many, with the noun: `one table`, `3 tables`. */
export function counted(list: readonly unknown[], noun: string): string {
  return list.length === 1 ? `one ${noun}` : `${list.length} ${noun}s`;
}

/** The text as the beginning of a sentence. */
export function capitalized(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** Where a command for the subscriber's database is run. */
export function inSubscriber(
  { subscription: { server, fact } }: Pick<SubscriptionGaps, "subscription">,
): string {
  return `on "${server}", in database "${fact.database}"`;
}

/** Where a command for the publisher's database is run. */
export function inPublisher({ publisher, publisherDatabase }: SubscriptionGaps): string {
  return `on "${publisher}", in database "${publisherDatabase}"`;
}

/** The command that makes a subscription read its publications again. */
export function refreshCommand({ subscription: { fact } }: SubscriptionGaps): string {
  return `ALTER SUBSCRIPTION ${quoteName(fact.name)} REFRESH PUBLICATION;`;
}

/**
 * The same, and where and when it is run. It fails while the subscription is
 * disabled or a published table is missing, and takes the tables of a missing publication out of the subscription.
 */
export function refresh(pair: SubscriptionGaps): string {
  const { subscription: { fact }, gaps: { missingPublications, missingTables } } = pair;
  const conditions = [
    ...missingPublications.length > 0
      ? [`once "${pair.publisher}" has publication ${joinNames(missingPublications.map(quoteName))}`]
      : [],
    ...missingTables.length > 0 ? [`after ${joinNames(missingTables, MOST_NAMED)} was created there`] : [],
    ...fact.enabled ? [] : ["once the subscription is enabled"],
  ].map((condition) => `, ${condition}`).join("");
  return `${inSubscriber(pair)}${conditions}: ${refreshCommand(pair)}`;
}

/** The age of what was read, for the evidence. */
export function readAgo({ readAt, view }: Pick<Pair, "readAt" | "view">): string {
  return `read ${formatSeconds(Math.max(0, view.at - readAt))} ago`;
}

/** Statements one after the other; more are counted. */
export function joinStatements(statements: readonly string[]): string {
  const rest = statements.length - MOST_NAMED;
  return statements.slice(0, MOST_NAMED).join(" ") + (rest > 0 ? ` and the same for ${rest} more` : "");
}
