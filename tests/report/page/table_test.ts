import { assertEquals, assertStringIncludes } from "@std/assert";
import { renderLongTable, renderTable, renderTiles } from "../../../src/report/page/table.ts";
import { markup } from "../../../src/report/markup.ts";
import { textOf } from "./reports.ts";

Deno.test("renderTable() labels every cell with its column and row", () => {
  const html = renderTable({
    caption: "Things",
    columns: ["Name", "Value"],
    rows: [{ key: "a", status: "warning", cells: ["a <b>", markup`<b>1</b>`] }],
  }).text;
  assertStringIncludes(html, '<th scope="col" role="columnheader">Value</th>');
  assertStringIncludes(
    html,
    '<tr role="row" class="warning" data-key="a"><th scope="row" role="rowheader">a &lt;b&gt;</th>',
  );
  assertStringIncludes(html, '<td role="cell" data-label="Value"><div><b>1</b></div></td>');
  assertStringIncludes(html, "<caption><h3>Things</h3></caption>");
});

Deno.test("renderTiles() leaves out an empty note", () => {
  const html = renderTiles([{ name: "A", value: "1", note: "" }, { name: "B", value: "2", note: "two" }]);
  assertEquals(textOf(html), "A 1 B 2 two");
  assertEquals([...html.text.matchAll(/<dd/g)].length, 3);
});

Deno.test("renderLongTable() has ten rows of a long list in view, others in a fold, and counts the rest", () => {
  const items = (count: number) => Array.from({ length: count }, () => ({ status: "warning" as const }));
  const html = (count: number, most: number) =>
    renderLongTable(items(count), {
      caption: "Things",
      columns: ["Name"],
      noun: "thing",
      most,
      rowOf: (_, isFirst) => ({ key: "k", cells: [isFirst ? "in view" : "in the fold"] }),
    }).text;
  const countsOf = (text: string) =>
    [/in view/g, /in the fold/g].map((part) => text.match(part)?.length ?? 0);
  assertEquals([html(20, 100), html(21, 100), html(50, 15)].map(countsOf), [[20, 0], [10, 11], [10, 5]]);
  assertStringIncludes(textOf(html(50, 15)), "5 more things: 5 warning");
  assertStringIncludes(textOf(html(50, 15)), "and 35 more things: 35 warning; the report as JSON");
});
