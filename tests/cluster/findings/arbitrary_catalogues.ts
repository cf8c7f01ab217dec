/**
 * Catalogues of databases, and what is compared by them, of any kind.
 *
 * @module
 */
import * as fc from "fast-check";
import type { CatalogueTable, DatabaseCatalogue, DatabaseContent } from "../../../src/domain/catalogue.ts";
import type { SubscriptionView } from "../../../src/domain/subscription.ts";
import { content, publication, subscribed, subscriptionView, table } from "../../fixtures/catalogues.ts";
import { slot } from "../fixtures.ts";
import { name, orNull, some } from "./arbitrary_values.ts";

const TABLES = ["public.a", "public.b", "public.c", "public.d", '"S"."T"'];
const tableName = fc.constantFrom(...TABLES);

const catalogueTable = fc.record({
  name: tableName,
  changes: some<Omit<CatalogueTable, "schema" | "table">>({
    isPartitioned: fc.boolean(),
    hasIdentifiedPartitions: orNull(fc.boolean()),
    roots: fc.subarray(TABLES),
    identity: fc.constantFrom("default", "index", "full", "nothing"),
    key: fc.constantFrom([], ["id"], ["id", "v"]),
    candidateIndex: orNull(fc.constant("u")),
    columns: fc.uniqueArray(
      fc.record({
        name: fc.constantFrom("id", "v", "w"),
        type: fc.constantFrom("integer", "bigint", "numeric(10,2)", "text"),
        isNotNull: fc.boolean(),
        generated: fc.constantFrom("" as const, "stored" as const, "virtual" as const),
        hasDefault: fc.boolean(),
      }),
      { selector: (each) => each.name },
    ),
  }),
}).map(({ name, changes }) => table(name, changes));

const databaseContent = fc.record({
  tables: fc.uniqueArray(catalogueTable, { selector: (each) => each.table, maxLength: 4 }),
  publications: fc.subarray(["pb", "pc"], { minLength: 1 }),
  published: fc.subarray(TABLES, { minLength: 3 }),
  subscribed: fc.subarray(TABLES, { maxLength: 3 }),
  otherTables: fc.subarray(TABLES, { maxLength: 2 }),
  sequences: orNull(fc.constantFrom(
    ...[null, 1n, 50n].map((lastValue) => ({ lastValue, isReadable: true })),
    { lastValue: null, isReadable: false },
  )),
  isPartial: fc.constantFrom(false, false, true),
}).map(({ tables, publications, published, sequences, ...each }): DatabaseContent =>
  content(tables, {
    publications: publications.map((publicationName) => publication(publicationName, published)),
    subscriptions: [subscribed("s", Object.fromEntries(each.subscribed.map((one) => [one, "ready"])))],
    otherTables: new Set(each.otherTables),
    sequences: sequences && [{ schema: "public", sequence: "public.q", isDescending: false, ...sequences }],
    isPartial: each.isPartial,
  })
);

/** The catalogues of one database, as far as they were read. */
export const catalogue: fc.Arbitrary<DatabaseCatalogue> = fc.record({
  server: name,
  database: fc.constant("app"),
  content: orNull(databaseContent),
  failedBecause: orNull(fc.constantFrom("Because", "run: GRANT CONNECT ON DATABASE app TO m")),
});

/** A subscription of a database that has catalogues. */
export const follower: fc.Arbitrary<SubscriptionView> = fc.record({
  server: name,
  subscription: fc.constantFrom("s", "s#2"),
  database: fc.constant("app"),
  enabled: fc.boolean(),
  publications: fc.subarray(["pb", "pc", "pd"]),
  publisher: name,
}).map(({ server, publisher, ...fact }) => {
  const one = subscriptionView({ ...fact, name: "s" });
  const read = slot({ slot: "follower", type: "logical", plugin: "pgoutput", database: "app" });
  return { ...one, server, publisher: one.publisher && { ...one.publisher, server: publisher, slot: read } };
});
