import { assertEquals } from "@std/assert";
import { deriveTree } from "../../src/report/topology_tree.ts";

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
