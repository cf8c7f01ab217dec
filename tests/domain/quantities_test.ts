import { assertEquals } from "@std/assert";
import { countOf, formatBytes, formatSeconds, formatShare } from "../../src/domain/quantities.ts";

Deno.test("formatSeconds() writes one decimal below a minute, and up to two units above", () => {
  for (
    const [seconds, text] of [
      [0, "0 s"],
      [-0.3, "0 s"],
      [0.001, "under 0.1 s"],
      [0.05, "0.1 s"],
      [12.34, "12.3 s"],
      [192.34, "3 min 12 s"],
      [59.96, "1 min"],
      [7260, "2 h 1 min"],
      [180_000, "2 d 2 h"],
    ] as const
  ) assertEquals(formatSeconds(seconds), text);
});

Deno.test("countOf() adds an s to the plural", () => {
  assertEquals([0, 1, 2].map((count) => countOf(count, "slot")), ["0 slots", "1 slot", "2 slots"]);
});

Deno.test("formatBytes() chooses the largest unit with a value of at least 1", () => {
  for (
    const [bytes, text] of [
      [0, "0 B"],
      [1023, "1023 B"],
      [1024, "1.0 KiB"],
      [1024 * 1024 - 1, "1.0 MiB"],
      [1.5 * 1024 ** 3, "1.5 GiB"],
      [-2048, "-2.0 KiB"],
      [2 ** 63, "8.0 EiB"],
    ] as const
  ) assertEquals(formatBytes(bytes), text);
});

Deno.test("formatShare() never looks better than it is", () => {
  assertEquals([1, 0.99999, 0.9996, 0.5, 0.00001, 0].map((ratio) => formatShare(ratio, true)), [
    "100%",
    "99.9%",
    "99.9%",
    "50%",
    "0%",
    "0%",
  ]);
  assertEquals([0, 0.00001, 0.29, 0.999, 1].map((ratio) => formatShare(ratio, false)), [
    "0%",
    "0.1%",
    "29%",
    "99.9%",
    "100%",
  ]);
});
