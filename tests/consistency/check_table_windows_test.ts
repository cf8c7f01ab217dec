/**
 * Tables that take several checks.
 *
 * @module
 */
import { assert, assertEquals, assertLessOrEqual, assertRejects } from "@std/assert";
import * as fc from "fast-check";
import { checkTable, type TableVerdict } from "../../src/consistency/check_table.ts";
import { InconclusiveError } from "../../src/consistency/inconclusive_error.ts";
import type { PrimaryTable, TablePair } from "../../src/consistency/server_table.ts";
import { TableProgress } from "../../src/consistency/table_progress.ts";
import { type Model, modelOf } from "./model.ts";

const LIMITS = { maxRows: 20, chunkRows: 8 };

/** Consecutive checks, each of which continues where the previous one ended. */
function checksOf(model: Model, limits: { readonly maxRows: number; readonly chunkRows: number } = LIMITS) {
  const progress = new TableProgress();
  return {
    progress,
    next: async (changes: Partial<TablePair> = {}): Promise<TableVerdict> => {
      const verdict = await checkTable({ ...model.pair, ...changes }, { ...limits, progress });
      assertLessOrEqual(verdict.rowsCompared ?? 0, limits.maxRows, "its budget is kept");
      return verdict;
    },
  };
}

/** A primary that calls `ahead` before each sum. */
function primaryWith({ pair }: Model, ahead: (key: number) => void): Pick<TablePair, "primary"> {
  const sum: PrimaryTable["sum"] = async (range, limit) => {
    ahead(Number(range.after?.[0] ?? -1));
    return await pair.primary.sum(range, limit);
  };
  return { primary: { ...pair.primary, sum } };
}

const windowOf = ({ window }: TableVerdict) => [window?.afterKey, window?.upToKey];
const tableStatusOf = (progress: TableProgress) => progress.summary?.persisting?.reason ?? null;

Deno.test("checkTable() covers a table in adjoining windows, and wraps around", async () => {
  const { progress, next } = checksOf(modelOf(50));
  const windows = [];
  const ratios = [];
  for (let check = 0; check < 4; check++) {
    windows.push(windowOf(await next()));
    ratios.push(progress.summary?.pass.ratio);
  }
  assertEquals(windows, [[null, "19"], ["19", "39"], ["39", null], [null, "19"]]);
  assertEquals(ratios, [20 / 60, 40 / 60, 1, 20 / 60]);
});

Deno.test("checkTable() finds damage in any window, and the difference persists while other windows are equal, until it is repaired", async () => {
  const model = modelOf(50);
  model.damage.set(45, "damaged");
  const { progress, next } = checksOf(model);
  assertEquals([(await next()).verdict, (await next()).verdict], ["equal", "equal"]);
  const found = await next();
  assertEquals([found.verdict, found.reason, windowOf(found)], ["different", "The row with key 45 differs", [
    "39",
    "47",
  ]]);
  const after = await next();
  assertEquals([after.verdict, windowOf(after)], ["different", ["47", null]], "compared again");
  assertEquals([tableStatusOf(progress), progress.summary?.pass.ratio], ["The row with key 45 differs", 1]);
  model.damage.clear();
  const mended = await next();
  assertEquals([mended.verdict, windowOf(mended), tableStatusOf(progress)], ["equal", [null, "11"], null]);
});

Deno.test("checkTable() keeps its position whatever is inserted or deleted between checks", async () => {
  const model = modelOf(50);
  const { next } = checksOf(model);
  await next();
  for (const key of [18, 19, 20, 21]) model.commit(key, null);
  for (let key = 100; key < 110; key++) model.commit(key, "new");
  for (const key of [-5, -4]) model.commit(key, "new");
  model.applyAll();
  model.damage.set(22, "damaged");
  model.damage.set(105, null);
  const found = await next();
  assertEquals([found.difference?.fromKey, found.window?.afterKey], ["22", "19"]);
  model.damage.delete(22);
  const later = [await next(), await next()];
  assertEquals(later.map(({ verdict }) => verdict), ["equal", "different"]);
  assertEquals(later[1]?.reason, "The row with key 105 is missing on the standby");
});

Deno.test("checkTable() continues behind a part that keeps changing, comes back to it, and reports the full pass only then", async () => {
  const model = modelOf(50);
  const { progress, next } = checksOf(model);
  let isHot = true;
  const changes = primaryWith(model, (after) => {
    if (!isHot || after !== 7) return;
    model.commit(10, `${Math.random()}`);
    model.applyAll();
  });
  const first = await next(changes);
  assertEquals([first.verdict, windowOf(first)], ["busy", [null, "19"]]);
  const verdicts = [await next(changes), await next(changes), await next(changes)];
  assertEquals(verdicts.map(({ verdict }) => verdict), ["equal", "equal", "equal"]);
  assertEquals(verdicts.map(windowOf), [["19", "31"], ["31", "43"], ["43", null]]);
  assertEquals([progress.summary?.pass.fullAt, progress.summary?.pass.ratio], [null, 42 / 50]);
  isHot = false;
  await next();
  assert(typeof progress.summary?.pass.fullAt === "number", "the rest of the pass is done");
});

for (
  const [what, error, verdicts] of [
    ["cannot be read", new InconclusiveError("failed", "Page 7 is damaged"), [
      "failed",
      "failed",
      "failed",
      "failed",
    ]],
    ["loses the connection", new Error("The connection was lost"), ["thrown", "thrown", "equal", "thrown"]],
  ] as const
) {
  Deno.test(`checkTable() gets past a part that ${what}`, async () => {
    const model = modelOf(50);
    const { progress, next } = checksOf(model);
    const changes = primaryWith(model, (after) => {
      if (after === -1) throw error;
    });
    const seen = [];
    for (let check = 0; check < verdicts.length; check++) {
      seen.push(await next(changes).then(({ verdict }) => verdict, () => "thrown" as const));
    }
    assertEquals(seen, [...verdicts]);
    assertEquals(progress.summary?.pass.fullAt, null);
    assertEquals(progress.summary?.pass.undecidedBecause, error.message);
    assert(Number(progress.next?.[0] ?? 50) > 20, "the pass has continued");
    model.damage.set(30, "damaged");
    const later = [];
    for (let check = 0; check < 8; check++) {
      later.push(await next(changes).then(({ verdict }) => verdict, () => null));
    }
    assert(later.includes("different"), "damage behind the part is found");
  });
}

Deno.test("checkTable() counts what it compared before its time ran out, and continues there", async () => {
  const model = modelOf(50);
  const { progress, next } = checksOf(model);
  let left = 3;
  const hurried = primaryWith(model, () => {
    if (left-- === 0) throw new InconclusiveError("failed", "Its time was used up", { budget: "time" });
  });
  const part = await next(hurried);
  assertEquals([part.verdict, windowOf(part)], ["equal", [null, "7"]]);
  left = 0;
  const none = await next(hurried);
  assertEquals([none.verdict, none.window], ["failed", null]);
  assertEquals(progress.next, ["15"], "no part stops the pass for good");
  // When not even the end of a part can be read, the next pass begins with the first row.
  const blind = {
    ...model.pair.primary,
    keyAt: () => Promise.reject(new InconclusiveError("failed", "Too slow")),
  };
  const [open = { range: { after: null, upTo: null }, found: null, rows: 0 }] = progress.openParts;
  progress.recheck(open, { upTo: ["15"], found: null, undecidedBecause: null, rows: 8, at: 0 });
  assertEquals((await next({ primary: blind })).verdict, "failed");
  assertEquals([progress.next, progress.isUnderWay], [null, false]);
});

Deno.test("checkTable() with a budget of one row still rechecks differences and continues", async () => {
  const model = modelOf(12);
  model.damage.set(1, "damaged");
  const { progress, next } = checksOf(model, { maxRows: 1, chunkRows: 8 });
  for (let check = 0; check < 60; check++) await next();
  assert(typeof progress.summary?.pass.fullAt === "number");
  assertEquals(tableStatusOf(progress), "The row with key 1 differs");
  model.damage.clear();
  for (let check = 0; check < 3; check++) await next();
  assertEquals(tableStatusOf(progress), null);
});

Deno.test("checkTable() stops the search when eight parts differ, and continues when they are repaired", async () => {
  const model = modelOf(200);
  for (let key = 0; key < 200; key += 2) model.damage.set(key, "damaged");
  const { progress, next } = checksOf(model, { maxRows: 100, chunkRows: 8 });
  for (let check = 0; check < 20; check++) assertEquals((await next()).verdict, "different");
  assertEquals([progress.isFull, progress.next], [true, ["63"]]);
  model.damage.clear();
  assertEquals((await next()).verdict, "equal");
  assertEquals([tableStatusOf(progress), progress.isFull], [null, false]);
});

Deno.test("checkTable() throws errors of the driver, and continues behind the part", async () => {
  const model = modelOf(50);
  const { progress, next } = checksOf(model);
  const lost = primaryWith(model, () => {
    throw new Error("lost");
  });
  await assertRejects(() => next(lost), Error, "lost");
  assertEquals([progress.next, progress.openParts.length], [["7"], 1]);
});

Deno.test("several checks find all damage and nothing else, and keep it until it is repaired", async () => {
  const scenes = fc.record({
    seed: fc.nat(),
    rows: fc.integer({ min: 0, max: 40 }),
    maxRows: fc.integer({ min: 2, max: 25 }),
    chunkRows: fc.integer({ min: 1, max: 12 }),
    damaged: fc.uniqueArray(fc.integer({ min: 0, max: 50 }), { maxLength: 4 }),
    // Keys inserted or deleted between two checks, on both sides of the damage.
    changes: fc.array(fc.integer({ min: -20, max: 60 }), { maxLength: 20 }),
  });
  const property = fc.asyncProperty(scenes, async ({ seed, rows, damaged, changes, ...limits }) => {
    const model = modelOf(rows, seed);
    for (const key of damaged) model.damage.set(key, key % 3 === 0 && key < rows ? null : "damaged");
    const { progress, next } = checksOf(model, limits);
    // A check may do no more than recheck one difference, or pass one part.
    const most = 3 * (6 + Math.ceil(80 / Math.min(limits.maxRows, limits.chunkRows)));
    const isIn = (key: number) =>
      progress.openParts.some(({ range: { after, upTo }, found }) =>
        found !== null && key > Number(after?.[0] ?? -Infinity) && key <= Number(upTo?.[0] ?? Infinity)
      );
    const known = new Set<number>();
    for (let check = 0; check < most; check++) {
      const change = changes[check];
      if (change !== undefined && !damaged.includes(change)) {
        model.commit(change, check % 2 === 0 ? `new ${check}` : null);
        model.applyAll();
      }
      const { verdict, reason } = await next();
      assert(verdict === "equal" || (verdict === "different" && damaged.length > 0), `${verdict}: ${reason}`);
      for (const key of damaged) {
        if (isIn(key)) known.add(key);
        else assert(!known.has(key), `${key} was forgotten`);
      }
    }
    assertEquals([...known].toSorted(), damaged.toSorted());
    assert(typeof progress.summary?.pass.fullAt === "number");
    model.damage.clear();
    for (let check = 0; check < 40 && tableStatusOf(progress) !== null; check++) await next();
    assertEquals(tableStatusOf(progress), null);
  });
  await fc.assert(property, { numRuns: 40 });
});

Deno.test("several checks under load raise no false alarm, and find an unchanged damaged row", async () => {
  const verdicts = new Set<string>();
  for (let seed = 0; seed < 8; seed++) {
    const model = modelOf(60, seed);
    model.bustle = 3;
    const { progress, next } = checksOf(model);
    for (let check = 0; check < 8; check++) {
      const { verdict, reason } = await next();
      verdicts.add(verdict);
      assert(["equal", "busy", "skipped"].includes(verdict), `${verdict}: ${reason}`);
    }
    assertEquals(tableStatusOf(progress), null);
    model.damage.set(55, "damaged");
    let found: TableVerdict | null = null;
    for (let check = 0; check < 20 && found?.verdict !== "different"; check++) found = await next();
    assertEquals(found?.difference, { fromKey: "55", toKey: "55" });
  }
  assert(verdicts.has("equal") && verdicts.has("busy"), [...verdicts].join());
});
