import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import * as fc from "fast-check";
import { checkTable } from "../../src/consistency/check_table.ts";
import { type Model, modelOf, TABLE } from "./model.ts";

const LIMITS = { maxRows: 1000, chunkRows: 8 };
const keylessPair = ({ pair }: Model) => ({ ...pair, table: { ...TABLE, key: [] } });

Deno.test("checkTable() finds equal tables equal, whatever the number of chunks", async () => {
  for (const rows of [0, 1, 7, 8, 9, 100]) {
    const verdict = await checkTable(modelOf(rows).pair, LIMITS);
    const window = { afterKey: null, upToKey: null };
    assertEquals(verdict, { verdict: "equal", reason: "", difference: null, rowsCompared: rows, window });
  }
});

for (
  const [what, damage, reason, keys] of [
    ["another content", [[41, "damaged"]], "The row with key 41 differs", ["41", "41"]],
    ["a row that is missing", [[0, null]], "The row with key 0 is missing on the standby", ["0", "0"]],
    ["an extra row behind the last", [[700, "x"]], "The row with key 700 exists only on the standby", [
      "700",
      "700",
    ]],
    [
      "several rows",
      [[90, "x"], [91, null], [95, "y"]],
      "At least 3 rows from key 90 to key 95: 2 differ, 1 missing on the standby, 0 only on the standby",
      ["90", "95"],
    ],
  ] as const
) {
  Deno.test(`checkTable() finds and locates ${what}`, async () => {
    const model = modelOf(200);
    for (const [key, content] of damage) model.damage.set(key, content);
    for (const chunkRows of [8, 5000]) {
      const verdict = await checkTable(model.pair, { maxRows: 1000, chunkRows });
      assertEquals([verdict.verdict, verdict.reason], ["different", reason]);
      assertEquals(verdict.difference, { fromKey: keys[0], toKey: keys[1] });
    }
    const keyless = await checkTable(keylessPair(model), LIMITS);
    assertEquals([keyless.verdict, keyless.difference], ["different", null]);
  });
}

Deno.test("checkTable() raises no false alarm, whatever happens during the check", async () => {
  const verdicts = new Set<string>();
  const seeds = fc.record({
    seed: fc.nat(),
    bustle: fc.integer({ min: 1, max: 6 }),
    isKeyless: fc.boolean(),
  });
  const property = fc.asyncProperty(seeds, async ({ seed, bustle, isKeyless }) => {
    const model = modelOf(30, seed);
    model.bustle = bustle;
    const { verdict, reason } = await checkTable(isKeyless ? keylessPair(model) : model.pair, LIMITS);
    verdicts.add(verdict);
    // A standby that never catches up is skipped.
    assert(["equal", "busy", "skipped"].includes(verdict), `${verdict}: ${reason}`);
  });
  await fc.assert(property, { numRuns: 500 });
  await fc.assert(property, { numRuns: 200, seed: 7 });
  assert(verdicts.has("equal") && verdicts.has("busy"), [...verdicts].join());
});

Deno.test("checkTable() finds an unchanged damaged row among rows that keep changing", async () => {
  let found = 0;
  for (let seed = 0; seed < 50; seed++) {
    const model = modelOf(60, seed);
    model.bustle = 3;
    model.damage.set(55, "damaged");
    const { verdict, difference } = await checkTable(model.pair, LIMITS);
    if (verdict !== "different") continue;
    found++;
    assertEquals(difference, { fromKey: "55", toKey: "55" });
  }
  assertEquals(found, 50);
});

Deno.test("checkTable() is busy while the standby shows a commit that still waits on the primary", async () => {
  const model = modelOf(20);
  const end = model.commit(4, "waits for a synchronous standby", { waits: true });
  model.applyAll();
  const verdict = await checkTable(model.pair, LIMITS);
  assertEquals([verdict.verdict, verdict.difference], ["busy", null]);
  assertStringIncludes(verdict.reason, "still wait on the primary");
  end();
  assertEquals((await checkTable(model.pair, LIMITS)).verdict, "equal");
});

Deno.test("checkTable() ends when its row budget is used up, and reports how far it came", async () => {
  const whole = await checkTable(modelOf(40).pair, { ...LIMITS, maxRows: 40 });
  assertEquals([whole.verdict, whole.window?.upToKey], ["equal", null]);
  const part = await checkTable(modelOf(41).pair, { ...LIMITS, maxRows: 40 });
  assertEquals([part.verdict, part.reason, part.rowsCompared], ["equal", "", 40]);
  assertEquals(part.window, { afterKey: null, upToKey: "39" });
  const keyless = await checkTable(keylessPair(modelOf(41)), { maxRows: 40 });
  assertEquals([keyless.verdict, keyless.rowsCompared, keyless.window], ["failed", null, null]);
  assertStringIncludes(keyless.reason, "--consistency.max-rows");
});

Deno.test("checkTable() skips a promoted standby, and one that does not replay", async () => {
  const promoted = modelOf(10);
  promoted.isStandby = false;
  assertEquals((await checkTable(promoted.pair, LIMITS)).verdict, "skipped");
  const paused = modelOf(10);
  paused.isApplying = false;
  paused.commit(3, "new");
  const { verdict, reason } = await checkTable(paused.pair, LIMITS);
  assertEquals([verdict, reason], ["skipped", "The standby did not replay the primary's WAL within 30 s"]);
});

Deno.test("checkTable() throws unexpected errors", async () => {
  const { pair } = modelOf(1);
  const broken = { ...pair.primary, keyAt: () => Promise.reject(new Error("lost")) };
  const error = await checkTable({ ...pair, primary: broken }, LIMITS).catch((error) => error);
  assertEquals(error.message, "lost");
});
