import { assertEquals, assertStringIncludes } from "@std/assert";
import {
  confirmedSql,
  copiedSql,
  publishedSql,
  receivedSql,
  subscribedSql,
} from "../../src/consistency/published_sql.ts";

const name = { schema: "it's", table: "a\\b" };

Deno.test("publishedSql() asks for row filters, lists and schemas from 15, for generated columns from 18", () => {
  for (const versionNum of [130_000, 149_999, 150_000, 180_000]) {
    const sql = publishedSql(name, { publications: ["it's", "b"], versionNum });
    assertStringIncludes(sql, "p.pubname IN ('it''s', 'b')");
    assertStringIncludes(sql, "nspname = 'it''s' AND c.relname =  E'a\\\\b'");
    for (const since15 of ["prqual", "prattrs", "pg_publication_namespace"]) {
      assertEquals(sql.includes(since15), versionNum >= 150_000, since15);
    }
    assertEquals(sql.includes("pubgencols"), versionNum >= 180_000);
    assertEquals(sql.includes("pg_publication_tables"), false, "it locks every published table");
  }
  assertStringIncludes(publishedSql(name, { publications: [], versionNum: 150_000 }), "IN (NULL)");
});

Deno.test("subscribedSql() knows schemas that are published from 15", () => {
  const sqlOf = (versionNum: number) => subscribedSql(name, { subscription: "5", versionNum });
  assertEquals([140_000, 150_000].map((each) => sqlOf(each).includes("pg_publication_namespace")), [
    false,
    true,
  ]);
  assertStringIncludes(sqlOf(140_000), "r.srsubid = 5");
});

Deno.test("a table is copied when it is, or when all of its partitions are", () => {
  const options = { subscription: "5", byPartition: false };
  assertStringIncludes(copiedSql("7", options), "(SELECT 7::oid AS relid) AS leaf");
  assertStringIncludes(copiedSql("7", { ...options, byPartition: true }), "pg_partition_tree(7)");
});

Deno.test("positions are asked for by OID and by the slot's name", () => {
  assertStringIncludes(receivedSql("5"), "s.subid = 5 AND s.relid IS NULL");
  assertStringIncludes(confirmedSql("it's"), "slot_name = 'it''s'");
});
