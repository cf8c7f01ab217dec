import { assertEquals } from "@std/assert";
import { quoteName, quoteText } from "../../src/domain/sql_text.ts";

Deno.test("quoteName() quotes names that PostgreSQL would fold or reject", () => {
  for (
    const [name, text] of [["monitor", "monitor"], ["My Role", '"My Role"'], ['a"b', '"a""b"'], [
      "1a",
      '"1a"',
    ]]
  ) assertEquals(quoteName(String(name)), text);
});

Deno.test("quoteText() doubles apostrophes", () => {
  assertEquals(quoteText("it's"), "'it''s'");
});
