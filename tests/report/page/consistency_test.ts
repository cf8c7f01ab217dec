import { assertEquals, assertStringIncludes } from "@std/assert";
import { renderConsistency } from "../../../src/report/page/consistency.ts";
import type { ReportConsistency } from "../../../src/report/model.ts";
import { textOf } from "./reports.ts";

const DIFFERENT: ReportConsistency = {
  standby: "standby",
  subscription: null,
  compared_with: "primary",
  table: "public.test_data",
  verdict: "different",
  reason: "One row differs",
  difference_from_key: "17",
  difference_to_key: "19",
  rows_compared: 1000,
  age_seconds: 130,
  conclusive_age_seconds: null,
  conclusive_verdict: "different",
  conclusive_reason: "One row differs",
  window: { after_key: null, up_to_key: null },
  pass_ratio: 1,
  full_pass_age_seconds: 1,
};

Deno.test("renderConsistency() shows which rows differ and the age of the check", () => {
  const html = renderConsistency([DIFFERENT]);
  const text = textOf(html);
  for (
    const part of [
      "public.test_data on standby different One row differs Keys 17 to 19",
      "1000 2 min ago no conclusive result yet",
    ]
  ) assertStringIncludes(text, part);
});

Deno.test("renderConsistency() shows a difference until it is refuted, and the worst first", () => {
  const busy = { ...DIFFERENT, verdict: "busy", reason: "It changed", conclusive_age_seconds: 200 };
  const equal = {
    ...DIFFERENT,
    table: "public.fine",
    verdict: "equal",
    reason: "",
    conclusive_verdict: "equal" as const,
  };
  const text = textOf(renderConsistency([equal, busy]));
  assertStringIncludes(
    text,
    "public.test_data on standby different One row differs Found 3 min 20 s ago; the latest check was inconclusive (busy)",
  );
  assertEquals(text.indexOf("public.test_data") < text.indexOf("public.fine"), true);
});

Deno.test("renderConsistency() shows which rows were compared if not all", () => {
  const part = { ...DIFFERENT, window: { after_key: "1000", up_to_key: "2000" }, pass_ratio: 0.25 };
  assertStringIncludes(
    textOf(renderConsistency([part])),
    "Compared after key 1000 up to key 2000; 25 % of the table in this pass; the latest full pass ended",
  );
});

Deno.test("renderConsistency() is empty without checks", () => assertEquals(renderConsistency([]), ""));

Deno.test("renderConsistency() names the subscription of a table", () => {
  const text = textOf(renderConsistency([{ ...DIFFERENT, standby: "sub", subscription: "orders" }]));
  assertStringIncludes(text, "public.test_data on sub, subscription orders different");
});
