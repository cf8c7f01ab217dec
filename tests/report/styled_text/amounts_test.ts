import { assertEquals } from "@std/assert";
import fc from "fast-check";
import {
  clockTime,
  compactBytes,
  compactRate,
  compactSeconds,
  isoTime,
} from "../../../src/report/styled_text/amounts.ts";
import { NOON } from "../terminal/reports.ts";

for (
  const [seconds, text] of [
    [null, "?"],
    [NaN, "?"],
    [-3, "0.0s"],
    [0, "0.0s"],
    [3.21, "3.2s"],
    [59.94, "59.9s"],
    [59.96, "1m00s"],
    [192.3, "3m12s"],
    [3599.6, "1h00m"],
    [7500, "2h05m"],
    [86_399, "23h59m"],
    [97_200, "1d03h"],
    [86_400 * 1000, ">999d"],
    [Infinity, ">999d"],
  ] as const
) {
  Deno.test(`compactSeconds(${seconds}) is ${text}`, () => assertEquals(compactSeconds(seconds), text));
}

Deno.test("compactSeconds() takes at most seven columns", () => {
  fc.assert(fc.property(fc.double({ min: 0 }), (seconds) => compactSeconds(seconds).length <= 7));
});

Deno.test("compactBytes() and compactRate() show unknown values", () => {
  assertEquals([compactBytes(null), compactBytes(0), compactBytes(14.4 * 2 ** 20)], ["?", "0 B", "14.4 MiB"]);
  assertEquals([compactRate(null), compactRate(0.4), compactRate(2048)], ["?", "0 B/s", "2.0 KiB/s"]);
});

Deno.test("clockTime() and isoTime() are UTC, to the second, and accept any number", () => {
  assertEquals([clockTime(NOON + 1.9), isoTime(NOON + 1.9)], ["12:00:01", "2026-11-21T12:00:01Z"]);
  assertEquals(isoTime(1e300), "????-??-??T??:??:??Z");
});
