import { assertEquals } from "@std/assert";
import { EMPTY_MAP, parseYaml, type YamlVersion } from "../../../src/config/yaml/document.ts";

function parse(text: string, version: YamlVersion = "1.2") {
  const { root, problems } = parseYaml(text, version);
  return {
    entries: root.kind === "map" ? root.entries : EMPTY_MAP.entries,
    problems,
  };
}

/** The values of a list at the key `a`. */
function valuesOf(list: string, version?: YamlVersion) {
  const node = parse(`a: ${list}`, version).entries.get("a")?.node;
  return node?.kind === "list" ? node.items.map((each) => each.kind === "scalar" ? each.value : "") : null;
}

Deno.test("parseYaml() knows the places of keys and values, and of an alias where it is written", () => {
  const { entries, problems } = parse("a:\n  - x\n  - &y 5\nb: *y\nc:\n");
  assertEquals(problems, []);
  const { a, b, c } = Object.fromEntries(entries);
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
  assertEquals(c?.node, { kind: "scalar", line: 5, column: 3, value: null });
});

Deno.test("parseYaml() of version 1.2 reads yes as text, 010 as ten, and dates as text", () => {
  const list = '[yes, 010, 0x10, 1e3, 2001-01-01, ~, "5", no]';
  assertEquals(valuesOf(list), ["yes", 10, 16, 1000, "2001-01-01", null, "5", "no"]);
});

Deno.test("parseYaml() of version 1.1 reads every value as the text that is written, and none as null", () => {
  const list = '[yes, 010, 1e3, 2001-01-01, 1:30, true, "5", ~, ""]';
  assertEquals(valuesOf(list, "1.1"), ["yes", "010", "1e3", "2001-01-01", "1:30", "true", "5", null, null]);
  assertEquals([...parse("1: a\nyes: b\n", "1.1").entries.keys()], ["1", "yes"]);
});

Deno.test("parseYaml() refuses keys that are not names", () => {
  for (const text of ["? [a]\n: b\n", "1: b\n", "__proto__: b\n"]) {
    const { entries, problems: [problem] } = parse(text);
    assertEquals([entries.size, problem?.sentence], [
      0,
      "this cannot be a key: expected a name followed by a colon",
    ]);
  }
});

Deno.test("parseYaml() limits what a file can cost", () => {
  const [long] = parse("a".repeat(1_000_001)).problems;
  assertEquals(long?.sentence, "the file is too long: expected at most 1000000 characters");
  const [deep] = parse(`a: ${"[".repeat(100_000)}`).problems;
  assertEquals(deep?.sentence, "the file is nested too deeply: expected at most 32 levels");
});

Deno.test("parseYaml() refuses a second document, which would otherwise be ignored, and accepts markers around one", () => {
  const { entries, problems } = parse("log: { level: info }\n---\nlog: { level: warn }\n");
  assertEquals([entries.size, problems.map(({ line }) => line)], [0, [2]]);
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
    const { entries, problems } = parse(text);
    assertEquals([problems, [...entries.keys()]], [[], ["a"]], JSON.stringify(text));
  }
});
