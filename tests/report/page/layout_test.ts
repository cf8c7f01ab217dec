import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { deriveLayout } from "../../../src/report/page/layout.ts";
import { deriveTree } from "../../../src/report/topology_tree.ts";

function link(text: string) {
  const [upstream = "", downstream = ""] = text.split(">");
  return { upstream, downstream };
}

function layoutOf(names: readonly string[], links: readonly string[]) {
  const { positions, columns, rows } = deriveLayout(deriveTree(names, links.map(link)));
  return {
    positions: Object.fromEntries([...positions].map(([name, { column, row }]) => [name, [column, row]])),
    columns,
    rows,
  };
}

Deno.test("deriveLayout() places a primary alone", () => {
  assertEquals(layoutOf(["p"], []), { positions: { p: [0, 0] }, columns: 1, rows: 1 });
});

Deno.test("deriveLayout() places a primary between its standbys, and a cascading standby behind its upstream", () => {
  assertEquals(layoutOf(["p", "a", "b", "c"], ["p>a", "p>b", "a>c"]), {
    positions: { p: [0, 0.5], a: [1, 0], c: [2, 0], b: [1, 1] },
    columns: 3,
    rows: 2,
  });
});

Deno.test("deriveLayout() gives each of 50 standbys its own row", () => {
  const names = Array.from({ length: 50 }, (_, index) => `s${index}`);
  const { positions, rows } = layoutOf(["p", ...names], names.map((name) => `p>${name}`));
  assertEquals(rows, 50);
  assertEquals(new Set(names.map((name) => positions[name]?.[1])).size, 50);
});

Deno.test("deriveLayout() places a primary beside its first follower on request", () => {
  const { positions } = deriveLayout(deriveTree(["p", "a", "b"], ["p>a", "p>b"].map(link)), "first");
  assertEquals(positions.get("p"), { column: 0, row: 0 });
});

Deno.test("deriveLayout() gives every name one position of its own for any links", () => {
  const name = fc.constantFrom("a", "b", "c", "d", "e", "f");
  const links = fc.array(fc.record({ upstream: name, downstream: name }));
  fc.assert(fc.property(links, (some) => {
    const { positions } = deriveLayout(deriveTree(["a", "b", "c", "d", "e", "f"], some));
    assertEquals([...positions.keys()].sort(), ["a", "b", "c", "d", "e", "f"]);
    assertEquals(new Set([...positions.values()].map(({ column, row }) => `${column} ${row}`)).size, 6);
  }));
});
