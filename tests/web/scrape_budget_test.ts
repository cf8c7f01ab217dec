import { assertAlmostEquals, assertEquals } from "@std/assert";
import { parseScrapeBudget } from "../../src/web/scrape_budget.ts";

Deno.test("parseScrapeBudget() subtracts half a second, or a tenth when that is less", () => {
  for (
    const [header, budget] of [["10", 9.5], ["5", 4.5], ["1", 0.9], ["0.5", 0.45], [
      "30.000000",
      29.5,
    ]] as const
  ) {
    assertAlmostEquals(parseScrapeBudget(header) ?? NaN, budget, 1e-9, header);
  }
});

Deno.test("parseScrapeBudget() ignores invalid timeouts", () => {
  for (
    const header of [
      null,
      "",
      "0",
      "0.0",
      "-1",
      "+1",
      "1e3",
      "NaN",
      "Infinity",
      "10s",
      " 10",
      "0x10",
      "9".repeat(99),
    ]
  ) {
    assertEquals(parseScrapeBudget(header), undefined, String(header));
  }
});
