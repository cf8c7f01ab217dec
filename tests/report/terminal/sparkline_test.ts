import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { ASCII_GLYPHS, UNICODE_GLYPHS } from "../../../src/report/styled_text/line.ts";
import { chooseSpan, drawSparkline, type LagSample } from "../../../src/report/terminal/sparkline.ts";

const draw = (samples: readonly LagSample[], { width = 6, span = 60, now = 60 } = {}) =>
  drawSparkline(samples, { width, span, now, glyphs: UNICODE_GLYPHS });

const rising = [10, 20, 30, 40, 50, 60].map((at) => ({ at, seconds: at - 10 }));

Deno.test("drawSparkline() rises with the lag", () => assertEquals(draw(rising), "▁▃▄▆▇█"));

Deno.test("drawSparkline() without Unicode", () => {
  assertEquals(drawSparkline(rising, { width: 6, span: 60, now: 60, glyphs: ASCII_GLYPHS }), "_-:+*#");
});

Deno.test("drawSparkline() shows unknown lags as blanks, not 0", () => {
  assertEquals(
    draw(rising.map((one) => ({ ...one, seconds: one.at === 30 ? null : one.seconds }))),
    "▁▃ ▆▇█",
  );
  assertEquals(draw([]), "      ");
});

Deno.test("drawSparkline() has blanks before the first sample, and repeats the last one for a minute", () => {
  assertEquals(draw([{ at: 35, seconds: 2 }]), "   ███");
  assertEquals(draw([{ at: 35, seconds: 2 }], { now: 120, span: 120 }), " ███  ");
  assertEquals(draw([{ at: -5, seconds: 2 }, { at: 60, seconds: 2 }]), "█████".padEnd(5) + "█");
});

Deno.test("drawSparkline() takes the largest lag of a column", () => {
  assertEquals(draw([{ at: 52, seconds: 1 }, { at: 55, seconds: 9 }, { at: 60, seconds: 0 }]), "     █");
});

Deno.test("drawSparkline() does not magnify a tenth of a second", () => {
  assertEquals(draw(rising.map(({ at }, index) => ({ at, seconds: index % 2 / 10 }))), "▁▂▁▂▁▂");
});

Deno.test("drawSparkline() has as many characters as columns, for any samples", () => {
  const samples = fc.array(fc.record({
    at: fc.double({ noNaN: true, min: -1e6, max: 1e6 }),
    seconds: fc.option(fc.double({ noNaN: true, min: 0, max: 1e12 })),
  })).map((list) => list.toSorted((a, b) => a.at - b.at));
  fc.assert(fc.property(samples, fc.integer({ min: 1, max: 80 }), (list, width) => {
    assertEquals([...draw(list, { width, span: 3600, now: 1000 })].length, width);
  }));
});

Deno.test("chooseSpan() covers the oldest sample", () => {
  const at = (moment: number) => [{ at: moment, seconds: 0 }];
  assertEquals(chooseSpan([], 1000), 60);
  assertEquals(chooseSpan([at(999), at(950)], 1000), 60);
  assertEquals(chooseSpan([at(999), at(900)], 1000), 300);
  assertEquals(chooseSpan([at(-9000)], 1000), 3600);
});
