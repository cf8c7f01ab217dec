import { assertEquals, assertStringIncludes } from "@std/assert";
import { helpLines } from "../../../src/report/terminal/help.ts";
import { parseKeys } from "../../../src/report/terminal/keys.ts";
import { lineWidth } from "../../../src/report/styled_text/line.ts";

const lines = helpLines();
const text = lines.map((line) => line.map((span) => span.text).join("")).join("\n");

Deno.test("helpLines() fits a terminal of 80x24", () => {
  assertEquals(lines.filter((line) => lineWidth(line) > 80), []);
  assertEquals(lines.length <= 22, true);
});

Deno.test("helpLines() names every key", () => {
  for (const key of ["q", "p", "s", "r", "j", "k", "?", "h", "g", "G"]) {
    assertEquals(parseKeys(key).keys.length, 1, key);
    assertStringIncludes(text, key);
  }
  for (const word of ["Ctrl-C", "space", "arrows", "page up", "Ctrl-L"]) assertStringIncludes(text, word);
});
