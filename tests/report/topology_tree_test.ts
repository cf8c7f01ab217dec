import { assertEquals } from "@std/assert";
import { cutTree, deriveTree } from "../../src/report/topology_tree.ts";

function link(text: string) {
  const [upstream = "", downstream = ""] = text.split(">");
  return { upstream, downstream };
}

Deno.test("deriveTree() cuts cycles, keeps the first of two upstreams, and ignores unknown names", () => {
  assertEquals(Object.fromEntries(deriveTree(["a", "b", "c"], ["a>b", "b>a", "c>b", "x>c"].map(link))), {
    "": ["a", "c"],
    a: ["b"],
    b: [],
    c: [],
  });
});

Deno.test("cutTree() keeps the most important names and what is above them", () => {
  const names = ["p", "a", "b", "c", "d"];
  const tree = deriveTree(names, ["p>a", "p>b", "b>c", "a>d"].map(link));
  const cut = cutTree(tree, ["c", "p", "a", "b", "d"], 1);
  assertEquals(Object.fromEntries(cut.tree), { "": ["p"], p: ["b"], b: ["c"], c: [] });
  assertEquals(Object.fromEntries(cut.hidden), { p: ["a", "d"] });
  assertEquals(cutTree(tree, names, 5), { tree, hidden: new Map() });
});
