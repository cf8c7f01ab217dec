import { formatSeconds } from "../../domain/quantities.ts";
import { quoteName } from "../../domain/sql_text.ts";
import type { View } from "../../domain/view.ts";
import { type SubscriptionGaps, subscriptionGapsOf } from "../logical/subscription_gaps.ts";
import type { Check, Diagnosis } from "./check.ts";

/** Names in a summary or an advice. */
export const MOST_NAMED = 5;

/** A subscription, with what the texts about it need. */
export interface Pair extends Omit<SubscriptionGaps, "gaps"> {
  readonly view: View;
}

/** Looks at each subscription whose databases on both sides were read; what it finds is filed under the subscription. */
export function perComparedSubscription(
  look: (pair: Pair & Pick<SubscriptionGaps, "gaps">) => Omit<Diagnosis, "server" | "subject"> | null,
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
export function inSubscriber({ subscription: { server, fact } }: Pair): string {
  return `on "${server}", in database "${fact.database}"`;
}

/** Where a command for the publisher's database is run. */
export function inPublisher({ publisher, publisherDatabase }: Pair): string {
  return `on "${publisher}", in database "${publisherDatabase}"`;
}

/** The command that makes a subscription read its publications again. */
export function refresh({ subscription: { fact } }: Pair): string {
  return `ALTER SUBSCRIPTION ${quoteName(fact.name)} REFRESH PUBLICATION;`;
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
