import { assertEquals } from "@std/assert";
import { describeRest, takeSlots, takeSome, takeWorst } from "../../src/report/take_some.ts";
import { SLOT } from "./page/reports.ts";

Deno.test("takeSome() shows the first entries, by default all", () => {
  assertEquals(takeSome([1, 2, 3], 2), { shown: [1, 2], rest: [3] });
  assertEquals(takeSome([1, 2, 3]), { shown: [1, 2, 3], rest: [] });
});

Deno.test("takeWorst() sorts only what is cut", () => {
  const items = (["healthy", "critical", "warning"] as const).map((status) => ({ status }));
  assertEquals(takeWorst(items, 3).shown, items);
  assertEquals(takeWorst(items, 1), {
    shown: [{ status: "critical" }],
    rest: [{ status: "warning" }, { status: "healthy" }],
  });
});

Deno.test("takeSlots() shows those that are lost soonest, then those that retain most", () => {
  const slots = [
    { ...SLOT, name: "small", lag_bytes: 1 },
    { ...SLOT, name: "large", lag_bytes: 2 },
    { ...SLOT, name: "soon", lag_bytes: 0, lost_in_seconds: 60 },
    { ...SLOT, name: "lost", lag_bytes: 0, status: "critical" as const },
  ];
  const namesOf = (most: number) => takeSlots(slots, most).shown.map(({ name }) => name);
  assertEquals(namesOf(3), ["lost", "soon", "large"]);
  assertEquals(namesOf(4), ["lost", "small", "large", "soon"], "nothing is cut: by status alone");
});

Deno.test("describeRest() counts, by status where there is one", () => {
  assertEquals(
    describeRest(["warning", "healthy", "warning"], "slot"),
    "3 more slots: 2 warning, 1 healthy",
  );
  assertEquals(describeRest([null], "sender"), "1 more sender");
});
