import { assertEquals } from "@std/assert";
import { wrapWords } from "../../src/cli/wrap_words.ts";

Deno.test("wrapWords() breaks at blanks, indents every line, and keeps long words whole", () => {
  assertEquals(wrapWords("a bb  ccc dddddddd e", { width: 8, indent: 2 }), [
    "  a bb",
    "  ccc",
    "  dddddddd",
    "  e",
  ]);
  assertEquals(wrapWords("a b", { width: 8 }), ["a b"]);
});
