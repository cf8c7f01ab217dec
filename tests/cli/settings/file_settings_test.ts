import { assertEquals } from "@std/assert";
import { fileSettings } from "../../../src/cli/settings/file_settings.ts";
import { defineFlags } from "../../../src/cli/settings/flags.ts";
import { keysOf } from "../../../src/config/file/file_config.ts";
import { COLLECTORS } from "../program.ts";

const settings = fileSettings(defineFlags(COLLECTORS));

Deno.test("fileSettings() knows the kind of each value, and leaves out what is no setting", () => {
  const kinds = new Map(settings.map(({ name, kind, isPath }) => [name, `${kind}${isPath ? " path" : ""}`]));
  const tell = (...names: readonly string[]) => names.map((name) => kinds.get(name));
  assertEquals(tell("collect.interval", "web.max-requests", "health.warning-bytes", "discover-standbys"), [
    "duration",
    "count",
    "size",
    "switch",
  ]);
  assertEquals(tell("state.file", "log.level", "server", "config.file", "help", "json"), [
    "text path",
    "text",
    undefined,
    undefined,
    undefined,
    undefined,
  ]);
});

Deno.test("no setting's key is a level above another's", () => {
  const paths = settings.map(({ name }) => keysOf(name).join("."));
  assertEquals(paths.filter((path) => paths.some((other) => other.startsWith(`${path}.`))), []);
});
