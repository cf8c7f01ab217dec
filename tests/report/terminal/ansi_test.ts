import { assertEquals } from "@std/assert";
import { COLORS, drawChanges, encodeLine, NO_COLORS } from "../../../src/report/terminal/ansi.ts";
import { span } from "../../../src/report/styled_text/line.ts";

Deno.test("encodeLine() puts every style back", () => {
  const line = [span("a"), span("b", "critical"), span("c", "good")];
  assertEquals(encodeLine(line, COLORS), "a\x1b[1;31mb\x1b[0m\x1b[32mc\x1b[0m");
});

Deno.test("encodeLine() without colours has attributes only", () => {
  for (const codes of Object.values(NO_COLORS)) assertEquals(/[34]\d/.test(codes), false, codes);
  const line = [span("b", "critical"), span("c", "good")];
  assertEquals(encodeLine(line, NO_COLORS), "\x1b[1;7mb\x1b[0mc");
});

Deno.test("drawChanges() writes only the lines that differ", () => {
  assertEquals(drawChanges(["a", "b", "c"], ["a", "x", "c"]), "\x1b[2;1H\x1b[2Kx");
  assertEquals(drawChanges(["a"], ["a"]), "");
});

Deno.test("drawChanges() clears lines that are no more", () => {
  assertEquals(drawChanges(["a", "b"], ["a"]), "\x1b[2;1H\x1b[2K");
});

Deno.test("drawChanges() draws everything when it is not known what is there", () => {
  assertEquals(drawChanges(null, ["a", "", "c"]), "\x1b[0m\x1b[2J\x1b[1;1Ha\x1b[3;1Hc");
});
