import { type DatabaseCatalogue, SUBSCRIBED_TABLE_STATES } from "../../domain/catalogue.ts";
import type { SubscriptionView } from "../../domain/subscription.ts";

/**
 * Subscriptions with the states of their tables, as last read, where the exporter's session is in another database.
 *
 * @param subscriptions The subscriptions.
 * @param catalogues What was read of databases.
 */
export function withSubscribedTables(
  subscriptions: readonly SubscriptionView[],
  catalogues: readonly DatabaseCatalogue[],
): readonly SubscriptionView[] {
  if (catalogues.length === 0) return subscriptions;
  return subscriptions.map((each) => {
    const { server, fact } = each;
    const tables = fact.tables === null
      ? catalogues.find((known) => known.server === server && known.database === fact.database)
        ?.content?.subscriptions.find(({ subscription }) => subscription === fact.name)?.tables
      : undefined;
    if (tables === undefined) return each;
    const counts = Map.groupBy(tables.values(), (state) => state);
    const byLetter = Object.entries(SUBSCRIBED_TABLE_STATES)
      .map(([letter, state]) => [letter, counts.get(state)?.length ?? 0] as const)
      .filter(([, count]) => count > 0);
    return { ...each, fact: { ...fact, tables: Object.fromEntries(byLetter) } };
  });
}
