import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { commands } from "../../src/cli/commands.ts";
import { runProgram } from "./program.ts";

Deno.test("showHelp() lists every command and exits with 0", async () => {
  const { code, stdout, stderr } = await runProgram(["help"]);
  assertEquals([code, stderr], [0, ""]);
  for (const { name, help } of commands) {
    assertStringIncludes(stdout, name);
    assertStringIncludes(stdout, help);
  }
});

Deno.test("showHelp() shows the help of a command, as its --help does", async () => {
  for (const { name } of commands.slice(1)) {
    const asked = await runProgram(["help", name]);
    assertEquals(asked, { ...await runProgram([name, "--help"]), read: asked.read }, name);
    assertStringIncludes(asked.stdout, `Usage: pg-replication-exporter ${name}`);
  }
  const wrong = await runProgram(["help", "chek-config"]);
  assertEquals([wrong.code, wrong.stdout], [2, ""]);
  assertStringIncludes(wrong.stderr, 'did you mean "check-config"?');
});

Deno.test("the help of a command mentions settings only if it reads them", async () => {
  for (const { name, hasSettings } of commands.slice(1)) {
    const { stdout } = await runProgram([name, "--help"]);
    assertEquals(stdout.includes("as for serve"), hasSettings, name);
  }
});

Deno.test("the help of every command fits a screen of 40 lines, or says where the rest is", async () => {
  for (const { name } of commands) {
    const { stdout } = await runProgram([name, "--help"]);
    assert(stdout.split("\n").length <= 40 || stdout.includes("help all"), name);
  }
});

Deno.test("--help with a topic is help with it", async () => {
  for (const topic of ["all", "web", "environment"]) {
    const asked = await runProgram(["help", topic]);
    assertEquals(asked.code, 0);
    const { stdout, code } = await runProgram(["--help", topic]);
    assertEquals([code, stdout], [0, asked.stdout]);
  }
  const { code, stderr } = await runProgram(["--help", "nonsense"]);
  assertEquals(code, 2);
  assertStringIncludes(stderr, 'Unknown command "nonsense"');
});
