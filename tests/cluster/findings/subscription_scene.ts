/**
 * A subscription whose databases on both sides were read.
 *
 * @module
 */
import type { DatabaseCatalogue, DatabaseContent } from "../../../src/domain/catalogue.ts";
import type { SubscriptionFact } from "../../../src/domain/facts.ts";
import type { View } from "../../../src/domain/view.ts";
import { content, publication, subscribed, subscriptionView, table } from "../../fixtures/catalogues.ts";
import { NOW, viewOf } from "./views.ts";

const READ = { readAt: NOW - 60 };

/** What a test changes. */
export interface SubscriptionScene {
  /** The publisher's database `shop`, on "primary". */
  readonly publisher?: Partial<DatabaseContent>;
  /** The subscriber's database `app`, on "standby". */
  readonly subscriber?: Partial<DatabaseContent>;
  /** The subscription `follower` to `pb`. */
  readonly fact?: Partial<SubscriptionFact>;
  /** How reading the subscriber's database failed. */
  readonly failedBecause?: string | null;
}

/** A table that is replicated as it should be; changed as wanted. */
export function subscriptionScene(
  { publisher = {}, subscriber = {}, fact = {}, failedBecause = null }: SubscriptionScene = {},
): View {
  const tables = [table("public.a")];
  const catalogues: readonly DatabaseCatalogue[] = [
    {
      server: "primary",
      database: "shop",
      failedBecause: null,
      content: content(tables, { ...READ, publications: [publication("pb", ["public.a"])], ...publisher }),
    },
    {
      server: "standby",
      database: "app",
      failedBecause,
      content: content(tables, {
        ...READ,
        subscriptions: [subscribed("follower", { "public.a": "ready" })],
        ...subscriber,
      }),
    },
  ];
  return viewOf({ view: { subscriptions: [subscriptionView(fact)], catalogues } });
}
