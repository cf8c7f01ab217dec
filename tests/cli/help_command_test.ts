import { assertEquals, assertStringIncludes } from "@std/assert";
import { commands } from "../../src/cli/commands.ts";
import { runProgram } from "./program.ts";

Deno.test("showHelp() names every command and exits with 0", async () => {
  const { code, stdout, stderr } = await runProgram(["help"]);
  assertEquals([code, stderr], [0, ""]);
  for (const { name, help } of commands) {
    assertStringIncludes(stdout, name);
    assertStringIncludes(stdout, help);
  }
});
