import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import {
  committedSql,
  describeSql,
  keyAtSql,
  keySql,
  lookUpSql,
  perhapsCommittingSql,
  rowsSql,
  sqlName,
  sumSql,
  WHOLE_TABLE,
} from "../../src/consistency/table_sql.ts";

const name = { schema: "order", table: 'my "t"' };
const key = [
  { name: "a", type: "integer", isCollated: false },
  { name: 'b"c', type: "character varying(3)", isCollated: true },
];
const table = { name, identity: "t", estimatedRows: null, isPartitioned: false, key };
const range = { after: ["1", "O'Neil"], upTo: ["2", "a\\b"] };

Deno.test("sqlName() quotes reserved words and quotes", () => {
  assertEquals(sqlName(name), '"order"."my ""t"""');
  assertStringIncludes(
    describeSql({ schema: "it's", table: "a\\b" }),
    `nspname = 'it''s' AND c.relname =  E'a\\\\b'`,
  );
});

Deno.test("a range has the columns' types, excludes its first key and includes its last", () => {
  const sql = sumSql(table, { range, limit: 7 });
  assertStringIncludes(
    sql,
    `WHERE ROW(t."a", t."b""c") > ROW('1'::integer, 'O''Neil'::character varying(3)) AND ` +
      `ROW(t."a", t."b""c") <= ROW('2'::integer,  E'a\\\\b'::character varying(3)) LIMIT 7`,
  );
  assertStringIncludes(sql, 'FROM ONLY "order"."my ""t""" AS t');
  assertEquals(sumSql(table, { range: WHOLE_TABLE, limit: 7 }).includes("ROW("), false);
  assertEquals(sumSql({ ...table, isPartitioned: true }, { range, limit: 7 }).includes("ONLY"), false);
});

Deno.test("rows and keys are ordered by the key, looked up rows are not", () => {
  assertMatch(rowsSql(table, { range, limit: 7 }), /ORDER BY t\."a", t\."b""c" LIMIT 7/);
  assertMatch(keyAtSql(table, { range, offset: 9 }), /ORDER BY t\."a", t\."b""c" OFFSET 9 LIMIT 1$/);
  const sql = lookUpSql(table, [
    { key: ["1", "x"], versions: ["16399 (0,1) 700", "16399 (0,2) 701"] },
    { key: ["2", "y"], versions: ["16399 (49,12) 702"] },
  ]);
  assertStringIncludes(
    sql,
    "t.ctid = ANY (ARRAY['(0,1)'::pg_catalog.tid, '(0,2)'::pg_catalog.tid, '(49,12)'::pg_catalog.tid]) AND",
  );
  assertStringIncludes(sql, `(t."a"::text || '', t."b""c"::text || '') IN (('1', 'x'), ('2', 'y'))`);
  assertEquals(sql.includes("ORDER BY"), false);
});

Deno.test("transactions are queried by 64-bit id, keys by oid", () => {
  assertStringIncludes(committedSql(["5", "6"]), "('5'::xid8), ('6'::xid8)");
  assertStringIncludes(perhapsCommittingSql(["5"]), "FROM (VALUES ('5'::xid8)) AS v(xid)");
  assertStringIncludes(keySql("4711"), "i.indrelid = 4711");
  assertEquals(keySql("4711").includes("<> ALL"), false);
  assertStringIncludes(keySql("4711", [1, 3]), "OR n.attnum <> ALL ('{1,3}'::int2[])");
});

Deno.test("what is compared of a table: values, rows, a key by its bytes, and whether all was copied", () => {
  const [a, b] = key;
  assert(a !== undefined && b !== undefined);
  const published = {
    ...table,
    key: [a, { ...b, isOrderedByBytes: true }],
    values: ['t."a"', "NULL"],
    filter: "(a > 1) OR (a < 0)",
    readyWhen: "false",
  };
  const sql = rowsSql(published, { range, limit: 7 });
  assertStringIncludes(sql, 'hashtextextended(ROW(t."a", NULL)::text, 0)');
  assertStringIncludes(
    sql,
    ' AND ((a > 1) OR (a < 0)) ORDER BY t."a", (t."b""c" COLLATE pg_catalog."C") LIMIT 7',
  );
  assertStringIncludes(sql, "false AS is_ready");
  assertStringIncludes(sumSql(table, { range, limit: 7 }), "hashtextextended((t.*)::text, 0)");
});
