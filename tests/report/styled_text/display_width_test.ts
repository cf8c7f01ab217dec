import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { cutEnd, cutName, displayWidth, printable } from "../../../src/report/styled_text/display_width.ts";
import { HOSTILE_NAMES } from "../terminal/reports.ts";
import { ANY_CHARACTER } from "../../fixtures/any_character.ts";

/** Characters that may move the cursor, and code points that are not characters. */
const MOVES = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Zl}\p{Zp}]/u;

const anyText = fc.oneof(
  fc.string({ unit: ANY_CHARACTER }),
  fc.string({ unit: "grapheme" }),
  fc.string({ unit: fc.integer({ min: 0, max: 0xffff }).map((code) => String.fromCharCode(code)) }),
  fc.constantFrom(...HOSTILE_NAMES),
);

for (
  const [text, clean, width] of [
    ["standby", "standby", 7],
    ["\x1b[2Jx\x07", "?[2Jx?", 6],
    ["a\tb\nc", "a b c", 5],
    ["e\u0301", "é", 1],
    ["q\u0301", "q\u0301", 1],
    ["q\u0301\u0301\u0301\u0301", "q\u0301\u0301", 1],
    ["\u0301a", "a", 1],
    ["数据库", "数据库", 6],
    ["한국", "한국", 4],
    ["ｆｕｌｌ", "ｆｕｌｌ", 8],
    ["\u202eabc", "?abc", 4],
    ["👍", "👍", 2],
    ["❤\ufe0f", "❤", 1],
    ["a\u200db", "a?b", 3],
    ["\ud800", "?", 1],
    ["\u115f\u3164", "??", 2],
    ["ü", "ü", 1],
  ] as const
) {
  Deno.test(`printable(${JSON.stringify(text)}) is ${JSON.stringify(clean)}, ${width} wide`, () => {
    assertEquals([printable(text), displayWidth(printable(text))], [clean, width]);
  });
}

Deno.test("printable() removes everything that moves the cursor, and is idempotent", () => {
  fc.assert(fc.property(anyText, (text) => {
    const clean = printable(text);
    assert(!MOVES.test(clean), JSON.stringify(clean));
    assertEquals(printable(clean), clean);
  }));
});

Deno.test("cutEnd() stays within the width, and keeps text that fits", () => {
  fc.assert(fc.property(anyText, fc.nat({ max: 30 }), (text, width) => {
    const clean = printable(text);
    const kept = cutEnd(clean, { width, mark: "…" });
    assert(displayWidth(kept) <= width);
    if (displayWidth(clean) <= width) assertEquals(kept, clean);
    else if (width > 0) assert(kept.endsWith("…"));
  }));
});

Deno.test("cutName() stays within the width, and keeps text that fits", () => {
  fc.assert(fc.property(anyText, fc.nat({ max: 30 }), (text, width) => {
    const clean = printable(text);
    const kept = cutName(clean, { width, mark: "…" });
    assert(displayWidth(kept) <= width);
    if (displayWidth(clean) <= width) assertEquals(kept, clean);
    else if (width > 0) assert(kept.includes("…"));
  }));
});

Deno.test("cutName() keeps the end, where names of one fleet differ", () => {
  assertEquals(cutName("orders-production-eu/s7", { width: 14, mark: "…" }), "orde…ion-eu/s7");
  assertEquals(cutName("pg-standby-eu-central-1a-10", { width: 14, mark: "~" }), "pg-s~ral-1a-10");
  assertEquals(cutName("abcdef", { width: 2, mark: "…" }), "…f");
  assertEquals(cutName("abcdef", { width: 1, mark: "…" }), "…");
  assertEquals(cutName("数据库数据库", { width: 7, mark: "…" }), "数…据库");
});

Deno.test("cutEnd() does not split a wide character", () => {
  assertEquals(cutEnd("数据库", { width: 4, mark: "…" }), "数…");
  assertEquals(cutEnd("数据库", { width: 5, mark: "…" }), "数据…");
});
