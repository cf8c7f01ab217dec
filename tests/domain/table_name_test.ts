import { assertEquals, assertThrows } from "@std/assert";
import * as fc from "fast-check";
import { formatTableName, parseTableName } from "../../src/domain/table_name.ts";

for (
  const [text, schema, table] of [
    ["public.test_data", "public", "test_data"],
    [" Shop.Orders ", "shop", "orders"],
    ['"My Schema"."a.b""c"', "My Schema", 'a.b"c'],
    ['shop."Order"', "shop", "Order"],
    ["größe.x$1", "größe", "x$1"],
  ] as const
) {
  Deno.test(`parseTableName() parses ${text}`, () => {
    assertEquals(parseTableName(text), { schema, table });
  });
}

for (
  const text of ["", "test_data", "a.b.c", "a.", ".b", '"".b', 'a."b', "a b.c", "1a.b", "a.b; DROP TABLE c"]
) {
  Deno.test(`parseTableName() refuses "${text}"`, () => {
    assertThrows(() => parseTableName(text), SyntaxError, "expected schema.table");
  });
}

Deno.test("formatTableName() output is parsed by parseTableName()", () => {
  const part = fc.string({ minLength: 1, unit: "grapheme" });
  fc.assert(fc.property(part, part, (schema, table) => {
    assertEquals(parseTableName(formatTableName({ schema, table })), { schema, table });
  }));
  assertEquals(formatTableName({ schema: "public", table: "Order" }), 'public."Order"');
});
