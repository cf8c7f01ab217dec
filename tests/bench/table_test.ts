import { assertEquals } from "@std/assert";
import { renderTable } from "./table.ts";

Deno.test("renderTable() aligns, wraps and numbers rows and details", () => {
  const table = renderTable([
    { what: "Round trips", goal: "1 each", figure: "1, 1, 1", verdict: "met", details: ["first", "second"] },
    { what: "word ".repeat(14).trim(), goal: "", figure: "2", verdict: "known" },
  ]);
  assertEquals(table.split("\n").map((line) => line.replace(/ {3,}/g, " | ")), [
    " | measured | goal | figure | verdict",
    " 1  Round trips | 1 each  1, 1, 1  met",
    " 2  word word word word word word word word word word word | - | 2 | known",
    " | word word word",
    "",
    " 1  first",
    " | second",
    "",
  ]);
});
