import { assert, assertEquals } from "@std/assert";
import {
  publicationsSql,
  publishedTablesSql,
  sequencesSql,
  subscribedTablesSql,
  TABLE_NAMES_SQL,
  tablesSql,
} from "../../src/databases/catalogue_sql.ts";

Deno.test("nothing that locks a table of users is called", () => {
  const statements = [130000, 140000, 150000, 180000].flatMap((version) => [
    publicationsSql(version),
    publishedTablesSql(version),
    subscribedTablesSql(version),
  ]);
  for (const sql of [...statements, tablesSql(["1", "2"]), TABLE_NAMES_SQL, sequencesSql(["1"])]) {
    assert(
      !/pg_publication_tables|pg_get_publication_tables|pg_partition_tree|regclass|pg_get_expr/.test(sql),
      sql,
    );
  }
});

Deno.test("what a major version lacks is not asked for", () => {
  const has = (word: string) =>
    [130000, 140000, 150000, 170000, 180000].map((version) =>
      (publicationsSql(version) + publishedTablesSql(version) + subscribedTablesSql(version)).includes(word)
    );
  assertEquals(has("p.pubgencols = "), [false, false, false, false, true]);
  assertEquals(has("pg_publication_namespace"), [false, false, true, true, true]);
  assertEquals(has("prattrs"), [false, false, true, true, true]);
  assertEquals(has("r.srsubid = s.oid"), [false, true, true, true, true]);
});
