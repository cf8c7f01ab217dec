import { assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { formatDuration, formatSize, parseDuration, parseSize } from "../../src/config/units.ts";

Deno.test("parseDuration() reads what Prometheus reads", () => {
  const cases: readonly (readonly [string, number])[] = [
    ["0", 0],
    ["0s", 0],
    ["500ms", 0.5],
    ["300ms", 0.3],
    ["15s", 15],
    ["1m30s", 90],
    ["1h", 3600],
    ["2d12h", 216000],
    ["1w", 604800],
    ["1y", 31536000],
    ["1m500ms", 60.5],
  ];
  for (const [text, seconds] of cases) assertEquals(parseDuration(text), seconds, text);
});

Deno.test("parseDuration() rejects what Prometheus rejects", () => {
  for (const text of ["", "15", "1.5s", "-1s", "1s1m", "1s 1ms", "s", "1S", "1x", "1s\n", "١s"]) {
    assertThrows(() => parseDuration(text), SyntaxError, "such as 500ms", text);
  }
});

Deno.test("formatDuration() writes what parseDuration() reads", () => {
  fc.assert(fc.property(fc.nat({ max: 10 ** 12 }), (milliseconds) => {
    const text = formatDuration(milliseconds / 1000);
    assertEquals(Math.round(parseDuration(text) * 1000), milliseconds, text);
  }));
  assertEquals([0, 0.5, 90, 3600].map(formatDuration), ["0s", "500ms", "1m30s", "1h"]);
});

Deno.test("parseSize() reads sizes in powers of 1024, as PostgreSQL does", () => {
  const cases: readonly (readonly [string, number])[] = [
    ["0", 0],
    ["512", 512],
    ["512B", 512],
    ["16MB", 16777216],
    ["16 MB", 16777216],
    ["16MiB", 16777216],
    ["1kB", 1024],
    ["1.5GB", 1610612736],
    ["2TB", 2199023255552],
  ];
  for (const [text, bytes] of cases) assertEquals(parseSize(text), bytes, text);
});

Deno.test("parseSize() rejects what is not a size", () => {
  for (const text of ["", "MB", "-1MB", "1PB", "1e3", "1,5MB", "1 2MB"]) {
    assertThrows(() => parseSize(text), SyntaxError, "such as 16MB", text);
  }
});

Deno.test("formatSize() writes what parseSize() reads", () => {
  fc.assert(
    fc.property(fc.nat({ max: 2 ** 50 }), (bytes) => assertEquals(parseSize(formatSize(bytes)), bytes)),
  );
  assertEquals([0, 1000, 1024, 2 ** 20, 10 * 2 ** 20].map(formatSize), ["0B", "1000B", "1kB", "1MB", "10MB"]);
});
