import { assertEquals } from "@std/assert";
import { type EndedCheck, ResultMemory } from "../../src/consistency/result_memory.ts";

const check = (changes: Partial<EndedCheck>): EndedCheck => ({
  primary: "primary",
  standby: "standby",
  table: "public.t",
  verdict: "equal",
  reason: "",
  difference: null,
  rowsCompared: 5,
  durationSeconds: 0.1,
  at: 100,
  isWanted: true,
  ...changes,
});
const different = check({
  verdict: "different",
  reason: "The row with key 7 differs",
  difference: { fromKey: "7", toKey: "7" },
});

Deno.test("ResultMemory: a difference persists until a check finds the table equal", () => {
  const memory = new ResultMemory();
  assertEquals(memory.record(different).verdictBefore, null);
  const { result, verdictBefore } = memory.record(check({ verdict: "busy", reason: "changes", at: 200 }));
  assertEquals(verdictBefore, "different");
  assertEquals([result.verdict, result.reason, result.difference], ["busy", "changes", different.difference]);
  assertEquals(result.conclusive, { verdict: "different", reason: "The row with key 7 differs" });
  assertEquals([result.conclusiveAt, result.inconclusiveSince], [100, 200]);
  memory.record(check({ verdict: "failed", at: 300 }));
  assertEquals(memory.results[0]?.inconclusiveSince, 200);
  memory.record(check({ at: 400 }));
  const [last] = memory.results;
  assertEquals([last?.conclusive?.verdict, last?.difference, last?.inconclusiveSince], ["equal", null, null]);
  assertEquals(last?.checks, { equal: 1, different: 1, busy: 1, skipped: 0, failed: 1 });
  assertEquals(memory.results.length, 1);
});

Deno.test("ResultMemory: a conclusion does not outlive a change of the primary", () => {
  const memory = new ResultMemory();
  memory.record(different);
  const { result } = memory.record(check({ primary: "another", verdict: "skipped", at: 200 }));
  assertEquals([result.conclusive, result.conclusiveAt, result.difference], [null, null, null]);
  assertEquals(result.checks?.different, 1);
});

const PASS = { ratio: 0.5, fullAt: null, incompleteSince: 90, undecidedBecause: "changes" };
const SEEN = { firstKey: ["7"], at: 100, reason: different.reason, difference: different.difference };

Deno.test("ResultMemory: a difference outlives equal parts elsewhere, and ends with the check that refutes it", () => {
  const memory = new ResultMemory();
  memory.record({ ...different, known: { persisting: SEEN, pass: PASS } });
  const window = { afterKey: "7", upToKey: "20" };
  const elsewhere = memory.record(check({ at: 200, window, known: { persisting: SEEN, pass: PASS } })).result;
  assertEquals([elsewhere.verdict, elsewhere.window, elsewhere.pass], ["equal", window, PASS]);
  assertEquals([elsewhere.conclusive, elsewhere.conclusiveAt, elsewhere.difference], [
    { verdict: "different", reason: "The row with key 7 differs" },
    100,
    different.difference,
  ]);
  const known = { persisting: null, pass: PASS };
  // Its own part was equal, but the rest of the check ended without a verdict.
  const refuted = memory.record(check({ verdict: "busy", at: 300, known })).result;
  assertEquals([refuted.conclusive, refuted.conclusiveAt, refuted.difference], [null, null, null]);
  assertEquals(memory.record(check({ at: 400, known })).result.conclusive, { verdict: "equal", reason: "" });
  const skipped = memory.record(check({ verdict: "skipped", at: 500 })).result;
  assertEquals([skipped.conclusiveAt, skipped.window, skipped.pass], [400, null, PASS]);
});

Deno.test("ResultMemory: a table that the user did not name is never overdue", () => {
  const memory = new ResultMemory();
  assertEquals(memory.record(check({ verdict: "failed", isWanted: false })).result.inconclusiveSince, null);
  const { result } = memory.record(check({ isWanted: false, known: { persisting: null, pass: PASS } }));
  assertEquals(result.pass, { ...PASS, incompleteSince: null });
});

Deno.test("ResultMemory: keeps tables and standbys apart, and forgets on request", () => {
  const memory = new ResultMemory();
  for (const standby of ["a", "b"]) for (const table of ["x", "y"]) memory.record(check({ standby, table }));
  memory.forget({ standby: "a", table: "y" });
  assertEquals(memory.results.map(({ standby, table }) => standby + table), ["ax", "bx", "by"]);
});
