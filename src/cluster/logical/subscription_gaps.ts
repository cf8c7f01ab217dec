import type { DatabaseCatalogue, DatabaseContent, SubscribedTables } from "../../domain/catalogue.ts";
import { memoized } from "../../domain/memoized.ts";
import type { SubscriptionView } from "../../domain/subscription.ts";
import type { View } from "../../domain/view.ts";
import { compareCatalogues, type ReplicationGaps } from "./compare_catalogues.ts";

/** A subscription, and what of its publications does not reach it. */
export interface SubscriptionGaps {
  /** The subscription. */
  readonly subscription: SubscriptionView;
  /** Name of the publisher. */
  readonly publisher: string;
  /** Name of the publisher's database. */
  readonly publisherDatabase: string;
  /** Names of the publications there. */
  readonly publications: readonly string[];
  /** When the older of both databases was read: our monotonic seconds. */
  readonly readAt: number;
  /** What does not reach it. */
  readonly gaps: ReplicationGaps;
}

/** What was read of a database; null when it was not. */
export function catalogueOf(
  view: View,
  server: string,
  database: string,
): DatabaseCatalogue | null {
  return view.catalogues?.find((each) => each.server === server && each.database === database) ?? null;
}

/** Of every subscription whose databases on both sides were read. */
export const subscriptionGapsOf: (view: View) => readonly SubscriptionGaps[] = memoized((view: View) =>
  view.subscriptions.flatMap((subscription): readonly SubscriptionGaps[] => {
    const { server, fact, publisher } = subscription;
    const publisherDatabase = publisher?.slot?.database ?? "";
    if (publisher === null || publisherDatabase === "") return [];
    const source = catalogueOf(view, publisher.server, publisherDatabase)?.content ?? null;
    const target = catalogueOf(view, server, fact.database)?.content ?? null;
    const tables = target?.subscriptions.find((each) => each.subscription === fact.name);
    if (source === null || target === null || tables === undefined) return [];
    return [{
      subscription,
      publisher: publisher.server,
      publisherDatabase,
      publications: source.publications.map(({ name }) => name),
      readAt: Math.min(source.readAt, target.readAt),
      gaps: compared(tables)(source)(target)(fact.publications),
    }];
  })
);

/** Compared once per reading; the names of the publications are those of the latest collection. */
const compared = memoized((subscription: SubscribedTables) =>
  memoized((publisher: DatabaseContent) =>
    memoized((subscriber: DatabaseContent) => {
      const known = new Map<string, ReplicationGaps>();
      return (publications: readonly string[]): ReplicationGaps => {
        const key = JSON.stringify(publications);
        const gaps = known.get(key) ??
          compareCatalogues({ subscription, publications, publisher, subscriber });
        known.set(key, gaps);
        return gaps;
      };
    })
  )
);
