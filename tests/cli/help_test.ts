import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { defineFlags, environmentTwin } from "../../src/cli/settings/flags.ts";
import { formatFlag, groupTopic, renderHelp, renderTopic } from "../../src/cli/help.ts";
import { commands } from "../../src/cli/commands.ts";
import { COLLECTORS } from "./program.ts";

const flags = defineFlags(COLLECTORS);
const help = renderHelp(flags, [{ name: "serve", help: "Serve", operands: "" }, {
  name: "version",
  help: "Say which",
  operands: "",
}]);

Deno.test("renderTopic() lists every flag with its variable and default, within 100 columns", () => {
  const help = renderTopic("all", flags) ?? "";
  for (const flag of flags) {
    assertStringIncludes(renderTopic(groupTopic(flag.group), flags) ?? "", `  ${formatFlag(flag)}\n`);
    assertStringIncludes(help, `  ${formatFlag(flag)}\n`);
    if (!flag.isCommand && flag.commands.length === 0) {
      assertStringIncludes(help.replaceAll(/\s+/g, " "), `${environmentTwin(flag.name)})`);
    }
  }
  assertStringIncludes(help, "(default :9188, PGREPL_WEB_LISTEN_ADDRESS)");
  assertEquals(help.split("\n").filter((line) => line.length > 100), []);
  assert(help.endsWith("\n"));
});

Deno.test("renderTopic() tells how variables name the settings, and knows no other topics", () => {
  for (const topic of ["all", "environment"]) {
    const text = (renderTopic(topic, flags) ?? "").replaceAll(/\s+/g, " ");
    assertStringIncludes(text, "Precedence: flag, variable, configuration file, default.");
    assertStringIncludes(text, "PRIMARY_HOST");
  }
  assertEquals(renderTopic("nonsense", flags), null);
  assertEquals(renderTopic("", flags), null);
});

Deno.test("no two groups of flags have one topic, and none is a command", () => {
  const groups = [...new Set(flags.map(({ group }) => group))];
  const topics = [...groups.map(groupTopic), ...commands.map(({ name }) => name), "all", "environment"];
  assertEquals(new Set(topics).size, topics.length);
});

Deno.test("renderHelp() fits a screen of 40 lines with every command, and says where the rest is", () => {
  const text = renderHelp(flags, commands);
  assert(text.split("\n").length <= 40, `${text.split("\n").length} lines`);
  assertStringIncludes(text, "help TOPIC");
  assertEquals(renderHelp(flags, commands).split("\n").filter((line) => line.length > 100), []);
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
