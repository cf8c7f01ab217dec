import { assertEquals } from "@std/assert";
import { displayWidth } from "../../../src/report/styled_text/display_width.ts";
import { span } from "../../../src/report/styled_text/line.ts";
import {
  indent,
  laySection,
  layTable,
  layText,
  numbers,
  words,
  writeLines,
} from "../../../src/report/text/lines.ts";

const write = (lines: Parameters<typeof writeLines>[0]) => writeLines(lines, { color: false });

Deno.test("layTable() aligns by display width, with wide and hostile characters", () => {
  const table = layTable([...words("NAME"), ...numbers("LAG"), ...words("WHY")], [
    [span("数据库"), span("1.5s"), span("")],
    [span("b\x1b[31m"), span("12m00s"), span("cut")],
  ]);
  assertEquals(write(table), "NAME       LAG  WHY\n数据库    1.5s\nb?[31m  12m00s  cut\n");
});

Deno.test("layTable() is empty without rows", () => {
  assertEquals(layTable(words("NAME"), []), []);
});

Deno.test("layText() wraps at blanks, indents further lines, and keeps a long word whole", () => {
  assertEquals(
    write(layText("one two three averyverylongword four", { width: 14, lead: [span("x: ")] })),
    "x: one two\n   three\n   averyverylongword\n   four\n",
  );
  assertEquals(write(layText("", { width: 10 })), "\n");
  const lines = layText("word ".repeat(200), { width: 80 });
  assertEquals(lines.every((line) => displayWidth(line.map(({ text }) => text).join("")) <= 80), true);
});

Deno.test("laySection() leaves out empty sections", () => {
  assertEquals(laySection("T", []), []);
  assertEquals(write(laySection("T", [[span("a")]])), "\nT\n  a\n");
  assertEquals(write(indent([[span("a")]], 4)), "    a\n");
});

Deno.test("writeLines() colours only on request, and trims lines", () => {
  const line = [span("bad", "critical"), span(" "), span("plain  "), span("   ")];
  assertEquals(writeLines([line], { color: false }), "bad plain\n");
  assertEquals(writeLines([line], { color: true }), "\x1b[1;31mbad\x1b[0m plain\n");
});

Deno.test("layTable() cuts the longest words in their middle when there is no room, never a number", () => {
  const rows = [
    [span("a-standby-with-a-very-long-name"), span("12m00s"), span("waits for its upstream")],
    [span("b"), span("1.5s"), span("fine")],
  ];
  const table = (width: number) =>
    write(layTable([...words("NAME"), ...numbers("LAG"), ...words("WHY")], rows, { width }));
  assertEquals(
    table(46),
    [
      "NAME                   LAG  WHY",
      "a-sta…ry-long-name  12m00s  waits…its upstream",
      "b                     1.5s  fine",
      "",
    ].join("\n"),
  );
  assertEquals(table(80).includes("…"), false);
});
