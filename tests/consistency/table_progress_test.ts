import { assertEquals } from "@std/assert";
import type { KeyRange } from "../../src/consistency/table_sql.ts";
import { type FoundDifference, type OpenPart, TableProgress } from "../../src/consistency/table_progress.ts";

const rangeOf = (after: number | null, upTo: number | null): KeyRange => ({
  after: after === null ? null : [String(after)],
  upTo: upTo === null ? null : [String(upTo)],
});
const seenAt = (key: number, at = 5): FoundDifference => ({
  firstKey: [String(key)],
  reason: `The row with key ${key} differs`,
  difference: { fromKey: String(key), toKey: String(key) },
  at,
});
const busy = { rows: 10, at: 5, reason: "It changed" };

function progressOf(estimatedRows: number | null = 100): TableProgress {
  const progress = new TableProgress();
  progress.begin({ identity: "t", estimatedRows });
  progress.continuePass();
  return progress;
}

function firstOf(progress: TableProgress): OpenPart {
  const [part] = progress.openParts;
  if (part === undefined) throw new Error("Expected an open part, got none");
  return part;
}

Deno.test("TableProgress: goes from the first row to the end, then begins again", () => {
  const progress = progressOf();
  assertEquals([progress.next, progress.summary?.pass.ratio], [null, 0]);
  progress.passEqual(rangeOf(null, 40), { rows: 40, at: 5 });
  assertEquals([progress.next, progress.isUnderWay, progress.summary?.pass.ratio], [["40"], true, 0.4]);
  assertEquals(progress.summary?.pass.fullAt, null);
  progress.passEqual(rangeOf(40, null), { rows: 80, at: 6 });
  assertEquals([progress.next, progress.isUnderWay], [null, false]);
  assertEquals(progress.summary?.pass, { ratio: 1, fullAt: 6, incompleteSince: null, undecidedBecause: "" });
  assertEquals(progress.continuePass(), null);
  progress.passEqual(rangeOf(null, 40), { rows: 60, at: 7 });
  assertEquals(
    [progress.summary?.pass.ratio, progress.summary?.pass.fullAt],
    [0.5, 6],
    "of 120 rows, by count",
  );
});

Deno.test("TableProgress: tells no share of a number of rows that nobody knows", () => {
  for (const estimate of [null, 0, 40]) {
    const progress = progressOf(estimate);
    progress.passEqual(rangeOf(null, 40), { rows: 40, at: 5 });
    assertEquals(progress.summary?.pass.ratio, null, `${estimate}`);
  }
  assertEquals(new TableProgress().summary, null);
});

Deno.test("TableProgress: goes on behind a part that cannot be decided, and the pass is full once it is", () => {
  const progress = progressOf();
  progress.passUndecided(rangeOf(null, 10), busy);
  assertEquals([progress.next, progress.openParts.length], [["10"], 1]);
  progress.passEqual(rangeOf(10, null), { rows: 90, at: 6 });
  assertEquals(progress.summary?.pass, {
    ratio: 0.9,
    fullAt: null,
    incompleteSince: 6,
    undecidedBecause: "It changed",
  });
  const rest = progress.recheckedEqual(firstOf(progress), { upTo: ["4"], rows: 4, at: 7 });
  assertEquals([rest?.range, progress.summary?.pass.ratio, progress.summary?.pass.fullAt], [
    rangeOf(4, 10),
    0.94,
    null,
  ]);
  assertEquals(progress.recheckedEqual(firstOf(progress), { upTo: ["10"], rows: 6, at: 8 }), null);
  assertEquals(progress.summary?.pass, { ratio: 1, fullAt: 8, incompleteSince: null, undecidedBecause: "" });
});

Deno.test("TableProgress: the next pass comes by what could not be decided, and no more is kept than may be", () => {
  const progress = progressOf(1000);
  for (let part = 0; part < 20; part++) progress.passUndecided(rangeOf(part, part + 1), busy);
  assertEquals(progress.openParts.length, 8);
  for (const part of progress.openParts) {
    progress.recheckedEqual(part, { upTo: part.range.upTo, rows: 10, at: 5 });
  }
  progress.passEqual(rangeOf(20, null), { rows: 5, at: 6 });
  assertEquals([progress.summary?.pass.fullAt, progress.summary?.pass.incompleteSince], [null, 6]);
  progress.continuePass();
  progress.passUndecided(rangeOf(null, 1), busy);
  progress.passUndecided(rangeOf(1, null), { ...busy, at: 9 });
  assertEquals(progress.summary?.pass.incompleteSince, 6, "since the first");
  progress.continuePass();
  assertEquals(progress.openParts, []);
});

Deno.test("TableProgress: a difference stands until its own part is equal", () => {
  const progress = progressOf();
  assertEquals(progress.passDifferent(rangeOf(null, 50), { found: seenAt(7), rows: 50 }), true);
  progress.passEqual(rangeOf(50, null), { rows: 50, at: 6 });
  assertEquals(progress.summary?.persisting?.reason, "The row with key 7 differs");
  assertEquals(progress.summary?.pass.fullAt, 6, "it is decided");
  const rest = progress.recheckedEqual(firstOf(progress), { upTo: ["25"], rows: 25, at: 7 });
  assertEquals([rest?.range, progress.summary?.persisting?.reason], [
    rangeOf(25, 50),
    "The row with key 7 differs",
  ]);
  progress.recheckedEqual(firstOf(progress), { upTo: ["50"], rows: 25, at: 8 });
  assertEquals([progress.summary?.persisting, progress.summary?.pass.ratio], [null, 1]);
});

Deno.test("TableProgress: what differs further on in a part is not lost", () => {
  const progress = progressOf();
  progress.passDifferent(rangeOf(null, 50), { found: seenAt(7), rows: 50 });
  progress.recheckedDifferent(firstOf(progress), seenAt(30, 9));
  assertEquals([progress.summary?.persisting?.reason, progress.summary?.persisting?.at], [
    "The row with key 30 differs",
    9,
  ]);
  assertEquals(firstOf(progress).range, rangeOf(null, 50));
});

Deno.test("TableProgress: a difference that is met again in a part cut elsewhere is the same one, and no row is left out", () => {
  for (const [upTo, next] of [[40, ["50"]], [60, ["50"]]] as const) {
    const progress = progressOf();
    progress.passDifferent(rangeOf(30, 50), { found: seenAt(35), rows: 20 });
    progress.passEqual(rangeOf(50, null), { rows: 50, at: 6 });
    progress.continuePass();
    progress.passEqual(rangeOf(null, 32), { rows: 32, at: 7 });
    assertEquals(progress.passDifferent(rangeOf(32, upTo), { found: seenAt(35, 8), rows: 9 }), false);
    assertEquals([progress.next, progress.openParts.length, firstOf(progress).range], [
      next,
      1,
      rangeOf(30, 50),
    ]);
  }
});

Deno.test("TableProgress: several differences are told as one, and of many no more are looked for", () => {
  const progress = progressOf();
  for (let part = 0; part < 8; part++) {
    assertEquals(progress.isFull, false);
    const range = rangeOf(part * 10, part * 10 + 10);
    progress.passDifferent(range, { found: seenAt(part * 10 + 1, part), rows: 10 });
  }
  assertEquals(progress.isFull, true);
  assertEquals([progress.summary?.persisting?.reason, progress.summary?.persisting?.at], [
    "The row with key 1 differs; rows differ in 7 other parts",
    7,
  ]);
  progress.recheckedEqual(firstOf(progress), { upTo: ["10"], rows: 10, at: 9 });
  assertEquals(progress.isFull, false);
});

Deno.test("TableProgress: an undecided part that turns out to differ stands, and is looked at ahead of others", () => {
  const progress = progressOf();
  progress.passUndecided(rangeOf(null, 10), busy);
  progress.passUndecided(rangeOf(10, 20), busy);
  const [, second] = progress.openParts;
  if (second !== undefined) progress.recheckedDifferent(second, seenAt(12));
  assertEquals(progress.openParts.map(({ found }) => found?.firstKey ?? null), [["12"], null]);
  assertEquals(progress.summary?.pass.ratio, 0.1);
});

Deno.test("TableProgress: begins again when it cannot find its way, and the pass was not full", () => {
  const progress = progressOf();
  progress.passEqual(rangeOf(null, 10), { rows: 10, at: 5 });
  progress.giveUp({ at: 6, reason: "It took too long" });
  assertEquals([progress.next, progress.isUnderWay], [null, false]);
  assertEquals([progress.summary?.pass.fullAt, progress.summary?.pass.undecidedBecause], [
    null,
    "It took too long",
  ]);
});

Deno.test("TableProgress: of another table nothing is known", () => {
  const progress = progressOf();
  progress.passDifferent(rangeOf(null, 50), { found: seenAt(7), rows: 50 });
  progress.begin({ identity: "t", estimatedRows: 200 });
  assertEquals([progress.next, progress.summary?.pass.ratio], [["50"], 0.25]);
  progress.begin({ identity: "created anew", estimatedRows: 200 });
  assertEquals([progress.next, progress.openParts, progress.summary?.persisting], [null, [], null]);
  assertEquals(progress.summary?.pass, {
    ratio: null,
    fullAt: null,
    incompleteSince: null,
    undecidedBecause: "",
  });
});
