import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { deriveLayout, deriveTree } from "../../../src/report/page/layout.ts";

function link(text: string) {
  const [upstream = "", downstream = ""] = text.split(">");
  return { upstream, downstream };
}

function placesOf(names: readonly string[], links: readonly string[]) {
  const { places, columns, rows } = deriveLayout(deriveTree(names, links.map(link)));
  return {
    places: Object.fromEntries([...places].map(([name, { column, row }]) => [name, [column, row]])),
    columns,
    rows,
  };
}

Deno.test("deriveLayout() places a primary alone", () => {
  assertEquals(placesOf(["p"], []), { places: { p: [0, 0] }, columns: 1, rows: 1 });
});

Deno.test("deriveLayout() places a primary between its standbys, and a cascade behind its upstream", () => {
  assertEquals(placesOf(["p", "a", "b", "c"], ["p>a", "p>b", "a>c"]), {
    places: { p: [0, 0.5], a: [1, 0], c: [2, 0], b: [1, 1] },
    columns: 3,
    rows: 2,
  });
});

Deno.test("deriveLayout() gives every one of fifty standbys a row of its own", () => {
  const names = Array.from({ length: 50 }, (_, index) => `s${index}`);
  const { places, rows } = placesOf(["p", ...names], names.map((name) => `p>${name}`));
  assertEquals(rows, 50);
  assertEquals(new Set(names.map((name) => places[name]?.[1])).size, 50);
});

Deno.test("deriveLayout() places a primary beside the first of many when told so", () => {
  const { places } = deriveLayout(deriveTree(["p", "a", "b"], ["p>a", "p>b"].map(link)), "first");
  assertEquals(places.get("p"), { column: 0, row: 0 });
});

Deno.test("deriveTree() cuts circles, keeps the first of two upstreams, and passes over strangers", () => {
  assertEquals(Object.fromEntries(deriveTree(["a", "b", "c"], ["a>b", "b>a", "c>b", "x>c"].map(link))), {
    "": ["a", "c"],
    a: ["b"],
    b: [],
    c: [],
  });
});

Deno.test("deriveLayout() places every name exactly once, two never in one place, whatever the links", () => {
  const name = fc.constantFrom("a", "b", "c", "d", "e", "f");
  const links = fc.array(fc.record({ upstream: name, downstream: name }));
  fc.assert(fc.property(links, (some) => {
    const { places } = deriveLayout(deriveTree(["a", "b", "c", "d", "e", "f"], some));
    assertEquals([...places.keys()].sort(), ["a", "b", "c", "d", "e", "f"]);
    assertEquals(new Set([...places.values()].map(({ column, row }) => `${column} ${row}`)).size, 6);
  }));
});
