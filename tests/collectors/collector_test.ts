import { assertEquals } from "@std/assert";
import { statementFor } from "../../src/collectors/collector.ts";

const statements = [
  { until: 140000, sql: "old" },
  { from: 140000, until: 170000, sql: "middle" },
  { from: 170000, sql: "new" },
];

Deno.test("statementFor() takes the range that holds the version, its end not included", () => {
  assertEquals(statementFor(statements, 130023), "old");
  assertEquals(statementFor(statements, 140000), "middle");
  assertEquals(statementFor(statements, 169999), "middle");
  assertEquals(statementFor(statements, 170000), "new");
  assertEquals(statementFor(statements, 990000), "new");
});

Deno.test("statementFor() says null when the version has none", () => {
  assertEquals(statementFor(statements.slice(1), 130023), null);
  assertEquals(statementFor([], 180004), null);
});
