import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import {
  type DrawnEdge,
  type DrawnNode,
  FEW_SERVERS,
  renderDrawing,
} from "../../../src/report/page/drawing.ts";
import { deriveTree } from "../../../src/report/topology_tree.ts";

function draw(names: readonly string[], edges: readonly (readonly [upstream: string, downstream: string])[]) {
  const nodes = names.map((name): DrawnNode => ({ name, status: "healthy", about: "primary" }));
  const drawn = edges.map(([upstream, downstream]): DrawnEdge => ({
    upstream,
    downstream,
    kind: "healthy",
    label: "1 s",
  }));
  return renderDrawing(nodes, { tree: deriveTree(names, drawn), edges: drawn, list: "" }).text;
}

/** Where each edge begins and ends, and where its label is. */
function linesOf(html: string): readonly string[] {
  return [
    ...html.matchAll(
      /<path d="M([\d.]+) ([\d.]+)[^"]* ([\d.]+) ([\d.]+)".*?<text x="([\d.]+)"[^>]*anchor="(\w+)"/g,
    ),
  ]
    .map(([, ...parts]) => parts.join(" "));
}

Deno.test("renderDrawing() draws both directions apart, each label at its arrowhead", () => {
  assertEquals(linesOf(draw(["a", "b"], [["a", "b"], ["b", "a"]])), [
    "202 29 366 29 352 end",
    "366 38 202 38 216 start",
  ]);
});

Deno.test("renderDrawing() draws an edge between servers of one column beside them", () => {
  const html = draw(["a", "b", "c"], [["a", "b"], ["a", "c"], ["b", "c"]]);
  assertEquals(linesOf(html)[2], "562 38 562 104 576 start");
  assertStringIncludes(html, 'viewBox="0 0 732 ');
  assertStringIncludes(draw(["a", "b", "c"], [["a", "b"], ["a", "c"]]), 'viewBox="0 0 568 ');
});

Deno.test("renderDrawing() has dashes where they are given", () => {
  const nodes = ["a", "b"].map((name): DrawnNode => ({ name, status: "healthy", about: "" }));
  const edge = { upstream: "a", downstream: "b", kind: "logical healthy", label: "", dashes: "10 4" };
  const html = renderDrawing(nodes, { tree: deriveTree(["a", "b"], [edge]), edges: [edge], list: "" }).text;
  assertStringIncludes(html, `stroke-dasharray="10 4"`);
  assert(!draw(["a", "b"], [["a", "b"]]).includes("dasharray"));
});

Deno.test("renderDrawing() draws many closely, in a part of the page that scrolls", () => {
  const names = Array.from({ length: FEW_SERVERS + 1 }, (_, index) => `s${index}`);
  assertStringIncludes(draw(names, []), 'tabindex="0"');
  assert(!draw(names.slice(1), []).includes('tabindex="0"'));
});
