import { assertEquals } from "@std/assert";
import { renderOpenMetrics } from "../../src/exposition/openmetrics.ts";
import { CASES, EMPTY } from "./families.ts";

for (const { title, family, openMetrics } of CASES) {
  Deno.test(`renderOpenMetrics() writes ${title}`, () => {
    assertEquals(renderOpenMetrics([family]), `${openMetrics}# EOF\n`);
  });
}

Deno.test("renderOpenMetrics() ends in exactly one # EOF", () => {
  const all = CASES.map(({ openMetrics }) => openMetrics).join("");
  assertEquals(renderOpenMetrics(CASES.map(({ family }) => family)), `${all}# EOF\n`);
  assertEquals(renderOpenMetrics([]), "# EOF\n");
  assertEquals(renderOpenMetrics([EMPTY]), "# EOF\n");
});
