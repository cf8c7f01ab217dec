import { assertEquals, assertRejects } from "@std/assert";
import type { CollectContext } from "../../src/collectors/collector.ts";
import { readFacts } from "../../src/collectors/read_facts.ts";
import { requireNumber, type Row } from "../../src/postgres/decode.ts";

const statements = [{ from: 130000, until: 150000, sql: "old" }, { from: 150000, sql: "new" }];
const decode = (row: Row) => requireNumber(row, "n");

function contextOf(versionNum: number, rows: readonly Row[], asked: unknown[]): CollectContext {
  return {
    versionNum,
    role: "primary",
    query: (...question) => {
      asked.push(question);
      return Promise.resolve(rows);
    },
  };
}

Deno.test("readFacts() sends the version's statement and decodes each row", async () => {
  const asked: unknown[] = [];
  const context = contextOf(149999, [{ n: "1" }, { n: "2" }], asked);
  assertEquals(await Array.fromAsync(readFacts(context, { statements, decode })), [1, 2]);
  assertEquals(asked, [["old", {}]]);
});

Deno.test("readFacts() passes its own timeout on", async () => {
  const asked: unknown[] = [];
  const context = contextOf(150000, [], asked);
  const options = { statements, decode, statementTimeoutSeconds: 0.5 };
  assertEquals(await Array.fromAsync(readFacts(context, options)), []);
  assertEquals(asked, [["new", { statementTimeoutSeconds: 0.5 }]]);
});

Deno.test("readFacts() asks nothing when the version has no statement", async () => {
  const asked: unknown[] = [];
  const context = contextOf(120000, [{ n: "1" }], asked);
  assertEquals(await Array.fromAsync(readFacts(context, { statements, decode })), []);
  assertEquals(asked, []);
});

Deno.test("readFacts() fails on a row that is not what the statement promises", async () => {
  const context = contextOf(150000, [{ n: null }], []);
  await assertRejects(
    () => Array.fromAsync(readFacts(context, { statements, decode })),
    TypeError,
    'Cannot decode column "n": expected a value, got NULL',
  );
});
