import { assertEquals } from "@std/assert";
import { renderText } from "../../src/exposition/text.ts";
import { CASES, EMPTY, manySamples } from "./families.ts";

for (const { title, family, text } of CASES) {
  Deno.test(`renderText() writes ${title}`, () => {
    assertEquals(renderText([family]), text);
  });
}

Deno.test("renderText() writes families one after the other, without blank lines", () => {
  assertEquals(renderText(CASES.map(({ family }) => family)), CASES.map(({ text }) => text).join(""));
});

Deno.test("renderText() leaves out what has no samples", () => {
  assertEquals(renderText([]), "");
  assertEquals(renderText([EMPTY]), "");
});

Deno.test("renderText() loses and repeats no line around the size of a chunk", () => {
  for (const count of [1, 127, 128, 129, 255, 256, 257, 1000]) {
    const lines = renderText([manySamples(count)]).split("\n").slice(2, -1);
    assertEquals(lines, Array.from({ length: count }, (_, index) => `pgrepl_many{n="${index}"} ${index}`));
  }
});
