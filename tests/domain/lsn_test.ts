import { assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { formatLsn, furthestLsn, lsnDistanceBytes, parseLsn } from "../../src/domain/lsn.ts";

const anyLsn = fc.bigInt({ min: 0n, max: (1n << 64n) - 1n });

Deno.test("parseLsn() reads what PostgreSQL writes", () => {
  assertEquals(parseLsn("0/0"), 0n);
  assertEquals(parseLsn("1/0"), 1n << 32n);
  assertEquals(parseLsn("16/B374D848"), 0x16B374D848n);
  assertEquals(parseLsn("FFFFFFFF/FFFFFFFF"), (1n << 64n) - 1n);
});

Deno.test("parseLsn() refuses anything else", () => {
  for (const text of ["", "/", "0", "0/", "/0", "g/0", "0/0/0", " 0/0", "000000001/0", "0x1/0", "-1/0"]) {
    assertThrows(() => parseLsn(text), SyntaxError, undefined, text);
  }
});

Deno.test("formatLsn() and parseLsn() are each other's inverse over 64 bits", () => {
  fc.assert(fc.property(anyLsn, (lsn) => parseLsn(formatLsn(lsn)) === lsn));
});

Deno.test("lsnDistanceBytes() is exact where a difference of doubles would not be", () => {
  const far = parseLsn("FFFFFFF0/00000001");
  assertEquals(lsnDistanceBytes(far + 1n, far), 1);
  assertEquals(Number(far + 1n) - Number(far), 0, "this is why positions are bigint");
  assertEquals(lsnDistanceBytes(far, far + 1n), -1);
});

Deno.test("furthestLsn() passes over what is unknown", () => {
  assertEquals(furthestLsn(null, 3n, undefined, 7n, 5n), 7n);
  assertEquals(furthestLsn(null, undefined), null);
  assertEquals(furthestLsn(), null);
  assertEquals(furthestLsn(0n, null), 0n);
});
