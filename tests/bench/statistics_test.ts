import { assertEquals, assertThrows } from "@std/assert";
import { formatMebibytes, formatNumber, formatSpread, median, quantile } from "./statistics.ts";

Deno.test("median() is the middle value in any order", () => {
  assertEquals(median([3, 1, 2]), 2);
  assertEquals(median([4, 1, 2, 3]), 2.5);
  assertEquals(median([10, 9]), 9.5);
  assertEquals(median([7]), 7);
});

Deno.test("quantile() interpolates, and rejects an empty list", () => {
  assertEquals(quantile([0, 10, 20, 30], 0.5), 15);
  assertEquals(quantile([0, 10, 20, 30], 0.75), 22.5);
  assertEquals(quantile([0, 10], 1), 10);
  assertThrows(() => quantile([], 0.5), RangeError);
});

Deno.test("formatNumber() keeps three digits and never an exponent", () => {
  const written = [0, 1, 0.07054, 0.00012345, 12.3456, 123.6, 12607.4].map(formatNumber);
  assertEquals(written, ["0", "1", "0.0705", "0.000123", "12.3", "124", "12,607"]);
});

Deno.test("formatSpread() shows the quartiles", () => {
  assertEquals(formatSpread([1, 2, 3, 4, 5]), "2-4");
  assertEquals(formatMebibytes(80 * 1024 * 1024), "80.0 MiB");
});
