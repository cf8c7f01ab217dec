import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import {
  ASCII_GLYPHS,
  fit,
  fitLine,
  type Line,
  lineWidth,
  markOf,
  span,
  styleOf,
  UNICODE_GLYPHS,
} from "../../../src/report/styled_text/line.ts";
import { STATUSES } from "../../../src/report/model.ts";
import { ANY_CHARACTER } from "../../fixtures/any_character.ts";

const glyphs = UNICODE_GLYPHS;
const text = (line: Line) => line.map((part) => part.text).join("");

Deno.test("span() replaces control characters", () => {
  assertEquals(span("a\x1bb", "strong"), { text: "a?b", style: "strong" });
});

Deno.test("fit() fills exactly the columns, with wide characters too", () => {
  assertEquals(fit("ab", { width: 4, glyphs }), "ab  ");
  assertEquals(fit("ab", { width: 4, isRight: true, glyphs }), "  ab");
  assertEquals(fit("abcdef", { width: 4, glyphs: ASCII_GLYPHS }), "abc~");
  assertEquals(fit("数据库", { width: 4, glyphs }), "数… ");
  fc.assert(fc.property(fc.string({ unit: ANY_CHARACTER }), fc.integer({ min: 1, max: 40 }), (any, width) => {
    assertEquals(lineWidth([span(fit(any, { width, glyphs }))]), width);
  }));
});

Deno.test("fitLine() marks a cut, even at the end of a span", () => {
  const line = [span("abc", "strong"), span("def"), span("ghi")];
  assertEquals(text(fitLine(line, { width: 9, glyphs })), "abcdefghi");
  assertEquals(text(fitLine(line, { width: 7, glyphs })), "abcdef…");
  assertEquals(text(fitLine(line, { width: 6, glyphs })), "abcde…");
  assertEquals(text(fitLine(line, { width: 3, glyphs })), "ab…");
  assertEquals(fitLine(line, { width: 0, glyphs }), []);
});

Deno.test("fitLine() stays within the width for any span", () => {
  const spans = fc.array(
    fc.string({ unit: ANY_CHARACTER }).map((any) => ({ text: any, style: "plain" as const })),
  );
  fc.assert(fc.property(spans, fc.nat({ max: 50 }), (line, width) => {
    const kept = fitLine(line, { width, glyphs });
    assert(lineWidth(kept) <= width);
    assert(!/\p{Cc}/u.test(text(kept)));
  }));
});

Deno.test("every status but healthy has a mark, and each its own style", () => {
  assertEquals(STATUSES.map(markOf), ["", "?", "!", "!!"]);
  assertEquals(new Set(STATUSES.map(styleOf)).size, STATUSES.length);
});
