import { assertEquals, assertThrows } from "@std/assert";
import { withExample } from "../../../compose/build/examples.ts";

const PAGE = "# Page\n\n```sh\nls\n```\n\nText with `code`.\n\n```text\nold\n\nlines\n...\n```\n";

Deno.test("withExample() replaces the last code block up to the end that is given", () => {
  const output = "first\n\nFINDINGS\n  one\n\n  two\n";
  assertEquals(
    withExample(PAGE, output, /\nFINDINGS\n[^]*?\n\n/),
    "# Page\n\n```sh\nls\n```\n\nText with `code`.\n\n```text\nfirst\n\nFINDINGS\n  one\n\n...\n```\n",
  );
});

Deno.test("withExample() refuses an output without that end and a page without an example", () => {
  assertThrows(() => withExample(PAGE, "other\n", /FINDINGS/), SyntaxError, "nothing that matches");
  assertThrows(() => withExample("# Page\n", "FINDINGS\n", /FINDINGS/), SyntaxError, "code block");
});
