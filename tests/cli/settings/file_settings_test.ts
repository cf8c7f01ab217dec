import { assertEquals } from "@std/assert";
import { fileSettings, reservedLabels } from "../../../src/cli/settings/file_settings.ts";
import { defineFlags } from "../../../src/cli/settings/flags.ts";
import { keysOf } from "../../../src/config/file/file_config.ts";
import { COLLECTORS } from "../program.ts";
import { collectors } from "../../../src/collectors/registry.ts";
import { metricNames } from "../../../compose/build/docs.ts";

const settings = fileSettings(defineFlags(COLLECTORS));

Deno.test("fileSettings() has the kind of each value, and only settings", () => {
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

Deno.test("no key of a setting is the prefix of another", () => {
  const paths = settings.map(({ name }) => keysOf(name).join("."));
  assertEquals(paths.filter((path) => paths.some((other) => other.startsWith(`${path}.`))), []);
});

Deno.test("reservedLabels() contains the labels of the program's series and those that Prometheus uses", () => {
  const reserved = reservedLabels(collectors);
  for (const name of ["instance", "cluster", "slot", "standby", "collector", "client_addr", "job", "le"]) {
    assertEquals(reserved.has(name), true, name);
  }
  assertEquals([reserved.has("team"), reserved.has("zone")], [false, false]);
  assertEquals(metricNames().length > 100, true);
});
