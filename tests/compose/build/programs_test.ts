import { assertEquals, assertRejects } from "@std/assert";
import { ProgramError, runProgram } from "../../../compose/build/programs.ts";

Deno.test("runProgram() passes input and returns output", async () => {
  const output = await runProgram("cat", { args: [], input: "through" });
  assertEquals(new TextDecoder().decode(output), "through");
});

Deno.test("runProgram() reports the error output of a failed program, and a missing one", async () => {
  const failing = () => runProgram("sh", { args: ["-c", "echo out; echo err >&2; exit 3"] });
  await assertRejects(failing, ProgramError, "sh failed with exit status 3: out\nerr");
  await assertRejects(() => runProgram("no-such-program", { args: [] }), ProgramError, "is not installed");
});
