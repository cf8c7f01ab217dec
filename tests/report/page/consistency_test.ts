import { assertEquals, assertStringIncludes } from "@std/assert";
import { renderConsistency } from "../../../src/report/page/consistency.ts";
import { textOf } from "./reports.ts";

Deno.test("renderConsistency() says where rows differ and how old the check is", () => {
  const html = renderConsistency([{
    standby: "standby",
    table: "public.test_data",
    verdict: "different",
    reason: "One row differs",
    difference_from_key: "17",
    difference_to_key: "19",
    rows_compared: 1000,
    age_seconds: 130,
    conclusive_age_seconds: null,
  }]);
  const text = textOf(html);
  for (
    const part of [
      "public.test_data on standby different One row differs Keys 17 to 19",
      "1000 2 min ago never conclusive so far",
    ]
  ) assertStringIncludes(text, part);
});

Deno.test("renderConsistency() is nothing without checks", () => assertEquals(renderConsistency([]), ""));
