import { assertEquals } from "@std/assert";
import { parseFile } from "../../../src/config/file/document.ts";

Deno.test("parseFile() tells where keys and values are, an alias where it is written", () => {
  const { root, problems } = parseFile("a:\n  - x\n  - &y 5\nb: *y\nc:\n");
  assertEquals(problems, []);
  const { a, b } = Object.fromEntries(root.entries);
  assertEquals(a?.key, { line: 1, column: 1 });
  assertEquals(a?.node, {
    kind: "list",
    line: 2,
    column: 3,
    items: [
      { kind: "scalar", line: 2, column: 5, value: "x" },
      { kind: "scalar", line: 3, column: 8, value: 5 },
    ],
  });
  assertEquals(b?.node, { kind: "scalar", line: 4, column: 4, value: 5 });
  assertEquals(root.entries.has("c"), false);
});

Deno.test("parseFile() knows YAML 1.2: yes and 010 are what they look like, dates are texts", () => {
  const { root } = parseFile('[yes, 010, 0x10, 1e3, 2001-01-01, ~, "5", no]'.replace(/^/, "a: "));
  const node = root.entries.get("a")?.node;
  assertEquals(
    node?.kind === "list" ? node.items.map((each) => each.kind === "scalar" ? each.value : null) : [],
    [
      "yes",
      10,
      16,
      1000,
      "2001-01-01",
      null,
      "5",
      "no",
    ],
  );
});

Deno.test("parseFile() bounds what a file can cost", () => {
  const [long] = parseFile("a".repeat(1_000_001)).problems;
  assertEquals(long?.sentence, "the file is too long: expected at most 1000000 characters");
  const [deep] = parseFile(`a: ${"[".repeat(100_000)}`).problems;
  assertEquals(deep?.sentence, "the file is nested too deeply: expected at most 32 levels");
});

Deno.test("parseFile() refuses a second document, which would otherwise be left out, and takes marks around one", () => {
  const { root, problems } = parseFile("log: { level: info }\n---\nlog: { level: warn }\n");
  assertEquals([root.entries.size, problems.map(({ line }) => line)], [0, [2]]);
  assertEquals(problems[0]?.sentence, "a second document begins here: expected one (remove the line `---`)");
  for (
    const text of [
      "---\na: 1\n",
      "---\na: 1\n...\n",
      "\uFEFFa: 1\n",
      "---\r\na: 1\r\n",
      "%YAML 1.2\n---\na: 1\n",
    ]
  ) {
    const { root, problems } = parseFile(text);
    assertEquals([problems, [...root.entries.keys()]], [[], ["a"]], JSON.stringify(text));
  }
});
