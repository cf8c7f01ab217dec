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
  ["value behind =", ["--level=info"], { _: [], verbose: false, server: [], level: "info" }],
  ["value with =", ["--server=a=b"], { _: [], verbose: false, server: ["a=b"] }],
  ["value behind a space", ["--level", "info", "x"], { _: ["x"], verbose: false, server: [], level: "info" }],
  ["text that looks like a number", ["--level=1"], { _: [], verbose: false, server: [], level: "1" }],
  ["a list", ["--server", "a", "--server=b"], { _: [], verbose: false, server: ["a", "b"] }],
  ["the last one wins", ["--level=a", "--level=b"], { _: [], verbose: false, server: [], level: "b" }],
  ["a switch takes no value", ["--verbose", "serve"], { _: ["serve"], verbose: true, server: [] }],
  ["a switch negated", ["--verbose", "--no-verbose"], { _: [], verbose: false, server: [] }],
  ["no value", ["--level", "--verbose"], { _: [], verbose: true, server: [], level: "" }],
  ["numbers among the rest", ["7", "a"], { _: [7, "a"], verbose: false, server: [] }],
  ["behind --", ["a", "--", "--level=x", "7"], { _: ["a", "--level=x", "7"], verbose: false, server: [] }],
  ["several lines", ["--level=a\nb"], { _: [], verbose: false, server: [], level: "a\nb" }],
];

Deno.test("parseArgs() splits arguments", () => {
  for (const [name, args, expected] of cases) {
    const parsed: Record<string, unknown> = parseArgs([...args], options);
    assertEquals(parsed, expected, name);
  }
});

Deno.test("parseArgs() leaves numbers among the rest alone when told so", () => {
  const parsed: Record<string, unknown> = parseArgs(["7"], { string: ["_"] });
  assertEquals(parsed, { _: ["7"] });
});

Deno.test("parseArgs() splits names on dots, which is why the program folds them first", () => {
  const parsed: Record<string, unknown> = parseArgs(["--web.path=/m"], { string: ["web.path"] });
  assertEquals(parsed, { _: [], web: { path: "/m" } });
});
