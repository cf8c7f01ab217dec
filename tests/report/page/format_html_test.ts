import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import {
  formatBytesOrUnknown,
  formatOrUnknown,
  formatRoughly,
  formatSecondsOrUnknown,
  iconOf,
  renderInstant,
  renderMark,
  renderStatusLabel,
} from "../../../src/report/page/format_html.ts";
import { STATUSES } from "../../../src/report/model.ts";
import { NOW } from "./reports.ts";

for (
  const [seconds, expected] of [
    [null, "unknown"],
    [0, "0 s"],
    [-1, "0 s"],
    [0.04, "under 0.1 s"],
    [3.21, "3.2 s"],
    [59.94, "59.9 s"],
    [59.96, "1 min"],
    [192.3, "3 min 12 s"],
    [7500, "2 h 5 min"],
    [273_600, "3 d 4 h"],
  ] as const
) {
  Deno.test(`formatSecondsOrUnknown() is ${expected} for ${seconds}`, () => {
    assertEquals(formatSecondsOrUnknown(seconds), expected);
  });
}

Deno.test("formatRoughly() changes once a minute", () => {
  assertEquals(formatRoughly(59.9), "less than a minute");
  assertEquals([formatRoughly(60), formatRoughly(119)], ["1 min", "1 min"]);
  assertEquals([formatRoughly(3600), formatRoughly(7510)], ["1 h", "2 h 5 min"]);
});

Deno.test("unknown values are unknown, never 0", () => {
  assertEquals([formatBytesOrUnknown(null), formatOrUnknown(null), formatSecondsOrUnknown(null)], [
    "unknown",
    "unknown",
    "unknown",
  ]);
  assertEquals([formatBytesOrUnknown(0), formatOrUnknown(0)], ["0 B", "0"]);
});

Deno.test("renderInstant() leaves out the date of today", () => {
  assertEquals(
    renderInstant(NOW, NOW).text,
    '<time datetime="2026-11-18T10:26:40Z">10:26:40 UTC</time>',
  );
  assertStringIncludes(renderInstant(NOW - 86_400, NOW).text, ">2026-11-17 10:26:40 UTC<");
});

Deno.test("every state has its own shape, hidden from screen readers, and a word", () => {
  const shapes = new Set(STATUSES.map((status) => renderMark(status).text.replace(status, "")));
  assertEquals(shapes.size, STATUSES.length);
  for (const status of STATUSES) {
    assertStringIncludes(renderMark(status).text, 'aria-hidden="true"');
    assertStringIncludes(renderStatusLabel(status).text, `<span>${status}</span>`);
    assertMatch(decodeURIComponent(iconOf(status)), /^data:image\/svg\+xml,<svg /);
  }
  assertEquals(new Set(STATUSES.map(iconOf)).size, STATUSES.length);
});
