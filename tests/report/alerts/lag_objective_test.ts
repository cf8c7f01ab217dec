import { assertEquals } from "@std/assert";
import { LAG_BOUNDS_SECONDS } from "../../../src/domain/lag.ts";
import { lagBudgetAlert, lateRatio, lateRecordings } from "../../../src/report/alerts/lag_objective.ts";

Deno.test("the objective is a bound of the buckets, written as the bucket's label is", () => {
  for (const { expression } of lateRecordings) {
    const [, bound = ""] = /le="(\d+)\.0"/.exec(expression) ?? [];
    assertEquals(LAG_BOUNDS_SECONDS.includes(Number(bound)), true, expression);
  }
});

Deno.test("the alert uses recorded windows, each long one with a twelfth of it", () => {
  const names = lateRecordings.map(({ name }) => name);
  const used = lagBudgetAlert.expression.match(/instance:\w+:\w+/g) ?? [];
  assertEquals(used.toSorted(), names.toSorted());
  assertEquals(used, [lateRatio("1h"), lateRatio("5m"), lateRatio("6h"), lateRatio("30m")]);
});
