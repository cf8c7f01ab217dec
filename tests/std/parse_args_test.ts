import { assertEquals } from "@std/assert";
import { parseArgs } from "@std/cli";

const options = {
  boolean: ["verbose"],
  string: ["level", "server"],
  collect: ["server"],
  negatable: ["verbose"],
};

const cases: readonly (readonly [string, readonly string[], Readonly<Record<string, unknown>>])[] = [
  ["nothing", [], { _: [], verbose: false, server: [] }],
  ["value after =", ["--level=info"], { _: [], verbose: false, server: [], level: "info" }],
  ["value with =", ["--server=a=b"], { _: [], verbose: false, server: ["a=b"] }],
  ["value after a space", ["--level", "info", "x"], { _: ["x"], verbose: false, server: [], level: "info" }],
  ["text that looks like a number", ["--level=1"], { _: [], verbose: false, server: [], level: "1" }],
  ["a list", ["--server", "a", "--server=b"], { _: [], verbose: false, server: ["a", "b"] }],
  ["the last one wins", ["--level=a", "--level=b"], { _: [], verbose: false, server: [], level: "b" }],
  ["a switch takes no value", ["--verbose", "serve"], { _: ["serve"], verbose: true, server: [] }],
  ["a negated switch", ["--verbose", "--no-verbose"], { _: [], verbose: false, server: [] }],
  ["no value", ["--level", "--verbose"], { _: [], verbose: true, server: [], level: "" }],
  ["numbers among the words", ["7", "a"], { _: [7, "a"], verbose: false, server: [] }],
  ["after --", ["a", "--", "--level=x", "7"], { _: ["a", "--level=x", "7"], verbose: false, server: [] }],
  ["several lines", ["--level=a\nb"], { _: [], verbose: false, server: [], level: "a\nb" }],
];

Deno.test("parseArgs() splits arguments", () => {
  for (const [name, args, expected] of cases) {
    const parsed: Record<string, unknown> = parseArgs([...args], options);
    assertEquals(parsed, expected, name);
  }
});

Deno.test("parseArgs() keeps words that look like numbers as strings on request", () => {
  const parsed: Record<string, unknown> = parseArgs(["7"], { string: ["_"] });
  assertEquals(parsed, { _: ["7"] });
});

Deno.test("parseArgs() nests names at their dots, which is why the program encodes them", () => {
  const parsed: Record<string, unknown> = parseArgs(["--web.path=/m"], { string: ["web.path"] });
  assertEquals(parsed, { _: [], web: { path: "/m" } });
});

Deno.test("parseArgs() asks unknown() about what no option names, and discards what it refuses", () => {
  const calls: (readonly unknown[])[] = [];
  const parsed: Record<string, unknown> = parseArgs(
    ["word", "--level=a", "--server", "b", "--no-x=1", "--y", "2", "--", "--z"],
    {
      string: ["level"],
      collect: ["server"],
      unknown: (...call) => {
        calls.push(call);
        return call[1] === "y";
      },
    },
  );
  assertEquals(parsed, { _: ["--z"], level: "a", server: ["b"], y: 2 });
  assertEquals(calls, [["word"], ["--no-x=1", "x", "1"], ["--y", "y", "2"]]);
});

Deno.test("parseArgs() lets a value win over no-, and takes no empty argument as a value, which is why the program encodes both", () => {
  const read = (...args: string[]): Record<string, unknown> => parseArgs(args, { string: ["level", "_"] });
  assertEquals(read("--level=", "x"), { _: ["x"], level: "" });
  assertEquals(read("--no-level=x"), { _: [], level: "x" });
  assertEquals(read("--level", "", "x"), { _: ["", "x"], level: "" });
});
