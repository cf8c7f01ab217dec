import { assertEquals } from "@std/assert";
import { destructive } from "../../../src/cluster/findings/destructive.ts";

Deno.test("destructive() puts the reason and the check before the step, and the loss after it", () => {
  assertEquals(
    destructive({ because: "It is lost", checkFirst: "is it?", step: "DROP x;", loses: "x is gone" }),
    "It is lost. Check first: is it? Then DROP x; If that is wrong, x is gone",
  );
  assertEquals(
    destructive({ because: "B", checkFirst: "`SELECT 1;`", step: "do it", loses: "l" }),
    "B. Check first: `SELECT 1;` Then do it. If that is wrong, l",
  );
});
