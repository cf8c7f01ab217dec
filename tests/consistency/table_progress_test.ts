import { assertEquals } from "@std/assert";
import type { KeyRange } from "../../src/consistency/table_sql.ts";
import {
  type FoundDifference,
  type OpenPart,
  type PartVerdict,
  TableProgress,
} from "../../src/consistency/table_progress.ts";

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
const busy: PartVerdict = { found: null, undecidedBecause: "It changed", rows: 10, at: 5 };
const equal = (rows: number, at: number): PartVerdict => ({ found: null, undecidedBecause: null, rows, at });
const different = (found: FoundDifference, rows: number): PartVerdict => ({
  found,
  undecidedBecause: null,
  rows,
  at: found.at,
});

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
  progress.pass(rangeOf(null, 40), equal(40, 5));
  assertEquals([progress.next, progress.isUnderWay, progress.summary?.pass.ratio], [["40"], true, 0.4]);
  assertEquals(progress.summary?.pass.fullAt, null);
  progress.pass(rangeOf(40, null), equal(80, 6));
  assertEquals([progress.next, progress.isUnderWay], [null, false]);
  assertEquals(progress.summary?.pass, { ratio: 1, fullAt: 6, incompleteSince: null, undecidedBecause: "" });
  assertEquals(progress.continuePass(), null);
  progress.pass(rangeOf(null, 40), equal(60, 7));
  assertEquals(
    [progress.summary?.pass.ratio, progress.summary?.pass.fullAt],
    [0.5, 6],
    "of 120 rows, by count",
  );
});

Deno.test("TableProgress: has no ratio when the number of rows is unknown", () => {
  for (const estimate of [null, 0, 40]) {
    const progress = progressOf(estimate);
    progress.pass(rangeOf(null, 40), equal(40, 5));
    assertEquals(progress.summary?.pass.ratio, null, `${estimate}`);
  }
  assertEquals(new TableProgress().summary, null);
});

Deno.test("TableProgress: continues behind an undecided part, and the pass is full once the part is decided", () => {
  const progress = progressOf();
  progress.pass(rangeOf(null, 10), busy);
  assertEquals([progress.next, progress.openParts.length], [["10"], 1]);
  progress.pass(rangeOf(10, null), equal(90, 6));
  assertEquals(progress.summary?.pass, {
    ratio: 0.9,
    fullAt: null,
    incompleteSince: 6,
    undecidedBecause: "It changed",
  });
  const rest = progress.recheck(firstOf(progress), { ...equal(4, 7), upTo: ["4"] });
  assertEquals([rest?.range, progress.summary?.pass.ratio, progress.summary?.pass.fullAt], [
    rangeOf(4, 10),
    0.94,
    null,
  ]);
  assertEquals(progress.recheck(firstOf(progress), { ...equal(6, 8), upTo: ["10"] }), null);
  assertEquals(progress.summary?.pass, { ratio: 1, fullAt: 8, incompleteSince: null, undecidedBecause: "" });
});

Deno.test("TableProgress: the next pass reaches undecided parts, and no more than eight are kept", () => {
  const progress = progressOf(1000);
  for (let part = 0; part < 20; part++) progress.pass(rangeOf(part, part + 1), busy);
  assertEquals(progress.openParts.length, 8);
  for (const part of progress.openParts) {
    progress.recheck(part, { ...equal(10, 5), upTo: part.range.upTo });
  }
  progress.pass(rangeOf(20, null), equal(5, 6));
  assertEquals([progress.summary?.pass.fullAt, progress.summary?.pass.incompleteSince], [null, 6]);
  progress.continuePass();
  progress.pass(rangeOf(null, 1), busy);
  progress.pass(rangeOf(1, null), { ...busy, at: 9 });
  assertEquals(progress.summary?.pass.incompleteSince, 6, "since the first");
  progress.continuePass();
  assertEquals(progress.openParts, []);
});

Deno.test("TableProgress: a difference persists until its own part is equal", () => {
  const progress = progressOf();
  assertEquals(progress.pass(rangeOf(null, 50), different(seenAt(7), 50)), true);
  progress.pass(rangeOf(50, null), equal(50, 6));
  assertEquals(progress.summary?.persisting?.reason, "The row with key 7 differs");
  assertEquals(progress.summary?.pass.fullAt, 6, "it is decided");
  const rest = progress.recheck(firstOf(progress), { ...equal(25, 7), upTo: ["25"] });
  assertEquals([rest?.range, progress.summary?.persisting?.reason], [
    rangeOf(25, 50),
    "The row with key 7 differs",
  ]);
  progress.recheck(firstOf(progress), { ...equal(25, 8), upTo: ["50"] });
  assertEquals([progress.summary?.persisting, progress.summary?.pass.ratio], [null, 1]);
});

Deno.test("TableProgress: another difference later in the same part is kept", () => {
  const progress = progressOf();
  progress.pass(rangeOf(null, 50), different(seenAt(7), 50));
  progress.recheck(firstOf(progress), { ...different(seenAt(30, 9), 1), upTo: null });
  assertEquals([progress.summary?.persisting?.reason, progress.summary?.persisting?.at], [
    "The row with key 30 differs",
    9,
  ]);
  assertEquals(firstOf(progress).range, rangeOf(null, 50));
});

Deno.test("TableProgress: a difference found again in a part with other limits is the same one, and no row is left out", () => {
  for (const [upTo, next] of [[40, ["50"]], [60, ["50"]]] as const) {
    const progress = progressOf();
    progress.pass(rangeOf(30, 50), different(seenAt(35), 20));
    progress.pass(rangeOf(50, null), equal(50, 6));
    progress.continuePass();
    progress.pass(rangeOf(null, 32), equal(32, 7));
    assertEquals(progress.pass(rangeOf(32, upTo), different(seenAt(35, 8), 9)), false);
    assertEquals([progress.next, progress.openParts.length, firstOf(progress).range], [
      next,
      1,
      rangeOf(30, 50),
    ]);
  }
});

Deno.test("TableProgress: several differences are one sentence, and with eight the search stops", () => {
  const progress = progressOf();
  for (let part = 0; part < 8; part++) {
    assertEquals(progress.isFull, false);
    const range = rangeOf(part * 10, part * 10 + 10);
    progress.pass(range, different(seenAt(part * 10 + 1, part), 10));
  }
  assertEquals(progress.isFull, true);
  assertEquals([progress.summary?.persisting?.reason, progress.summary?.persisting?.at], [
    "The row with key 1 differs; rows differ in 7 other parts",
    7,
  ]);
  progress.recheck(firstOf(progress), { ...equal(10, 9), upTo: ["10"] });
  assertEquals(progress.isFull, false);
});

Deno.test("TableProgress: an undecided part that turns out to differ persists, and is rechecked first", () => {
  const progress = progressOf();
  progress.pass(rangeOf(null, 10), busy);
  progress.pass(rangeOf(10, 20), busy);
  const [, second] = progress.openParts;
  if (second !== undefined) progress.recheck(second, { ...different(seenAt(12), 1), upTo: null });
  assertEquals(progress.openParts.map(({ found }) => found?.firstKey ?? null), [["12"], null]);
  assertEquals(progress.summary?.pass.ratio, 0.1);
});

Deno.test("TableProgress: giveUp() ends the pass, which was not full", () => {
  const progress = progressOf();
  progress.pass(rangeOf(null, 10), equal(10, 5));
  progress.giveUp("It took too long", 6);
  assertEquals([progress.next, progress.isUnderWay], [null, false]);
  assertEquals([progress.summary?.pass.fullAt, progress.summary?.pass.undecidedBecause], [
    null,
    "It took too long",
  ]);
});

Deno.test("TableProgress: progress is lost when the table is another one", () => {
  const progress = progressOf();
  progress.pass(rangeOf(null, 50), different(seenAt(7), 50));
  progress.begin({ identity: "t", estimatedRows: 200 });
  assertEquals([progress.next, progress.summary?.pass.ratio], [["50"], 0.25]);
  progress.begin({ identity: "created again", estimatedRows: 200 });
  assertEquals([progress.next, progress.openParts, progress.summary?.persisting], [null, [], null]);
  assertEquals(progress.summary?.pass, {
    ratio: null,
    fullAt: null,
    incompleteSince: null,
    undecidedBecause: "",
  });
});
