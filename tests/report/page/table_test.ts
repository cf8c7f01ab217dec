import { assertEquals, assertStringIncludes } from "@std/assert";
import { renderTable, renderTiles } from "../../../src/report/page/table.ts";
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
