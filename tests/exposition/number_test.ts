import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { formatNumber } from "../../src/exposition/number.ts";

const CASES: readonly (readonly [number, string])[] = [
  [0, "0"],
  [-0, "0"],
  [1, "1"],
  [-1, "-1"],
  [0.1, "0.1"],
  [0.1 + 0.2, "0.30000000000000004"],
  [1 / 3, "0.3333333333333333"],
  [1e-6, "0.000001"],
  [1e-7, "1e-7"],
  [16777216, "16777216"],
  [Number.MAX_SAFE_INTEGER, "9007199254740991"],
  [2 ** 63, "9223372036854776000"],
  [1e21, "1e+21"],
  [Number.MAX_VALUE, "1.7976931348623157e+308"],
  [Number.MIN_VALUE, "5e-324"],
  [NaN, "NaN"],
  [Infinity, "+Inf"],
  [-Infinity, "-Inf"],
];

Deno.test("formatNumber() writes the shortest decimal and the three special values", () => {
  for (const [value, text] of CASES) assertEquals(formatNumber(value), text);
});

Deno.test("formatNumber() reads back as the same double", () => {
  fc.assert(fc.property(fc.double({ noDefaultInfinity: true, noNaN: true }), (value) => {
    assertEquals(Number(formatNumber(value)), value === 0 ? 0 : value);
  }));
});

Deno.test("formatNumber() fits the grammar of OpenMetrics for every double", () => {
  fc.assert(fc.property(fc.double(), (value) => {
    const text = formatNumber(value);
    assertEquals(/^(?:-?\d+(?:\.\d+)?(?:e[+-]\d+)?|NaN|[+-]Inf)$/.test(text), true, text);
  }));
});
