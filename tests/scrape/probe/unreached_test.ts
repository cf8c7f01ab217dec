import { assertEquals } from "@std/assert";
import { renderText } from "../../../src/exposition/text.ts";
import { unreachedFamilies } from "../../../src/scrape/probe/unreached.ts";

Deno.test("unreachedFamilies() has pgrepl_up 0 and nothing else", () => {
  const families = unreachedFamilies({ name: "db1:5432", cluster: "" });
  const lines = renderText(families).split("\n").filter((line) => !line.startsWith("#"));
  assertEquals(lines, ['pgrepl_up{instance="db1:5432"} 0', ""]);
});
