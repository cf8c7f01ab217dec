import { assertEquals } from "@std/assert";
import { RecentIncrease } from "../../../src/cluster/memory/recent_increase.ts";

Deno.test("RecentIncrease counts what came since a moment, not what was there at first", () => {
  const increase = new RecentIncrease();
  increase.add("a", { total: 7, at: 0 });
  assertEquals(increase.since(-600).get("a"), 0);
  increase.add("a", { total: 9, at: 10 });
  increase.add("a", { total: 9, at: 300 });
  increase.add("a", { total: 10, at: 500 });
  assertEquals(increase.since(-100).get("a"), 3);
  assertEquals(increase.since(5).get("a"), 3);
  assertEquals(increase.since(100).get("a"), 1);
  assertEquals(increase.since(500).get("a"), 0);
  assertEquals(increase.since(500).get("b"), undefined);
  increase.add("b", { total: 1, at: 600 });
  assertEquals([...increase.since(500, ["b", "c"])], [["b", 0]]);
});

Deno.test("RecentIncrease starts again when a counter is reset", () => {
  const increase = new RecentIncrease();
  increase.add("a", { total: 7, at: 0 });
  increase.add("a", { total: 2, at: 1 });
  assertEquals(increase.since(-10).get("a"), 0);
  increase.add("a", { total: 3, at: 2 });
  assertEquals(increase.since(-10).get("a"), 1);
});
