import { assertEquals, assertThrows } from "@std/assert";
import { ConfigError } from "../../src/config/config_error.ts";
import { type Setting, SettingReader } from "../../src/config/settings.ts";
import { thrownBy } from "./thrown_by.ts";

function reader(values: Readonly<Record<string, string>>): SettingReader {
  return new SettingReader(
    new Map(
      Object.entries(values).map(([name, value]): [string, Setting] => [
        name,
        { values: [value], origin: "flag", label: `--${name}` },
      ]),
    ),
  );
}

function parseEven(text: string): number {
  const value = Number(text);
  if (value % 2 !== 0) throw new RangeError(`${text} is not even`);
  return value;
}

Deno.test("SettingReader reads values, or falls back", () => {
  const settings = reader({ a: "4" });
  assertEquals(settings.read("a", { parse: parseEven, fallback: null }), 4);
  assertEquals(settings.read("b", { parse: parseEven, fallback: null }), null);
  assertEquals(settings.get("b"), undefined);
  settings.finish();
});

Deno.test("SettingReader reports all problems at once, each with its source", () => {
  const settings = reader({ a: "3", b: "5" });
  assertEquals(settings.read("a", { parse: parseEven, fallback: 0 }), 0);
  settings.read("b", { parse: parseEven, fallback: 0 });
  settings.attempt("file", () => {
    throw new ConfigError(["x is wrong", "y is wrong"]);
  });
  settings.problem("z is wrong", "mend z");
  const error = thrownBy(() => settings.finish());
  assertEquals(error instanceof ConfigError && [error.problems, error.advice], [
    ["--a: 3 is not even", "--b: 5 is not even", "file: x is wrong", "file: y is wrong", "z is wrong"],
    "mend z",
  ]);
});

Deno.test("SettingReader does not report a defect as a mistake of the user", () => {
  assertThrows(
    () =>
      reader({}).attempt("file", () => {
        throw new TypeError("defect");
      }),
    TypeError,
    "defect",
  );
});

Deno.test("SettingReader repeats no value of a file, which could be a misplaced password", () => {
  const reader = new SettingReader(
    new Map([["log.level", { values: ["S3cret"], origin: "file", label: "x.yml:3:4" }]]),
  );
  const parse = (text: string): string => {
    throw new SyntaxError(`Unknown value "${text}": expected info`);
  };
  assertEquals(reader.read("log.level", { parse, fallback: null }), null);
  assertEquals(
    assertThrows(() => reader.finish(), ConfigError).message,
    "x.yml:3:4: Unknown value: expected info",
  );
});
