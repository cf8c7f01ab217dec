import { replicatedTableChecks } from "../../../src/cluster/findings/replicated_tables.ts";
import { column, content, publication, table } from "../../fixtures/catalogues.ts";
import { testChecks } from "./cases.ts";
import { subscriptionScene } from "./subscription_scene.ts";

const TWO = {
  tables: content([table("public.a"), table('"S"."T b"')]).tables,
  publications: [publication("pb", ["public.a", '"S"."T b"'])],
};
const withColumns = (...columns: Parameters<typeof column>[]) =>
  content([table("public.a", { columns: columns.map((each) => column(...each)) })]).tables;

testChecks(replicatedTableChecks, [
  {
    check: "publication_missing",
    when: "it was renamed",
    view: subscriptionScene({ fact: { publications: ["old name", "pb"] } }),
    raises: ["critical standby follower"],
    says: [
      '"primary" does not have publication "old name" of subscription "follower" on "standby"',
      'publications on "primary": pb',
      "read 1 min ago",
      'on "standby", in database "app": ALTER SUBSCRIPTION follower SET PUBLICATION NAME, pb WITH (refresh = false);',
      'create it again with the same tables, on "primary", in database "shop"',
    ],
  },
  { check: "publication_missing", when: "it exists", view: subscriptionScene(), raises: [] },
  {
    check: "published_table_missing",
    when: "it was not created on the subscriber",
    view: subscriptionScene({ publisher: TWO }),
    raises: ["warning standby follower"],
    says: [
      '"standby" does not have one published table of "primary"',
      '"S"."T b"',
      'On "standby", in database "app", create "S"."T b"',
      "then ALTER SUBSCRIPTION follower REFRESH PUBLICATION;, which copies",
    ],
  },
  { check: "published_table_missing", when: "it is there", view: subscriptionScene(), raises: [] },
  {
    check: "table_not_subscribed",
    when: "the subscription was not refreshed",
    view: subscriptionScene({ publisher: TWO, subscriber: { otherTables: new Set(['"S"."T b"']) } }),
    raises: ["warning standby follower"],
    says: [
      'Subscription "follower" on "standby" ignores one published table of "primary"',
      'On "standby", in database "app": ALTER SUBSCRIPTION follower REFRESH PUBLICATION;',
    ],
  },
  {
    check: "table_not_subscribed",
    when: "refreshing would fail, or remove tables",
    view: subscriptionScene({
      publisher: {
        tables: content([table("public.a"), table("public.b"), table("public.c")]).tables,
        publications: [publication("pb", ["public.a", "public.b", "public.c"])],
      },
      subscriber: { otherTables: new Set(["public.b"]) },
      fact: { enabled: false, publications: ["pb", "gone"] },
    }),
    raises: ["warning standby follower"],
    says: [
      'On "standby", in database "app", once "primary" has publication gone, after public.c was created there, once ' +
      "the subscription is enabled: ALTER SUBSCRIPTION follower REFRESH PUBLICATION;",
    ],
  },
  { check: "table_not_subscribed", when: "it is subscribed", view: subscriptionScene(), raises: [] },
  {
    check: "table_not_published",
    when: "it left the publication",
    view: subscriptionScene({ publisher: { publications: [publication("pb", [])] } }),
    raises: ["info standby follower"],
    says: ["one table", "no longer published: public.a", "ALTER SUBSCRIPTION follower REFRESH PUBLICATION;"],
  },
  { check: "table_not_published", when: "it is published", view: subscriptionScene(), raises: [] },
  {
    check: "table_columns_differ",
    when: "a column is missing, and another has another type",
    view: subscriptionScene({
      publisher: { tables: withColumns(["id"], ["n", { type: "numeric(8,2)" }], ["w", { type: "bigint" }]) },
      subscriber: { tables: withColumns(["id"], ["w"]) },
    }),
    raises: ["warning standby follower"],
    says: [
      'One table of "primary" does not fit on "standby"',
      "public.a: column n (numeric(8,2)) is missing, column w is bigint on the publisher, integer there",
      "a change of one of them stops the subscription",
      'On "standby", in database "app": ALTER TABLE public.a ADD COLUMN n numeric(8,2); Then in public.a give w',
    ],
  },
  {
    check: "table_columns_differ",
    when: "only a type differs",
    view: subscriptionScene({
      publisher: { tables: withColumns(["id"], ["w", { type: "bigint" }]) },
      subscriber: { tables: withColumns(["id"], ["w"]) },
    }),
    raises: ["info standby follower"],
  },
  { check: "table_columns_differ", when: "the tables are the same", view: subscriptionScene(), raises: [] },
]);
