import { assertEquals } from "@std/assert";
import { compareRange, compareSums, readThrice } from "../../src/consistency/compare_range.ts";
import type { RangeSums } from "../../src/consistency/server_table.ts";
import { WHOLE_TABLE } from "../../src/consistency/table_sql.ts";
import { modelOf } from "./model.ts";

const sums = (changes: Partial<RangeSums> = {}): RangeSums => ({
  inRecovery: false,
  insertPosition: 1n,
  flushPosition: 1n,
  running: [],
  rows: 3,
  content: "12",
  versions: "34",
  ...changes,
});

for (
  const [when, readings, outcome] of [
    ["all are equal", {}, "equal"],
    ["only the standby's versions differ", { shown: sums({ versions: "0" }) }, "equal"],
    ["the content differs", { shown: sums({ content: "13" }) }, "unequal"],
    ["the number differs", { shown: sums({ rows: 4 }) }, "unequal"],
    ["the primary changed", { after: sums({ content: "13" }) }, "moved"],
    ["the primary changed a row and changed it back", { after: sums({ versions: "35" }) }, "moved"],
    ["the primary deleted a row", { after: sums({ rows: 2 }) }, "moved"],
  ] as const
) {
  Deno.test(`compareSums(): ${when}`, () => {
    const { outcome: found } = compareSums({ before: sums(), shown: sums(), after: sums(), ...readings });
    assertEquals(found, outcome);
  });
}

Deno.test("readThrice() reads the standby only when it has replayed the position", async () => {
  const model = modelOf(5);
  model.commit(9, "asynchronous"); // Not flushed: without isStrict nothing waits for it.
  const read = (isStrict: boolean) =>
    readThrice(model.pair, { isStrict, read: (server) => server.sum(WHOLE_TABLE, 100) });
  model.isApplying = false;
  assertEquals((await read(false)).shown.rows, 5);
  model.isApplying = true;
  const { before, shown, after } = await read(true);
  assertEquals([before.rows, shown.rows, after.rows], [6, 6, 6]);
});

Deno.test("readThrice() does not compare with a primary that is in recovery", async () => {
  const { pair } = modelOf(5);
  const error = await readThrice(pair, {
    isStrict: true,
    read: async (server) => ({
      ...await server.sum(WHOLE_TABLE, 9),
      insertPosition: null,
      flushPosition: null,
    }),
  }).catch((error) => error);
  assertEquals([error.verdict, error.message], ["skipped", "The primary is now in recovery"]);
});

Deno.test("compareRange() fails on too many rows of the primary, and finds too many rows of the standby different", async () => {
  const model = modelOf(5);
  const compare = (limit: number) => compareRange(model.pair, { range: WHOLE_TABLE, limit, isStrict: true });
  assertEquals((await compare(6)).outcome, "equal");
  assertEquals((await compare(5).catch((error) => error)).verdict, "failed");
  for (let key = 10; key < 20; key++) model.damage.set(key, "x");
  assertEquals(await compare(6), { outcome: "unequal", primaryRows: 5, standbyRows: 6 });
});
