import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { parseKeys, type WatchKey } from "../../../src/report/terminal/keys.ts";
import { ANY_CHARACTER } from "../../fixtures/any_character.ts";

for (
  const [text, keys] of [
    ["q", ["quit"]],
    ["\x03", ["quit"]],
    ["p ", ["pause", "pause"]],
    ["sr?h", ["sort", "reverse", "help", "help"]],
    ["jk\x1b[A\x1b[B\x1bOA\x1bOB", ["down", "up", "up", "down", "up", "down"]],
    ["\x1b[5~\x1b[6~\x1b[H\x1b[F\x1b[1~\x1b[4~gG", [
      "page_up",
      "page_down",
      "first",
      "last",
      "first",
      "last",
      "first",
      "last",
    ]],
    ["\x0c", ["redraw"]],
    ["xyz1é数", []],
    ["\x1b[1;5Cq", ["quit"]],
    ["\x1b[200~", []],
    ["\x1bq", ["close", "quit"]],
  ] as const
) {
  Deno.test(`parseKeys(${JSON.stringify(text)}) is ${keys.join(", ") || "nothing"}`, () => {
    assertEquals(parseKeys(text), { keys: [...keys], rest: "" });
  });
}

Deno.test("parseKeys() waits for the end of a sequence", () => {
  assertEquals(parseKeys("q\x1b["), { keys: ["quit"], rest: "\x1b[" });
  assertEquals(parseKeys("\x1b[" + "A"), { keys: ["up"], rest: "" });
});

Deno.test("parseKeys() reports Escape immediately, and keeps it as the beginning of a sequence", () => {
  const { keys, rest } = parseKeys("\x1b");
  assertEquals([keys, rest], [["close"], "\x1b"]);
  assertEquals(parseKeys(`${rest}[A`), { keys: ["up"], rest: "" });
});

Deno.test("parseKeys() finds the same keys however the input is split", () => {
  const pieces = fc.array(fc.constantFrom("q", "\x1b[A", "\x1b[5~", "\x1bOB", "?", "数"), { maxLength: 8 });
  fc.assert(fc.property(pieces, fc.nat(), (list, at) => {
    const text = list.join("");
    const middle = text.length === 0 ? 0 : at % text.length;
    const first = parseKeys(text.slice(0, middle));
    const second = parseKeys(first.rest + text.slice(middle));
    const without = (keys: readonly WatchKey[]) => keys.filter((key) => key !== "close");
    assertEquals(without([...first.keys, ...second.keys]), without(parseKeys(text).keys));
  }));
});

Deno.test("parseKeys() accepts any input, and keeps a short rest", () => {
  fc.assert(fc.property(fc.string({ unit: ANY_CHARACTER }), (text) => parseKeys(text).rest.length < 24));
});
