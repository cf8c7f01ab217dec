import { assertEquals, assertThrows } from "@std/assert";
import {
  amountOrNull,
  countOrNull,
  lagHourSchema,
  lsnOrNull,
  object,
  word,
} from "../../src/report/schema_types.ts";

Deno.test("types of keys accept what a report has, and nothing else", () => {
  assertEquals([amountOrNull("").parse(1.5), countOrNull("").parse(null), lsnOrNull("").parse("0/5000148")], [
    1.5,
    null,
    "0/5000148",
  ]);
  assertThrows(() => amountOrNull("").parse(-1));
  assertThrows(() => countOrNull("").parse(1.5));
  assertThrows(() => lsnOrNull("").parse("5000148"));
});

Deno.test("words and keys of a later release are kept", () => {
  assertEquals(word(["one"], "").parse("two"), "two");
  assertEquals<unknown>(object("Thing", "", {}).parse({ more: 1 }), { more: 1 });
  const hour = { samples: 1, within_warning_ratio: 1, unknown_ratio: 0 };
  assertEquals(lagHourSchema.parse(hour), hour);
});
