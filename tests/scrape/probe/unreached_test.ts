import { assertEquals } from "@std/assert";
import { renderText } from "../../../src/exposition/text.ts";
import { unreachedFamilies } from "../../../src/scrape/probe/unreached.ts";

Deno.test("unreachedFamilies() says that the server is not reached, and nothing else", () => {
  const lines = renderText(unreachedFamilies("db1:5432")).split("\n").filter((line) => !line.startsWith("#"));
  assertEquals(lines, ['pgrepl_up{instance="db1:5432"} 0', ""]);
});
