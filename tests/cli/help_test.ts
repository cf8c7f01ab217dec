import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { defineFlags, environmentTwin } from "../../src/cli/settings/flags.ts";
import { formatFlag, renderHelp } from "../../src/cli/help.ts";
import { COLLECTORS } from "./program.ts";

const flags = defineFlags(COLLECTORS);
const help = renderHelp(flags, [{ name: "serve", help: "Serve", operands: "" }, {
  name: "version",
  help: "Say which",
  operands: "",
}]);

Deno.test("renderHelp() lists every flag with its variable and default, within 100 columns", () => {
  for (const flag of flags) {
    assertStringIncludes(help, `\n  ${formatFlag(flag)}\n`);
    if (!flag.isCommand && flag.commands.length === 0) {
      assertStringIncludes(help.replaceAll(/\s+/g, " "), `${environmentTwin(flag.name)})`);
    }
  }
  assertStringIncludes(help, "(default :9188, PGREPL_WEB_LISTEN_ADDRESS)");
  assertEquals(help.split("\n").filter((line) => line.length > 100), []);
  assert(help.endsWith("\n"));
});

Deno.test("renderHelp() lists the commands, the default one first", () => {
  assertStringIncludes(help, "serve    Serve (the default)\n  version  Say which\n");
});

Deno.test("formatFlag() shows value, repetition and negation", () => {
  const written = flags.map(formatFlag);
  for (const text of ["--server=NAME=DSN ...", "--[no-]collector.slots", "--help", "--log.level=LEVEL"]) {
    assert(written.includes(text), text);
  }
});
