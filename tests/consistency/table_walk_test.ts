import { assertEquals } from "@std/assert";
import type { KeyRange } from "../../src/consistency/table_sql.ts";
import { type OpenPart, type SeenDifference, TableWalk } from "../../src/consistency/table_walk.ts";

const rangeOf = (after: number | null, upTo: number | null): KeyRange => ({
  after: after === null ? null : [String(after)],
  upTo: upTo === null ? null : [String(upTo)],
});
const seenAt = (key: number, at = 5): SeenDifference => ({
  firstKey: [String(key)],
  reason: `The row with key ${key} differs`,
  difference: { fromKey: String(key), toKey: String(key) },
  at,
});
const busy = { rows: 10, at: 5, reason: "It changed" };

function walkOf(estimatedRows: number | null = 100): TableWalk {
  const walk = new TableWalk();
  walk.begin({ identity: "t", estimatedRows });
  walk.goOn();
  return walk;
}

function firstOf(walk: TableWalk): OpenPart {
  const [part] = walk.openParts;
  if (part === undefined) throw new Error("Expected an open part, got none");
  return part;
}

Deno.test("TableWalk: goes from the first row to the end, then begins again", () => {
  const walk = walkOf();
  assertEquals([walk.next, walk.summary?.pass.ratio], [null, 0]);
  walk.passEqual(rangeOf(null, 40), { rows: 40, at: 5 });
  assertEquals([walk.next, walk.isUnderWay, walk.summary?.pass.ratio], [["40"], true, 0.4]);
  assertEquals(walk.summary?.pass.fullAt, null);
  walk.passEqual(rangeOf(40, null), { rows: 80, at: 6 });
  assertEquals([walk.next, walk.isUnderWay], [null, false]);
  assertEquals(walk.summary?.pass, { ratio: 1, fullAt: 6, incompleteSince: null, undecidedBecause: "" });
  assertEquals(walk.goOn(), null);
  walk.passEqual(rangeOf(null, 40), { rows: 60, at: 7 });
  assertEquals([walk.summary?.pass.ratio, walk.summary?.pass.fullAt], [0.5, 6], "of 120 rows, by count");
});

Deno.test("TableWalk: tells no share of a number of rows that nobody knows", () => {
  for (const estimate of [null, 0, 40]) {
    const walk = walkOf(estimate);
    walk.passEqual(rangeOf(null, 40), { rows: 40, at: 5 });
    assertEquals(walk.summary?.pass.ratio, null, `${estimate}`);
  }
  assertEquals(new TableWalk().summary, null);
});

Deno.test("TableWalk: goes on behind a part that cannot be decided, and the pass is full once it is", () => {
  const walk = walkOf();
  walk.passUndecided(rangeOf(null, 10), busy);
  assertEquals([walk.next, walk.openParts.length], [["10"], 1]);
  walk.passEqual(rangeOf(10, null), { rows: 90, at: 6 });
  assertEquals(walk.summary?.pass, {
    ratio: 0.9,
    fullAt: null,
    incompleteSince: 6,
    undecidedBecause: "It changed",
  });
  const rest = walk.lookedEqual(firstOf(walk), { upTo: ["4"], rows: 4, at: 7 });
  assertEquals([rest?.range, walk.summary?.pass.ratio, walk.summary?.pass.fullAt], [
    rangeOf(4, 10),
    0.94,
    null,
  ]);
  assertEquals(walk.lookedEqual(firstOf(walk), { upTo: ["10"], rows: 6, at: 8 }), null);
  assertEquals(walk.summary?.pass, { ratio: 1, fullAt: 8, incompleteSince: null, undecidedBecause: "" });
});

Deno.test("TableWalk: the next pass comes by what could not be decided, and no more is kept than may be", () => {
  const walk = walkOf(1000);
  for (let part = 0; part < 20; part++) walk.passUndecided(rangeOf(part, part + 1), busy);
  assertEquals(walk.openParts.length, 8);
  for (const part of walk.openParts) walk.lookedEqual(part, { upTo: part.range.upTo, rows: 10, at: 5 });
  walk.passEqual(rangeOf(20, null), { rows: 5, at: 6 });
  assertEquals([walk.summary?.pass.fullAt, walk.summary?.pass.incompleteSince], [null, 6]);
  walk.goOn();
  walk.passUndecided(rangeOf(null, 1), busy);
  walk.passUndecided(rangeOf(1, null), { ...busy, at: 9 });
  assertEquals(walk.summary?.pass.incompleteSince, 6, "since the first");
  walk.goOn();
  assertEquals(walk.openParts, []);
});

Deno.test("TableWalk: a difference stands until its own part is equal", () => {
  const walk = walkOf();
  assertEquals(walk.passDifferent(rangeOf(null, 50), { seen: seenAt(7), rows: 50 }), true);
  walk.passEqual(rangeOf(50, null), { rows: 50, at: 6 });
  assertEquals(walk.summary?.standing?.reason, "The row with key 7 differs");
  assertEquals(walk.summary?.pass.fullAt, 6, "it is decided");
  const rest = walk.lookedEqual(firstOf(walk), { upTo: ["25"], rows: 25, at: 7 });
  assertEquals([rest?.range, walk.summary?.standing?.reason], [
    rangeOf(25, 50),
    "The row with key 7 differs",
  ]);
  walk.lookedEqual(firstOf(walk), { upTo: ["50"], rows: 25, at: 8 });
  assertEquals([walk.summary?.standing, walk.summary?.pass.ratio], [null, 1]);
});

Deno.test("TableWalk: what differs further on in a part is not lost", () => {
  const walk = walkOf();
  walk.passDifferent(rangeOf(null, 50), { seen: seenAt(7), rows: 50 });
  walk.lookedDifferent(firstOf(walk), seenAt(30, 9));
  assertEquals([walk.summary?.standing?.reason, walk.summary?.standing?.at], [
    "The row with key 30 differs",
    9,
  ]);
  assertEquals(firstOf(walk).range, rangeOf(null, 50));
});

Deno.test("TableWalk: a difference that is met again in a part cut elsewhere is the same one, and no row is left out", () => {
  for (const [upTo, next] of [[40, ["50"]], [60, ["50"]]] as const) {
    const walk = walkOf();
    walk.passDifferent(rangeOf(30, 50), { seen: seenAt(35), rows: 20 });
    walk.passEqual(rangeOf(50, null), { rows: 50, at: 6 });
    walk.goOn();
    walk.passEqual(rangeOf(null, 32), { rows: 32, at: 7 });
    assertEquals(walk.passDifferent(rangeOf(32, upTo), { seen: seenAt(35, 8), rows: 9 }), false);
    assertEquals([walk.next, walk.openParts.length, firstOf(walk).range], [next, 1, rangeOf(30, 50)]);
  }
});

Deno.test("TableWalk: several differences are told as one, and of many no more are looked for", () => {
  const walk = walkOf();
  for (let part = 0; part < 8; part++) {
    assertEquals(walk.isFull, false);
    const range = rangeOf(part * 10, part * 10 + 10);
    walk.passDifferent(range, { seen: seenAt(part * 10 + 1, part), rows: 10 });
  }
  assertEquals(walk.isFull, true);
  assertEquals([walk.summary?.standing?.reason, walk.summary?.standing?.at], [
    "The row with key 1 differs; other rows differ in 7 further parts",
    7,
  ]);
  walk.lookedEqual(firstOf(walk), { upTo: ["10"], rows: 10, at: 9 });
  assertEquals(walk.isFull, false);
});

Deno.test("TableWalk: an undecided part that turns out to differ stands, and is looked at ahead of others", () => {
  const walk = walkOf();
  walk.passUndecided(rangeOf(null, 10), busy);
  walk.passUndecided(rangeOf(10, 20), busy);
  const [, second] = walk.openParts;
  if (second !== undefined) walk.lookedDifferent(second, seenAt(12));
  assertEquals(walk.openParts.map(({ seen }) => seen?.firstKey ?? null), [["12"], null]);
  assertEquals(walk.summary?.pass.ratio, 0.1);
});

Deno.test("TableWalk: begins again when it cannot find its way, and the pass was not full", () => {
  const walk = walkOf();
  walk.passEqual(rangeOf(null, 10), { rows: 10, at: 5 });
  walk.giveUp({ at: 6, reason: "It took too long" });
  assertEquals([walk.next, walk.isUnderWay], [null, false]);
  assertEquals([walk.summary?.pass.fullAt, walk.summary?.pass.undecidedBecause], [null, "It took too long"]);
});

Deno.test("TableWalk: of another table nothing is known", () => {
  const walk = walkOf();
  walk.passDifferent(rangeOf(null, 50), { seen: seenAt(7), rows: 50 });
  walk.begin({ identity: "t", estimatedRows: 200 });
  assertEquals([walk.next, walk.summary?.pass.ratio], [["50"], 0.25]);
  walk.begin({ identity: "created anew", estimatedRows: 200 });
  assertEquals([walk.next, walk.openParts, walk.summary?.standing], [null, [], null]);
  assertEquals(walk.summary?.pass, {
    ratio: null,
    fullAt: null,
    incompleteSince: null,
    undecidedBecause: "",
  });
});
