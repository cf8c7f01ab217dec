/**
 * Families of what is read of databases.
 *
 * @module
 */
import { hasUsableIdentity } from "../cluster/logical/compare_tables.ts";
import { SUBSCRIBED_TABLE_STATES } from "../domain/catalogue.ts";
import type { View } from "../domain/view.ts";
import { defineFamilies, type FamilyDefinition, measure, type Measurement } from "../metrics/family.ts";

const CATALOGUES = defineFamilies({
  pgrepl_subscription_tables: {
    help:
      "Tables of the subscription by state, as last read (see pgrepl_database_read_age_seconds): initialize, copying, " +
      "finished_copying, synchronized, ready (pg_subscription_rel.srsubstate).",
    labels: ["subscription", "state"],
  },
  pgrepl_publication_info: {
    help:
      "The publication: whether it has all tables, what it publishes, whether partitions are published as their root " +
      "(pg_publication); always 1.",
    labels: ["database", "publication", "all_tables", "actions", "via_partition_root"],
  },
  pgrepl_publication_tables: {
    help:
      "Tables that the publication publishes, partitions counted each, or their root with publish_via_partition_root " +
      "(pg_publication_rel, pg_publication_namespace, pg_class).",
    labels: ["database", "publication"],
  },
  pgrepl_publication_tables_without_identity: {
    help:
      "Tables of the publication on which UPDATE and DELETE fail, because they have no replica identity; absent when " +
      "it publishes neither (pg_class.relreplident, pg_index).",
    labels: ["database", "publication"],
  },
  pgrepl_database_read_success: {
    help: "Whether the latest attempt to read the catalogues of the database succeeded.",
    labels: ["database"],
  },
  pgrepl_database_read_age_seconds: {
    help: "Seconds since the catalogues of the database were read; absent before the first time.",
    labels: ["database"],
  },
  pgrepl_database_read_duration_seconds: {
    help: "Duration of the latest successful reading of the catalogues of the database, login included.",
    labels: ["database"],
  },
});

/** Families of databases with publications or subscriptions. */
export const catalogueFamilies: readonly FamilyDefinition[] = Object.values(CATALOGUES);

/**
 * Measures every family of {@linkcode catalogueFamilies}.
 *
 * @param view Everything known.
 */
export function* measureCatalogues(view: View): Generator<Measurement> {
  for (const catalogue of view.catalogues ?? []) {
    const server = view.servers.find((each) => each.server === catalogue.server);
    const labels = { instance: catalogue.server, cluster: server?.cluster ?? "" };
    const { database, content, failedBecause } = catalogue;
    const own = { ...labels, database };
    yield* measure(CATALOGUES.pgrepl_database_read_success, own, failedBecause === null);
    if (content === null) continue;
    yield* measure(CATALOGUES.pgrepl_database_read_age_seconds, own, view.at - content.readAt);
    yield* measure(CATALOGUES.pgrepl_database_read_duration_seconds, own, content.durationSeconds);
    for (const { name, tables, actions, hasAllTables, viaRoot } of content.publications) {
      const publication = { ...own, publication: name };
      yield* measure(CATALOGUES.pgrepl_publication_info, {
        ...publication,
        all_tables: String(hasAllTables),
        actions: actions.join(","),
        via_partition_root: String(viaRoot),
      }, 1);
      yield* measure(CATALOGUES.pgrepl_publication_tables, publication, tables.length);
      const changesRows = actions.includes("update") || actions.includes("delete");
      const without = tables.filter(({ table }) => {
        const known = content.tables.get(table);
        return known !== undefined && !hasUsableIdentity(known);
      });
      yield* measure(
        CATALOGUES.pgrepl_publication_tables_without_identity,
        publication,
        changesRows ? without.length : null,
      );
    }
    const facts = server?.facts.subscriptions ?? [];
    for (const { subscription, tables } of content.subscriptions) {
      const fact = facts.find((each) => each.database === database && each.name === subscription);
      const counts = Map.groupBy(tables.values(), (state) => state);
      for (const state of Object.values(SUBSCRIBED_TABLE_STATES)) {
        yield* measure(
          CATALOGUES.pgrepl_subscription_tables,
          { ...labels, subscription: fact?.subscription ?? subscription, state },
          counts.get(state)?.length ?? 0,
        );
      }
    }
  }
}
