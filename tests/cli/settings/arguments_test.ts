import { assertEquals, assertStringIncludes } from "@std/assert";
import fc from "fast-check";
import { type Arguments, parseArguments } from "../../../src/cli/settings/arguments.ts";
import { defineFlags } from "../../../src/cli/settings/flags.ts";
import { COLLECTORS } from "../program.ts";
import { ANY_CHARACTER } from "../../fixtures/any_character.ts";

const flags = defineFlags(COLLECTORS);

function parse(...args: string[]): Arguments {
  return parseArguments(args, flags);
}

const accepted:
  readonly (readonly [readonly string[], Readonly<Record<string, readonly string[]>>, readonly string[]])[] =
    [
      [[], {}, []],
      [["serve"], {}, ["serve"]],
      [["--log.level=debug"], { "log.level": ["debug"] }, []],
      [["--log.level", "debug", "serve"], { "log.level": ["debug"] }, ["serve"]],
      [["--server=a=b=c", "--server", "d=e"], { server: ["a=b=c", "d=e"] }, []],
      [["--server=a=host=x\npassword=--y"], { server: ["a=host=x\npassword=--y"] }, []],
      [["--web.max-requests=040"], { "web.max-requests": ["040"] }, []],
      [["--collector.slots", "serve"], { "collector.slots": ["true"] }, ["serve"]],
      [["--no-collector.slots"], { "collector.slots": ["false"] }, []],
      [["--collector.slots=false"], { "collector.slots": ["false"] }, []],
      [["--collector.slots", "--collector.wal_directory"], {
        "collector.slots": ["true"],
        "collector.wal_directory": ["true"],
      }, []],
      [["-h"], { help: ["true"] }, []],
      [["--collector.slots", "true"], { "collector.slots": ["true"] }, ["true"]],
      [["--server", "=a", "--server==", "=b", ""], { server: ["=a", "="] }, ["=b", ""]],
      [["7", "--", "--log.level=x", ""], {}, ["7", "--log.level=x", ""]],
    ];

Deno.test("parseArguments() reads flags in both forms and keeps the words", () => {
  for (const [args, given, words] of accepted) {
    const parsed = parse(...args);
    assertEquals(parsed.problems, [], args.join(" "));
    assertEquals(Object.fromEntries(parsed.given), given, args.join(" "));
    assertEquals(parsed.words, words, args.join(" "));
  }
});

const refused: readonly (readonly [readonly string[], string])[] = [
  [["--web.listen-adress=:1"], 'Unknown flag "--web.listen-adress", did you mean "--web.listen-address"?'],
  [["-web.listen-address=:1"], 'did you mean "--web.listen-address"?'],
  [["--no-colector.slots"], 'did you mean "--no-collector.slots"?'],
  [["--kubernetes"], "help all lists the flags"],
  [["--kubernetes", "value"], "Unknown flag"],
  [["--__proto__=1"], "Unknown flag"],
  [["--constructor"], "Unknown flag"],
  [["-"], "Unknown flag"],
  [["-x"], "Unknown flag"],
  [["--log.level"], 'Flag "--log.level" needs a value: --log.level=LEVEL'],
  [["--log.level="], "needs a value"],
  [["--log.level", ""], "needs a value"],
  [["--log.level", "--log.format=json"], "needs a value"],
  [["--log.level=a", "--log.level=b"], "given twice"],
  [["--collector.slots", "--no-collector.slots"], "contradict each other"],
  [["--collector.slots", "--collector.slots"], "given twice"],
  [["--collector.slots=maybe"], "is a switch"],
  [["--no-collector.slots=true"], "takes no value"],
  [["--no-log.level"], "Unknown flag"],
  [["--no-log.level=x"], 'Unknown flag "--no-log.level"'],
  [["--log/level=x"], 'Unknown flag "--log/level"'],
  [["--=x"], 'Unknown flag "--"'],
  [["--collector.slots="], "is a switch"],
  [["--collector.slots.limit=5"], "Unknown flag"],
];

Deno.test("parseArguments() refuses unknown, empty and repeated flags", () => {
  for (const [args, part] of refused) {
    const { problems, words } = parse(...args);
    assertEquals(problems.length, 1, `${args.join(" ")}: ${problems.join("; ")}`);
    assertStringIncludes(problems.join(), part);
    assertEquals(words, [], args.join(" "));
  }
});

Deno.test("parseArguments() takes no argument as the value of --NAME=", () => {
  const { problems, words } = parse("--log.level=", "serve");
  assertEquals([problems.length, words], [1, ["serve"]]);
});

Deno.test("parseArguments() reports all mistakes at once", () => {
  assertEquals(
    parse("--log.level=", "--sever=a", "--collector.slots=7", "--log.format=json").problems.length,
    3,
  );
});

Deno.test("parseArguments() returns every value unchanged, and never crashes", () => {
  const textFlags = flags.filter(({ placeholder, isRepeatable }) => placeholder !== "" && !isRepeatable);
  const values = fc.uniqueArray(
    fc.tuple(
      fc.constantFrom(...textFlags.map(({ name }) => name)),
      fc.string({ minLength: 1, unit: ANY_CHARACTER }),
    ),
    { selector: ([name]) => name },
  );
  fc.assert(fc.property(values, (pairs) => {
    const { given, problems } = parse(...pairs.map(([name, value]) => `--${name}=${value}`));
    assertEquals(problems, []);
    assertEquals(new Map(given), new Map(pairs.map(([name, value]) => [name, [value]])));
  }));
  const argument = fc.oneof(
    fc.string({ unit: ANY_CHARACTER }),
    fc.constantFrom(
      "--",
      "-",
      "--server",
      "--log.level",
      "--no-collector.slots",
      "--collector.slots",
      "true",
    ),
  );
  fc.assert(fc.property(fc.array(argument), (args) => {
    const { given } = parse(...args);
    assertEquals([...given.keys()].filter((name) => !flags.some((flag) => flag.name === name)), []);
  }));
});
