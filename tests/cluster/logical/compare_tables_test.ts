import { assertEquals } from "@std/assert";
import { compareTables, hasUsableIdentity } from "../../../src/cluster/logical/compare_tables.ts";
import type { CatalogueColumn, CatalogueTable } from "../../../src/domain/catalogue.ts";
import { column, table } from "../../fixtures/catalogues.ts";

const ID = column("id", { isNotNull: true });

/** What does not fit, as `what | stops | fix`. */
function misfits(
  source: Partial<CatalogueTable>,
  target: Partial<CatalogueTable>,
  { published, isBinary = false, hasChangesOfRows = true }: {
    readonly published?: readonly string[];
    readonly isBinary?: boolean;
    readonly hasChangesOfRows?: boolean;
  } = {},
): readonly string[] {
  const from = table("public.t", source);
  const columns = new Set(
    published ?? from.columns.filter((each) => each.generated === "").map(({ name }) => name),
  );
  return compareTables({ table: from, columns, hasChangesOfRows }, table("public.t", target), { isBinary })
    .map(({ what, stops, fix }) => `${what} | ${stops} | ${fix}`);
}

/** The same of one column `c`. */
function ofColumn(
  from: Partial<CatalogueColumn> | null,
  to: Partial<CatalogueColumn> | null,
  isBinary = false,
) {
  const columns = (changes: Partial<CatalogueColumn> | null) =>
    changes === null ? [ID] : [ID, column("c", changes)];
  return misfits({ columns: columns(from) }, { columns: columns(to) }, { isBinary });
}

Deno.test("compareTables(): equal tables fit, and so does a wider type", () => {
  assertEquals(misfits({}, {}), []);
  const fitting = [
    ["integer", "bigint"],
    ["smallint", "numeric"],
    ["numeric(10,2)", "numeric"],
    ["numeric(10,2)", "numeric(12,2)"],
    ["character varying(10)", "character varying(20)"],
    ["character varying(10)", "text"],
    ["timestamp(3) without time zone", "timestamp without time zone"],
    ["json", "jsonb"],
    ["real", "double precision"],
  ] as const;
  for (const [type, wider] of fitting) {
    assertEquals(ofColumn({ type }, { type: wider }), [], `${type} into ${wider}`);
    assertEquals(ofColumn({ type }, { type: wider }, true), [
      `column c is ${type} on the publisher, ${wider} there | true | give c the type ${type}`,
    ]);
  }
});

Deno.test("compareTables(): another type may not hold every value", () => {
  const narrow = [
    ["bigint", "integer"],
    ["text", "integer"],
    ["numeric", "numeric(10,2)"],
    ["numeric(10,2)", "numeric(10,1)"],
    ["character varying", "character varying(20)"],
    ["character varying(20)", "character varying(10)"],
    ["double precision", "real"],
    ["public.mood", "public.color"],
  ] as const;
  for (const [type, narrower] of narrow) {
    assertEquals(ofColumn({ type }, { type: narrower }), [
      `column c is ${type} on the publisher, ${narrower} there | false | give c the type ${type}`,
    ]);
  }
});

Deno.test("compareTables(): a column that is missing, generated, or gets no value", () => {
  assertEquals(ofColumn({ type: "text" }, null), [
    "column c (text) is missing | true | ALTER TABLE public.t ADD COLUMN c text;",
  ]);
  assertEquals(ofColumn({}, { generated: "stored" }), [
    "column c is generated there | true | ALTER TABLE public.t ALTER COLUMN c DROP EXPRESSION;",
  ]);
  assertEquals(ofColumn({}, { generated: "virtual" }), [
    "column c is generated there | true | make c an ordinary column",
  ]);
  assertEquals(ofColumn(null, { isNotNull: true }), [
    "column c gets no value, and is NOT NULL there | true | ALTER TABLE public.t ALTER COLUMN c DROP NOT NULL;",
  ]);
  assertEquals(ofColumn(null, {}), []);
  assertEquals(ofColumn(null, { isNotNull: true, hasDefault: true }), []);
  assertEquals(ofColumn(null, { isNotNull: true, generated: "stored" }), []);
  assertEquals(ofColumn({ generated: "stored" }, {}), [
    "column c is generated on the publisher, and stays empty there | false | generate c there too",
  ]);
  assertEquals(ofColumn({ generated: "stored" }, { generated: "stored" }), []);
});

Deno.test("compareTables(): a column that is not in the column list stays as it is", () => {
  assertEquals(misfits({}, {}, { published: ["id"] }), []);
  assertEquals(misfits({}, { columns: [ID] }, { published: ["id"] }), []);
});

Deno.test("compareTables(): rows to change are found by a key that the publisher sends", () => {
  const noKey = { key: [] };
  assertEquals(misfits({}, noKey), [
    "it has no primary key there | true | ALTER TABLE public.t ADD PRIMARY KEY (id);",
  ]);
  assertEquals(misfits({}, { key: ["id", "v"] }), [
    "its key there has columns that are not in the publisher's: v | true | make (id) its primary key",
  ]);
  assertEquals(misfits({}, noKey, { hasChangesOfRows: false }), []);
  assertEquals(misfits({ identity: "full", key: [] }, noKey), []);
  assertEquals(misfits(noKey, noKey), [], "the publisher itself refuses it");
  assertEquals(misfits({}, { ...noKey, isPartitioned: true }), [], "its partitions have the keys");
});

Deno.test("hasUsableIdentity(): a key, an index, or the whole row", () => {
  assertEquals(
    [
      table("s.t"),
      table("s.t", { key: [] }),
      table("s.t", { identity: "index", key: ["v"] }),
      table("s.t", { identity: "index", key: [] }),
      table("s.t", { identity: "full", key: [] }),
      table("s.t", { identity: "nothing" }),
      table("s.t", { isPartitioned: true, key: [], hasIdentifiedPartitions: true }),
      table("s.t", { isPartitioned: true, hasIdentifiedPartitions: false }),
      table("s.t", { isPartitioned: true, key: [] }),
    ].map(hasUsableIdentity),
    [true, false, true, false, true, false, true, false, true],
  );
});
