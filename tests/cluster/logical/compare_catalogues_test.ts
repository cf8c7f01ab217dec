import { assertEquals } from "@std/assert";
import { compareCatalogues, type ReplicationGaps } from "../../../src/cluster/logical/compare_catalogues.ts";
import type { CatalogueSequence, DatabaseContent } from "../../../src/domain/catalogue.ts";
import { column, content, publication, subscribed, table } from "../../fixtures/catalogues.ts";

const NOTHING: ReplicationGaps = {
  missingPublications: [],
  missingTables: [],
  unsubscribedTables: [],
  unpublishedTables: [],
  misfits: [],
  sequencesBehind: [],
};
const A = table("public.a");
const B = table("public.b");

function compare(
  publisher: Partial<DatabaseContent>,
  subscriber: Partial<DatabaseContent> = {},
  { publications = ["pb"], tables = ["public.a"] }: {
    readonly publications?: readonly string[];
    readonly tables?: readonly string[];
  } = {},
): ReplicationGaps {
  const subscription = subscribed("s", Object.fromEntries(tables.map((name) => [name, "ready" as const])));
  return compareCatalogues({
    subscription,
    publications,
    publisher: content([A, B], { publications: [publication("pb", ["public.a"])], ...publisher }),
    subscriber: content([A], { subscriptions: [subscription], ...subscriber }),
  });
}

function sequence(lastValue: bigint | null, changes: Partial<CatalogueSequence> = {}): CatalogueSequence {
  return {
    schema: "public",
    sequence: "public.q",
    lastValue,
    isDescending: false,
    isReadable: true,
    ...changes,
  };
}

Deno.test("compareCatalogues(): nothing is wrong", () => assertEquals(compare({}), NOTHING));

Deno.test("compareCatalogues(): a published table is missing, or ignored", () => {
  const publications = [publication("pb", ["public.a", "public.b"])];
  assertEquals(compare({ publications }), { ...NOTHING, missingTables: ["public.b"] });
  assertEquals(compare({ publications }, { otherTables: new Set(["public.b"]) }), {
    ...NOTHING,
    unsubscribedTables: ["public.b"],
  });
  assertEquals(compare({ publications }, { tables: content([A, B]).tables }), {
    ...NOTHING,
    unsubscribedTables: ["public.b"],
  });
});

Deno.test("compareCatalogues(): a partition that another publication publishes as its root may be missing", () => {
  const leaf = table("public.leaf", { roots: ["public.a"] });
  const publications = [
    publication("root", ["public.a"], { viaRoot: true }),
    publication("leaf", ["public.leaf"]),
  ];
  const missing = (names: readonly string[]) =>
    compare({ tables: content([A, leaf]).tables, publications }, {}, { publications: names }).missingTables;
  assertEquals([missing(["root", "leaf"]), missing(["leaf"])], [[], ["public.leaf"]]);
});

Deno.test("compareCatalogues(): what was not read whole is not missing", () => {
  const publications = [publication("pb", ["public.a", "public.b"])];
  assertEquals(compare({ publications }, { isPartial: true }), NOTHING);
  assertEquals(compare({ publications, isPartial: true }), NOTHING);
});

Deno.test("compareCatalogues(): a table is no longer published", () => {
  assertEquals(compare({ publications: [publication("pb", [])] }), {
    ...NOTHING,
    unpublishedTables: ["public.a"],
  });
  assertEquals(compare({ publications: [publication("other", ["public.a"])] }), {
    ...NOTHING,
    missingPublications: ["pb"],
  });
});

Deno.test("compareCatalogues(): of several publications each column that any of them publishes counts", () => {
  const listed = (name: string, columns: readonly string[]) =>
    publication(name, [], { tables: [{ table: "public.a", columns, hasRowFilter: false }] });
  const lacking = { tables: content([table("public.a", { columns: [column("id")] })]).tables };
  const misfits = (publications: readonly string[]) =>
    compare({ publications: [listed("p1", ["id"]), listed("p2", ["id", "v"])] }, lacking, { publications })
      .misfits.map((each) => [each.table, each.misfits.map(({ what }) => what)]);
  assertEquals(misfits(["p1"]), []);
  assertEquals(misfits(["p1", "p2"]), [["public.a", ["column v (text) is missing"]]]);
});

Deno.test("compareCatalogues(): generated columns are published from 18 on, where asked for", () => {
  const generating = table("public.a", {
    columns: [column("id"), column("g", { generated: "stored" })],
  });
  const ids = { tables: content([table("public.a", { columns: [column("id")] })]).tables };
  const count = (publishesGenerated: boolean) =>
    compare({
      tables: content([generating]).tables,
      publications: [publication("pb", ["public.a"], { publishesGenerated })],
    }, ids).misfits.length;
  assertEquals([count(false), count(true)], [0, 1]);
});

Deno.test("compareCatalogues(): sequences that the subscriber has not reached", () => {
  const behind = (publisher: CatalogueSequence, subscriber: CatalogueSequence) =>
    compare({ sequences: [publisher] }, { sequences: [subscriber] }).sequencesBehind;
  assertEquals(behind(sequence(50n), sequence(1n)), [
    { sequence: "public.q", publisher: 50n, subscriber: 1n },
  ]);
  assertEquals(behind(sequence(50n), sequence(null)).length, 1);
  assertEquals(behind(sequence(50n), sequence(50n)), []);
  assertEquals(behind(sequence(50n), sequence(51n)), []);
  assertEquals(behind(sequence(null), sequence(1n)), []);
  assertEquals(behind(sequence(-5n, { isDescending: true }), sequence(-1n)).length, 1);
  assertEquals(behind(sequence(50n), sequence(null, { isReadable: false })), []);
  assertEquals(behind(sequence(50n), sequence(1n, { sequence: "public.other" })), []);
  assertEquals(compare({ sequences: [sequence(5n)] }, { sequences: null }).sequencesBehind, []);
});
