import { assertEquals, assertRejects } from "@std/assert";
import { ProgramError, runProgram } from "../../../compose/build/programs.ts";

Deno.test("runProgram() hands over input and returns output", async () => {
  const output = await runProgram("cat", { args: [], input: "through" });
  assertEquals(new TextDecoder().decode(output), "through");
});

Deno.test("runProgram() says what a program said that failed, and which one is missing", async () => {
  const failing = () => runProgram("sh", { args: ["-c", "echo out; echo err >&2; exit 3"] });
  await assertRejects(failing, ProgramError, "sh failed with exit status 3: out\nerr");
  await assertRejects(() => runProgram("no-such-program", { args: [] }), ProgramError, "is not installed");
});
