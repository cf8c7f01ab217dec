import { assertEquals } from "@std/assert";
import { MOST_MEMBERS, MOST_OTHER_NAMES, MOST_TABLES } from "../../src/databases/catalogue_sql.ts";
import {
  type CatalogueRows,
  decodeCatalogue,
  tablesConcerned,
} from "../../src/databases/decode_catalogue.ts";
import type { Row } from "../../src/postgres/decode.ts";

const PUBLICATION: Row = {
  pubname: "pb",
  puballtables: "f",
  pubinsert: "t",
  pubupdate: "t",
  pubdelete: "f",
  pubtruncate: "f",
  pubviaroot: "t",
  pubgencols: "f",
};
const TABLE: Row = {
  rel: "20000",
  nspname: "public",
  relname: "A b",
  is_partitioned: "f",
  relreplident: "i",
  has_identified_partitions: null,
  roots: '[["S","R"]]',
  key: '["id","K ü"]',
  candidate: "u",
  columns: '[["1","id","integer","true","","true"],["3","K ü","text","false","s","false"]]',
};
const member = (changes: Row = {}): Row => ({
  pubname: "pb",
  rel: "20000",
  is_filtered: "f",
  attributes: null,
  ...changes,
});
const NONE: CatalogueRows = {
  publications: [],
  published: [],
  subscribed: [],
  tables: [],
  names: [],
  sequences: [],
};
const decode = (rows: Partial<CatalogueRows>) => decodeCatalogue({ ...NONE, ...rows });

Deno.test("decodeCatalogue(): an empty database", () => {
  assertEquals(decode({}), {
    publications: [],
    subscriptions: [],
    tables: new Map(),
    otherTables: new Set<string>(),
    sequences: [],
    isPartial: false,
  });
});

Deno.test("decodeCatalogue(): publications, their tables and columns", () => {
  const { publications, tables, isPartial } = decode({
    publications: [PUBLICATION],
    published: [member({ attributes: "1 3", is_filtered: "t" })],
    tables: [TABLE],
  });
  assertEquals(publications, [{
    name: "pb",
    hasAllTables: false,
    actions: ["insert", "update"],
    viaRoot: true,
    publishesGenerated: false,
    tables: [{ table: 'public."A b"', columns: ["id", "K ü"], hasRowFilter: true }],
  }]);
  assertEquals([...tables], [['public."A b"', {
    schema: "public",
    table: "A b",
    isPartitioned: false,
    hasIdentifiedPartitions: null,
    roots: ['"S"."R"'],
    identity: "index",
    key: ["id", "K ü"],
    candidateIndex: "u",
    columns: [
      { name: "id", type: "integer", isNotNull: true, generated: "", hasDefault: true },
      { name: "K ü", type: "text", isNotNull: false, generated: "stored", hasDefault: false },
    ],
  }]]);
  assertEquals(isPartial, false);
});

Deno.test("decodeCatalogue(): a table without columns and keys", () => {
  const bare = { ...TABLE, key: null, columns: null, candidate: null, roots: null, relreplident: "n" };
  const { tables } = decode({ tables: [bare] });
  assertEquals([...tables.values()].map(({ identity, key, columns }) => [identity, key, columns]), [
    ["nothing", [], []],
  ]);
});

Deno.test("decodeCatalogue(): subscriptions, with and without tables", () => {
  const row = { subname: "s", subbinary: "f", rel: "20000", state: "d" };
  const { subscriptions, otherTables } = decode({
    subscribed: [row, { ...row, subname: "empty", subbinary: "t", rel: null, state: null }],
    tables: [TABLE],
    names: [{ nspname: "public", relname: "A b" }, { nspname: "public", relname: "other" }],
  });
  assertEquals(subscriptions, [
    { subscription: "s", isBinary: false, tables: new Map([['public."A b"', "copying" as const]]) },
    { subscription: "empty", isBinary: true, tables: new Map() },
  ]);
  assertEquals([...otherTables], ["public.other"]);
});

Deno.test("decodeCatalogue(): sequences, read or locked", () => {
  const row = {
    nspname: "S",
    relname: "q",
    is_descending: "f",
    is_readable: "t",
    last_value: "9007199254740993",
  };
  assertEquals(decode({ sequences: [row] }).sequences, [{
    schema: "S",
    sequence: '"S".q',
    lastValue: 9007199254740993n,
    isDescending: false,
    isReadable: true,
  }]);
  assertEquals(decode({ sequences: [{ ...row, last_value: null }] }).sequences?.[0]?.lastValue, null);
  assertEquals(decode({ sequences: null }).sequences, null);
});

Deno.test("decodeCatalogue(): too many tables, memberships or names are partial", () => {
  const many = (count: number, from = 0) =>
    Array.from({ length: count }, (_, index) => member({ rel: String(from + index) }));
  assertEquals(tablesConcerned({ published: many(MOST_TABLES + 1), subscribed: [] }).length, MOST_TABLES);
  assertEquals(tablesConcerned({ published: many(2), subscribed: many(3) }), ["0", "1", "2"]);
  const isPartial = (rows: Partial<CatalogueRows>) =>
    decode({ publications: [PUBLICATION], ...rows }).isPartial;
  assertEquals(isPartial({ published: many(MOST_TABLES) }), false);
  assertEquals(isPartial({ published: many(MOST_TABLES + 1) }), true);
  assertEquals(isPartial({ published: Array.from({ length: MOST_MEMBERS + 1 }, () => member()) }), true);
  const names = Array.from(
    { length: MOST_OTHER_NAMES + 1 },
    (_, index) => ({ nspname: "s", relname: `t${index}` }),
  );
  assertEquals([isPartial({ names: names.slice(1) }), isPartial({ names })], [false, true]);
});

Deno.test("decodeCatalogue(): a table that was dropped meanwhile is left out", () => {
  const { publications } = decode({ published: [member()], publications: [PUBLICATION] });
  assertEquals(publications.map(({ tables }) => tables), [[]]);
});
