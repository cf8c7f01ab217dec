import { assertEquals } from "@std/assert";
import { drawChanges } from "../../../src/report/terminal/ansi.ts";

Deno.test("drawChanges() writes only the lines that differ", () => {
  assertEquals(drawChanges(["a", "b", "c"], ["a", "x", "c"]), "\x1b[2;1H\x1b[2Kx");
  assertEquals(drawChanges(["a"], ["a"]), "");
});

Deno.test("drawChanges() clears removed lines", () => {
  assertEquals(drawChanges(["a", "b"], ["a"]), "\x1b[2;1H\x1b[2K");
});

Deno.test("drawChanges() draws everything when the screen is unknown", () => {
  assertEquals(drawChanges(null, ["a", "", "c"]), "\x1b[0m\x1b[2J\x1b[1;1Ha\x1b[3;1Hc");
});
