import { assertEquals, assertRejects } from "@std/assert";
import { checkPart } from "../../src/consistency/check_part.ts";
import { InconclusiveError } from "../../src/consistency/inconclusive_error.ts";
import { modelOf } from "./model.ts";

const PART = { range: { after: ["9"], upTo: ["19"] }, limit: 100 };

Deno.test("checkPart() compares only its own part", async () => {
  const model = modelOf(30);
  for (const key of [9, 20]) model.damage.set(key, "damaged");
  assertEquals(await checkPart(model.pair, PART), {
    found: null,
    undecidedBecause: null,
    rows: 10,
    at: model.pair.clock.monotonic(),
  });
  model.damage.set(19, null);
  const { found, rows } = await checkPart(model.pair, PART);
  assertEquals(rows, 10);
  assertEquals([found?.firstKey, found?.reason], [["19"], "The row with key 19 is missing on the standby"]);
  assertEquals(found?.difference, { fromKey: "19", toKey: "19" });
});

Deno.test("checkPart() makes six attempts at a part that changes", async () => {
  const model = modelOf(30);
  let readings = 0;
  const { primary } = model.pair;
  const sum: typeof primary.sum = async (range, limit) => {
    readings++;
    model.commit(15, `change ${readings}`);
    model.applyAll();
    return await primary.sum(range, limit);
  };
  const verdict = await checkPart({ ...model.pair, primary: { ...primary, sum } }, PART);
  assertEquals([verdict.found, verdict.undecidedBecause], [
    null,
    "The primary changed its rows during every attempt",
  ]);
  assertEquals(readings, 12, "before and after, six times");
});

Deno.test("checkPart() keeps the row budget", async () => {
  const error = await assertRejects(
    () => checkPart(modelOf(30).pair, { ...PART, limit: 10 }),
    InconclusiveError,
    "--consistency.max-rows",
  );
  assertEquals(error.budget, "rows");
});
