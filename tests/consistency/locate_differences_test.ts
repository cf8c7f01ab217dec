import { assertEquals, assertStringIncludes } from "@std/assert";
import * as fc from "fast-check";
import { checkPart } from "../../src/consistency/check_part.ts";
import { locateDifferences } from "../../src/consistency/locate_differences.ts";
import { SUBSCRIBER_ROLES } from "../../src/consistency/server_table.ts";
import { WHOLE_TABLE } from "../../src/consistency/table_sql.ts";
import { type Model, modelOf, TABLE } from "./model.ts";

const suspicionOf = (rows: number) => ({
  range: WHOLE_TABLE,
  comparison: { outcome: "unequal" as const, primaryRows: rows, standbyRows: rows },
  limit: 100_000,
});
const keysOf = async (model: Model, rows: number) =>
  (await locateDifferences(model.pair, suspicionOf(rows)))?.map(({ key }) => key.join());

Deno.test("locateDifferences() halves the range until it can read row by row", async () => {
  const model = modelOf(3000);
  model.damage.set(2999, null);
  assertEquals(await keysOf(model, 3000), ["2999"]);
  model.damage.set(0, "x");
  assertEquals(await keysOf(model, 3000), ["0"]);
});

Deno.test("locateDifferences() halves on the server that has more rows", async () => {
  const model = modelOf(0);
  for (let key = 0; key < 2000; key++) model.damage.set(key, "x");
  const suspicion = {
    ...suspicionOf(0),
    comparison: { outcome: "unequal" as const, primaryRows: 0, standbyRows: 2000 },
  };
  const found = await locateDifferences(model.pair, suspicion);
  assertEquals([found?.[0]?.key, (found?.length ?? 0) <= 100], [["0"], true]);
});

Deno.test("locateDifferences() drops a difference that is gone", async () => {
  assertEquals(await locateDifferences(modelOf(3000).pair, suspicionOf(3000)), null);
  assertEquals(await locateDifferences(modelOf(3).pair, suspicionOf(3)), null);
});

Deno.test("locateDifferences() never confirms changes in transit, of rows that keep changing", async () => {
  let dropped = 0;
  const settings = fc.record({
    seed: fc.nat(),
    bustle: fc.constantFrom(1, 2, 3),
    keys: fc.constantFrom(1, 2, 4),
  });
  const property = fc.asyncProperty(settings, async ({ seed, bustle, keys }) => {
    const model = Object.assign(modelOf(keys, seed), { bustle, keys });
    const found = await locateDifferences(model.pair, suspicionOf(keys)).catch((error) => {
      if (["busy", "skipped"].includes(error.verdict)) return null;
      throw error;
    });
    assertEquals(found, null);
    dropped++;
  });
  await fc.assert(property, { numRuns: 4000, seed: 7 });
  await fc.assert(property, { numRuns: 2000 });
  assertEquals(dropped, 6000);
});

Deno.test("locateDifferences() looks rows with a text key up without an index, and blames the sort order when they are equal", async () => {
  const [column] = TABLE.key;
  const table = { ...TABLE, key: column === undefined ? [] : [{ ...column, isCollated: true }] };
  const model = modelOf(10);
  model.damage.set(4, null);
  const { pair } = model;
  assertEquals((await locateDifferences({ ...pair, table }, suspicionOf(10)))?.length, 1);
  // The index does not find the row, the table has it.
  const standby = { ...pair.standby, lookUp: modelOf(10).pair.standby.lookUp };
  const error = await locateDifferences({ ...pair, standby, table }, suspicionOf(10)).catch((error) => error);
  assertEquals(error.verdict, "failed");
  assertStringIncludes(error.message, "sort text differently");
});

Deno.test("locateDifferences() never confirms changes in transit to a subscriber", async () => {
  const settings = fc.record({
    seed: fc.nat(),
    bustle: fc.nat({ max: 4 }),
    keys: fc.constantFrom(3, 30, 200),
  });
  const property = fc.asyncProperty(settings, async ({ seed, bustle, keys }) => {
    const model = Object.assign(modelOf(keys, seed), { bustle, keys, isStandby: false });
    const pair = { ...model.pair, roles: SUBSCRIBER_ROLES };
    const verdict = await checkPart(pair, { range: WHOLE_TABLE, limit: 1000 }).catch((error) => {
      if (["busy", "skipped"].includes(error.verdict)) return null;
      throw error;
    });
    assertEquals(verdict?.found ?? null, null);
    // Equal to what it showed, at whatever position.
    model.damage.set(1, "damaged");
    const damaged = await checkPart(pair, { range: WHOLE_TABLE, limit: 1000 }).catch(() => null);
    assertEquals(damaged !== null && damaged.undecidedBecause === null && damaged.found === null, false);
  });
  await fc.assert(property, { numRuns: 500, seed: 7 });
  await fc.assert(property, { numRuns: 500 });
});

Deno.test("locateDifferences() is busy when a commit never stops waiting", async () => {
  const model = modelOf(10);
  model.commit(4, "waits", { waits: true });
  model.applyAll();
  const error = await locateDifferences(model.pair, suspicionOf(10)).catch((error) => error);
  assertEquals(error.verdict, "busy");
  const { pair } = model;
  const lookAt = {
    ...pair.primary,
    rows: async (...[range, limit]: Parameters<typeof pair.primary.rows>) => ({
      ...await pair.primary.rows(range, limit),
      running: null,
    }),
  };
  const unnamed = await locateDifferences({ ...pair, primary: lookAt }, suspicionOf(10)).catch((error) =>
    error
  );
  assertEquals(unnamed.verdict, "busy");
});
