import { assertEquals } from "@std/assert";
import { measureConsistency } from "../../src/consistency/consistency_families.ts";
import type { ConsistencyResult } from "../../src/domain/consistency.ts";
import { NOW, viewOf } from "../cluster/findings/views.ts";

const result = (changes: Partial<ConsistencyResult> = {}): ConsistencyResult => ({
  primary: "primary",
  standby: "standby",
  table: "public.t",
  verdict: "equal",
  reason: "",
  difference: null,
  rowsCompared: 5,
  durationSeconds: 0.25,
  at: NOW - 10,
  conclusiveAt: NOW - 10,
  conclusive: { verdict: "equal", reason: "" },
  inconclusiveSince: null,
  checks: { equal: 4, different: 0, busy: 1, skipped: 0, failed: 0 },
  pass: { ratio: 0.25, fullAt: NOW - 100, incompleteSince: null, undecidedBecause: "" },
  ...changes,
});

function linesOf(consistency: readonly ConsistencyResult[]): readonly string[] {
  const view = viewOf({ standbySnapshot: { cluster: "shop" }, view: { consistency } });
  return [...measureConsistency(view)].map(({ family, labels, value }) =>
    `${family.name} ${Object.values(labels).filter((each) => each !== "").join(" ")} ${value}`
  );
}
const classicOf = (consistency: readonly ConsistencyResult[]) =>
  linesOf(consistency).filter((line) => line.startsWith("pg_data"));
const busy = result({
  verdict: "busy",
  rowsCompared: null,
  conclusiveAt: null,
  conclusive: null,
  pass: null,
});

Deno.test("measureConsistency() measures an equal check", () => {
  assertEquals(linesOf([result()]), [
    "pg_data_consistency_check cluster shop 1",
    "pgrepl_consistency_verdict standby shop public.t equal 1",
    "pgrepl_consistency_verdict standby shop public.t different 0",
    "pgrepl_consistency_verdict standby shop public.t busy 0",
    "pgrepl_consistency_verdict standby shop public.t skipped 0",
    "pgrepl_consistency_verdict standby shop public.t failed 0",
    "pgrepl_consistency_different standby shop public.t 0",
    "pgrepl_consistency_rows_compared standby shop public.t 5",
    "pgrepl_consistency_duration_seconds standby shop public.t 0.25",
    "pgrepl_consistency_conclusive_age_seconds standby shop public.t 10",
    "pgrepl_consistency_pass_ratio standby shop public.t 0.25",
    "pgrepl_consistency_full_pass_age_seconds standby shop public.t 100",
    "pgrepl_consistency_checks_total standby shop public.t equal 4",
    "pgrepl_consistency_checks_total standby shop public.t different 0",
    "pgrepl_consistency_checks_total standby shop public.t busy 1",
    "pgrepl_consistency_checks_total standby shop public.t skipped 0",
    "pgrepl_consistency_checks_total standby shop public.t failed 0",
  ]);
});

Deno.test("measureConsistency() has no conclusion before the first conclusive check", () => {
  const names = new Set(linesOf([busy]).map((line) => line.split(" ")[0]));
  assertEquals([...names], [
    "pgrepl_consistency_verdict",
    "pgrepl_consistency_duration_seconds",
    "pgrepl_consistency_checks_total",
  ]);
  assertEquals(linesOf([]), []);
});

Deno.test("pg_data_consistency_check is 0 when any table differs, until it is found equal", () => {
  const different = result({
    table: "b",
    verdict: "busy",
    conclusive: { verdict: "different", reason: "x" },
  });
  assertEquals(classicOf([result(), different, busy]), ["pg_data_consistency_check cluster shop 0"]);
  assertEquals(classicOf([result(), busy]), ["pg_data_consistency_check cluster shop 1"]);
  assertEquals(classicOf([busy]), []);
});

Deno.test("measureConsistency() has no sample for an unknown share and a pass that has not ended", () => {
  const pass = { ratio: null, fullAt: null, incompleteSince: null, undecidedBecause: "" };
  assertEquals(linesOf([result({ pass })]).filter((line) => line.includes("pass")), []);
});

Deno.test("a table of a subscription has its label, and is no matter of the classic family", () => {
  const lines = linesOf([
    result({ subscription: "orders", conclusive: { verdict: "different", reason: "" } }),
  ]);
  assertEquals(lines[0], "pgrepl_consistency_verdict standby shop orders public.t equal 1");
  assertEquals(lines.includes("pgrepl_consistency_different standby shop orders public.t 1"), true);
  assertEquals(lines.filter((line) => line.startsWith("pg_data")), []);
});
