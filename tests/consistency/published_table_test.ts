import { assertEquals } from "@std/assert";
import { describePublished, type SubscriptionEnds } from "../../src/consistency/published_table.ts";
import type { Row } from "../../src/postgres/decode.ts";

const PUBLICATION: Row = {
  pubname: "pb",
  via_root: "f",
  is_partitioned: "f",
  has_all_actions: "t",
  is_own: "t",
  root: null,
  filter: null,
  columns: null,
  is_part_restricted: "f",
  has_generated: "f",
  is_subscribed: "f",
};
const SUBSCRIBED: Row = {
  oid: "7",
  is_partitioned: "f",
  may_use_schema: "t",
  may_select: "t",
  is_published: "f",
  state: "r",
  others: null,
};
const DESCRIBED: Row = {
  oid: "9",
  kind: "r",
  persistence: "p",
  may_use_schema: "t",
  may_select: "t",
  has_unreplicated_part: "f",
  database: "5",
  estimated_rows: "3",
  wal_page: "8192",
  wal_segment: "16777216",
};

const column = (number: number, name: string, type: string, more: Row = {}): Row => ({
  number: String(number),
  name,
  type,
  base: type.replace(/\(.*/, ""),
  is_built_in: "t",
  is_enum: "f",
  generated: "",
  ...more,
});

interface Scene {
  readonly publications?: readonly Row[];
  readonly subscribed?: readonly Row[];
  readonly columns?: readonly Row[];
  readonly others?: readonly Row[];
  readonly key?: readonly string[];
  readonly origin?: string;
}

async function describe(
  { publications = [PUBLICATION], subscribed = [SUBSCRIBED], key = ["id"], origin, ...scene }: Scene = {},
) {
  const columns = scene.columns ?? [column(1, "id", "int4"), column(2, "n", "int4")];
  const types = new Map(columns.map((each) => [each["name"], each["type"]]));
  const keyRows = key.map((name) => ({
    ...{ name, type: types.get(name) ?? "", is_usable: "t" },
    is_collated: types.get(name) === "text" ? "t" : "f",
  }));
  const answer = (own: readonly Row[]) => (sql: string) =>
    Promise.resolve(
      sql.includes("attgenerated")
        ? own
        : sql.includes("pg_index")
        ? keyRows
        : sql.includes("wal_block_size")
        ? [DESCRIBED]
        : sql.includes("pubviaroot")
        ? publications
        : subscribed,
    );
  const end = { user: "monitor", versionNum: 150_000 };
  const ends: SubscriptionEnds = {
    subscription: {
      ...{ name: "orders", oid: "5", database: "app", slot: "orders", publisherDatabase: "shop" },
      ...{ publications: ["pb"], origin: origin ?? null },
    },
    publisher: { ...end, query: answer(columns), where: '"primary", in database "shop"' },
    subscriber: { ...end, query: answer(scene.others ?? columns), where: '"sub", in database "app"' },
  };
  return await describePublished(ends, { schema: "public", table: "t" });
}

const failureOf = async (scene: Scene) => {
  const error = await describe(scene).catch((error) => error);
  return [error?.verdict, error?.message];
};
const keyOf = async (scene: Scene) =>
  (await describe(scene))?.published.table.key.map(({ name, type, isOrderedByBytes }) =>
    `${name} ${type}${isOrderedByBytes === true ? " by bytes" : ""}`
  );

Deno.test("describePublished(): the published columns by name, of the rows that any filter lets through", async () => {
  const filtered = [{ ...PUBLICATION, filter: "(id > 1)" }, { ...PUBLICATION, filter: "(n = 2)" }];
  const found = await describe({
    publications: filtered.map((each) => ({ ...each, columns: "2 1" })),
    columns: [column(1, "id", "int4"), column(2, "n", "int4"), column(3, "hidden", "int4")],
    others: [column(1, "mine", "text"), column(2, "n", "int4"), column(4, "id", "int4")],
  });
  assertEquals(found?.published.table.columns, ["id", "n"]);
  assertEquals(found?.published.table.values, ['t."id"', 't."n"']);
  assertEquals(found?.subscribed.values, ['t."id"', 't."n"']);
  assertEquals(found?.published.table.filter, "((id > 1)) OR ((n = 2))");
  assertEquals((await describe({ publications: [PUBLICATION, ...filtered] }))?.published.table.filter, null);
  assertEquals(await describe({ publications: [] }), null);
});

Deno.test("describePublished(): generated columns are compared where they are published", async () => {
  const columns = [column(1, "id", "int4"), column(2, "g", "int4", { generated: "s" })];
  const namesOf = async (publication: Row) =>
    (await describe({ columns, publications: [publication] }))?.published.table.columns;
  assertEquals(await namesOf(PUBLICATION), ["id"]);
  assertEquals(await namesOf({ ...PUBLICATION, has_generated: "t" }), ["id", "g"]);
  assertEquals(await namesOf({ ...PUBLICATION, columns: "1 2" }), ["id", "g"]);
});

Deno.test("describePublished(): other types are compared as the subscriber shows the text that is sent", async () => {
  const text = (name: string) =>
    `CASE WHEN t."${name}" IS NOT NULL THEN pg_catalog.format('%s', t."${name}") END`;
  const valuesOf = async (own: Row, other: Row) => {
    const found = await describe({
      columns: [column(1, "id", "int4"), own],
      others: [column(1, "id", "int4"), other],
    });
    return [found?.published.table.values?.[1], found?.subscribed.values?.[1]];
  };
  assertEquals(await valuesOf(column(2, "n", "json"), column(2, "n", "jsonb")), [
    `${text("n")}::jsonb`,
    't."n"',
  ]);
  const enumeration = { is_built_in: "f", is_enum: "t" };
  assertEquals(await valuesOf(column(2, "n", "text"), column(2, "n", "public.mood", enumeration)), [
    text("n"),
    text("n"),
  ]);
  assertEquals(
    await valuesOf(column(2, "n", "a.citext", { base: "citext", is_built_in: "f" }), {
      ...column(2, "n", "b.citext", { base: "citext", is_built_in: "f" }),
    }),
    [text("n"), text("n")],
  );
  assertEquals(await valuesOf(column(2, "n", "timestamptz"), column(2, "n", "timestamptz(3)")), [
    `${text("n")}::timestamptz(3)`,
    't."n"',
  ]);
  for (const [type, other] of [["timestamp", "timestamptz"], ["money", "numeric"]] as const) {
    const error = await valuesOf(column(2, "n", type), column(2, "n", other)).catch((error) => error);
    assertEquals(
      error.message,
      `Column "n" is ${type} on the publisher and ${other} on the subscriber: their texts are not comparable`,
    );
  }
});

Deno.test("describePublished(): a key is one that both servers order alike", async () => {
  const on = (type: string, other = type, more: Row = {}) =>
    keyOf({ columns: [column(1, "id", type, more)], others: [column(1, "id", other, more)] });
  assertEquals(await on("int4", "int8"), ["id bigint"]);
  assertEquals(await on("int4"), ["id int4"]);
  assertEquals(await on("text", "varchar(5)"), ["id text by bytes"]);
  assertEquals(await on("uuid"), ["id uuid"]);
  assertEquals(await on("int4", "text"), []);
  assertEquals(await on("public.mood", "public.mood", { is_built_in: "f", is_enum: "t" }), []);
});

Deno.test("describePublished(): what is not to be equal is not compared", async () => {
  const onSub = '"sub", in database "app"';
  for (
    const [scene, verdict, reason] of [
      [{ subscribed: [] }, "skipped", `public.t does not exist on ${onSub}`],
      [
        { subscribed: [{ ...SUBSCRIBED, may_select: "f" }] },
        "failed",
        `Role "monitor" may not read public.t; run on ${onSub}: GRANT SELECT ON public.t TO monitor`,
      ],
      [
        { subscribed: [{ ...SUBSCRIBED, state: "d" }] },
        "skipped",
        "public.t is being copied: its initial copy is under way",
      ],
      [
        { subscribed: [{ ...SUBSCRIBED, state: null }] },
        "skipped",
        `Subscription "orders" does not have public.t yet; on ${onSub}: ALTER SUBSCRIPTION "orders" REFRESH PUBLICATION`,
      ],
      [
        { subscribed: [{ ...SUBSCRIBED, others: "second" }] },
        "skipped",
        "public.t also has the rows of another subscription: second",
      ],
      [
        { publications: [{ ...PUBLICATION, has_all_actions: "f" }] },
        "skipped",
        'Publication "pb" does not publish every kind of change, so its subscribers are not to have the same rows',
      ],
      [
        { publications: [{ ...PUBLICATION, via_root: "t", root: "public.r" }] },
        "skipped",
        "public.t is published as public.r: name that in --consistency.table",
      ],
      [
        { publications: [{ ...PUBLICATION, is_partitioned: "t", is_part_restricted: "t" }] },
        "skipped",
        "public.t is published by partition, with row filters or lists of columns: name the partitions in --consistency.table",
      ],
      [
        { publications: [{ ...PUBLICATION, is_subscribed: "t" }], origin: "none" },
        "skipped",
        "The publisher subscribes to the table too, and with origin = none the subscription does not get all of its rows",
      ],
      [
        { others: [column(1, "id", "int4")] },
        "failed",
        `Column "n" is published, and missing on ${onSub}`,
      ],
    ] as const
  ) assertEquals(await failureOf(scene), [verdict, reason]);
});

Deno.test("describePublished(): the rows of several subscriptions are told apart by a row filter", async () => {
  const filtered = { ...PUBLICATION, filter: "(id > 1)" };
  const subscribed = [{ ...SUBSCRIBED, others: "second" }];
  assertEquals(
    (await describe({ publications: [filtered], subscribed }))?.published.table.filter,
    "((id > 1))",
  );
});
