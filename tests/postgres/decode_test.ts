import { assertEquals, assertThrows } from "@std/assert";
import {
  decodeBoolean,
  decodeLabel,
  decodeLsn,
  decodeNumber,
  decodeText,
  decodeTextRows,
  decodeTexts,
  requireBoolean,
  requireNumber,
  requireText,
  type Row,
} from "../../src/postgres/decode.ts";

const row: Row = {
  text: "streaming",
  nothing: null,
  empty: "",
  number: "-12.5",
  big: "9223372036854775807",
  infinite: "Infinity",
  yes: "t",
  no: "off",
  position: "16/B374D848",
};

Deno.test("decoders return values of their type", () => {
  assertEquals(decodeText(row, "text"), "streaming");
  assertEquals(decodeLabel(row, "text"), "streaming");
  assertEquals(requireText(row, "empty"), "");
  assertEquals(decodeNumber(row, "number"), -12.5);
  assertEquals(requireNumber(row, "big"), 2 ** 63);
  assertEquals([decodeBoolean(row, "yes"), requireBoolean(row, "no")], [true, false]);
  assertEquals(decodeLsn(row, "position"), 0x16B374D848n);
});

Deno.test("NULL stays null, is an empty label, and fails where NULL is not allowed", () => {
  for (const decode of [decodeText, decodeNumber, decodeBoolean, decodeLsn]) {
    assertEquals(decode(row, "nothing"), null, decode.name);
  }
  assertEquals(decodeLabel(row, "nothing"), "");
  for (const require of [requireText, requireNumber, requireBoolean]) {
    assertThrows(
      () => require(row, "nothing"),
      TypeError,
      'column "nothing": expected a value, got NULL',
      require.name,
    );
  }
});

Deno.test("a missing column fails instead of reading as NULL", () => {
  for (const decode of [decodeText, decodeLabel, decodeNumber, decodeBoolean, decodeLsn]) {
    assertThrows(() => decode(row, "misspelt"), TypeError, 'column "misspelt" is missing');
  }
});

Deno.test("an invalid value fails instead of becoming a number", () => {
  for (const column of ["text", "empty", "infinite"]) {
    assertThrows(() => decodeNumber(row, column), TypeError, "expected a number");
  }
  assertThrows(() => decodeBoolean(row, "number"), TypeError, "expected a boolean");
  assertThrows(() => decodeLsn(row, "text"), SyntaxError);
});

Deno.test("decodeTexts() and decodeTextRows() read JSON, and NULL as nothing", () => {
  const json = {
    one: '["a","ü"]',
    two: '[["a"],[]]',
    none: null,
    number: "[1]",
    object: "{}",
    flat: '["a"]',
  };
  assertEquals([decodeTexts(json, "one"), decodeTexts(json, "none")], [["a", "ü"], []]);
  assertEquals([decodeTextRows(json, "two"), decodeTextRows(json, "none")], [[["a"], []], []]);
  assertThrows(() => decodeTexts(json, "number"), TypeError, "expected texts");
  assertThrows(() => decodeTexts(json, "object"), TypeError, "expected an array");
  assertThrows(() => decodeTextRows(json, "flat"), TypeError, "expected arrays");
});
