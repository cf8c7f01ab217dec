import { assert, assertEquals, assertMatch } from "@std/assert";
import { defineFlags, environmentTwin } from "../../../src/cli/settings/flags.ts";
import { COLLECTORS } from "../program.ts";

const flags = defineFlags(COLLECTORS);

Deno.test("defineFlags() has every flag once, with its own variable and a help that is a sentence", () => {
  const names = flags.map(({ name }) => name);
  assertEquals(new Set(names).size, names.length);
  const twins = names.map(environmentTwin);
  assertEquals(new Set(twins).size, twins.length);
  for (const { name, help } of flags) assertMatch(help, /^[A-Z].*[.)]$/, name);
});

Deno.test("defineFlags() has a switch for every collector, negatable except the required one", () => {
  for (const { name } of COLLECTORS) {
    const flag = flags.find((candidate) => candidate.name === `collector.${name}`);
    assertEquals([flag?.placeholder, flag?.isNegatable, flag?.default], ["", name !== "server", null], name);
  }
});

Deno.test("environmentTwin() follows one rule", () => {
  assertEquals(environmentTwin("web.listen-address"), "PGREPL_WEB_LISTEN_ADDRESS");
  assertEquals(environmentTwin("collector.wal_directory"), "PGREPL_COLLECTOR_WAL_DIRECTORY");
  assertEquals(environmentTwin("server"), "PGREPL_SERVER");
  assert(flags.every(({ name }) => /^PGREPL_[A-Z0-9_]+$/.test(environmentTwin(name))));
});
