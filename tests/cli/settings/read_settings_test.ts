import { assertEquals } from "@std/assert";
import type { Settings } from "../../../src/config/settings.ts";
import { defineFlags } from "../../../src/cli/settings/flags.ts";
import { readSettings } from "../../../src/cli/settings/read_settings.ts";
import { COLLECTORS } from "../program.ts";

function read(
  given: Readonly<Record<string, readonly string[]>>,
  environment: Readonly<Record<string, string>> = {},
): { settings: Settings; problems: string[] } {
  const problems: string[] = [];
  const settings = readSettings(defineFlags(COLLECTORS), {
    given: new Map(Object.entries(given)),
    environment: (name) => environment[name],
    problems,
  });
  return { settings, problems };
}

Deno.test("readSettings(): a flag overrides its variable, which overrides the default", () => {
  const environment = { PGREPL_LOG_LEVEL: "warn" };
  const level = (settings: Settings) => settings.get("log.level");
  assertEquals(level(read({ "log.level": ["error"] }, environment).settings), {
    values: ["error"],
    origin: "flag",
    label: "--log.level",
  });
  assertEquals(level(read({}, environment).settings), {
    values: ["warn"],
    origin: "environment",
    label: "PGREPL_LOG_LEVEL",
  });
  assertEquals(level(read({}, { PGREPL_LOG_LEVEL: " " }).settings)?.origin, "default");
});

Deno.test("readSettings() omits a setting without a value instead of making it false", () => {
  const { settings } = read({}, { PGREPL_COLLECTOR_WAL_DIRECTORY: "off" });
  assertEquals(settings.get("collector.slots"), undefined);
  assertEquals(settings.get("collector.wal_directory")?.values, ["false"]);
  assertEquals(settings.get("expected-standbys"), undefined);
});

Deno.test("readSettings() splits the variable of a repeatable flag", () => {
  const { settings } = read({}, { PGREPL_SERVER: "a=host=x; b=host=y\nc=host=z;" });
  assertEquals(settings.get("server")?.values, ["a=host=x", "b=host=y", "c=host=z"]);
});

Deno.test("readSettings() refuses a switch that is neither true nor false", () => {
  assertEquals(read({}, { PGREPL_COLLECTOR_SLOTS: "maybe" }).problems, [
    'PGREPL_COLLECTOR_SLOTS: Unknown value "maybe": expected true or false',
  ]);
});

Deno.test("readSettings() reads no variable for --help and --version", () => {
  assertEquals(read({}, { PGREPL_HELP: "true", PGREPL_VERSION: "true" }).settings.has("help"), false);
});
