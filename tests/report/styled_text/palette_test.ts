import { assertEquals } from "@std/assert";
import { span } from "../../../src/report/styled_text/line.ts";
import { COLORS, encodeLine, NO_COLORS } from "../../../src/report/styled_text/palette.ts";

Deno.test("encodeLine() resets every style", () => {
  const line = [span("a"), span("b", "critical"), span("c", "good")];
  assertEquals(encodeLine(line, COLORS), "a\x1b[1;31mb\x1b[0m\x1b[32mc\x1b[0m");
});

Deno.test("encodeLine() without colours has attributes only", () => {
  for (const codes of Object.values(NO_COLORS)) assertEquals(/[34]\d/.test(codes), false, codes);
  const line = [span("b", "critical"), span("c", "good")];
  assertEquals(encodeLine(line, NO_COLORS), "\x1b[1;7mb\x1b[0mc");
});
