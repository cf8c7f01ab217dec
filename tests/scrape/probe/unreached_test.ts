import { assertEquals } from "@std/assert";
import { renderText } from "../../../src/exposition/text.ts";
import { unreachedFamilies } from "../../../src/scrape/probe/unreached.ts";

Deno.test("unreachedFamilies() says that the server is not reached, and nothing else", () => {
  const linesOf = (cluster: string) =>
    renderText(unreachedFamilies({ name: "db1:5432", cluster })).split("\n")
      .filter((line) => !line.startsWith("#"));
  assertEquals(linesOf(""), ['pgrepl_up{instance="db1:5432"} 0', ""]);
  assertEquals(linesOf("shop"), ['pgrepl_up{instance="db1:5432",cluster="shop"} 0', ""]);
});
