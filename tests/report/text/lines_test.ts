import { assertEquals } from "@std/assert";
import { displayWidth } from "../../../src/report/styled_text/display_width.ts";
import { span } from "../../../src/report/styled_text/line.ts";
import { indent, layTable, section, wrap, writeLines } from "../../../src/report/text/lines.ts";

const write = (lines: Parameters<typeof writeLines>[0]) => writeLines(lines, { color: false });

Deno.test("layTable() aligns by what is shown, also with wide characters and hostile ones", () => {
  const table = layTable([{ title: "NAME" }, { title: "LAG", isRight: true }, { title: "WHY" }], [
    [span("数据库"), span("1.5s"), span("")],
    [span("b\x1b[31m"), span("12m00s"), span("cut")],
  ]);
  assertEquals(write(table), "NAME       LAG  WHY\n数据库    1.5s\nb?[31m  12m00s  cut\n");
});

Deno.test("layTable() of no rows is nothing", () => {
  assertEquals(layTable([{ title: "NAME" }], []), []);
});

Deno.test("wrap() breaks at blanks, indents what follows, and keeps a long word whole", () => {
  assertEquals(
    write(wrap("one two three averyverylongword four", { width: 14, lead: [span("x: ")] })),
    "x: one two\n   three\n   averyverylongword\n   four\n",
  );
  assertEquals(write(wrap("", { width: 10 })), "\n");
  const lines = wrap("word ".repeat(200), { width: 80 });
  assertEquals(lines.every((line) => displayWidth(line.map(({ text }) => text).join("")) <= 80), true);
});

Deno.test("section() leaves out what has nothing to say", () => {
  assertEquals(section("T", []), []);
  assertEquals(write(section("T", [[span("a")]])), "\nT\n  a\n");
  assertEquals(write(indent([[span("a")]], 4)), "    a\n");
});

Deno.test("writeLines() colours only when told, and leaves no blanks at the ends of lines", () => {
  const line = [span("bad", "critical"), span(" "), span("plain  "), span("   ")];
  assertEquals(writeLines([line], { color: false }), "bad plain\n");
  assertEquals(writeLines([line], { color: true }), "\x1b[1;31mbad\x1b[0m plain\n");
});

Deno.test("layTable() cuts the longest words in their middle where there is no room, and never a number", () => {
  const rows = [
    [span("a-standby-with-a-very-long-name"), span("12m00s"), span("waits for its upstream")],
    [span("b"), span("1.5s"), span("fine")],
  ];
  const table = (width: number) =>
    write(layTable([{ title: "NAME" }, { title: "LAG", isRight: true }, { title: "WHY" }], rows, { width }));
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
