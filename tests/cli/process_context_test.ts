import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { processContext } from "../../src/cli/process_context.ts";

const MODULE = new URL("../../src/cli/process_context.ts", import.meta.url).href;

/** Runs a script in its own process. */
function start(script: string, stdio: Partial<Deno.CommandOptions> = {}): Deno.ChildProcess {
  return new Deno.Command(Deno.execPath(), {
    args: ["eval", `import { processContext } from "${MODULE}";\n${script}`],
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
    ...stdio,
  }).spawn();
}

Deno.test("processContext writes a long text completely", async () => {
  const output = await start(`processContext.writeStdout("é".repeat(500_000) + "end");`).output();
  const text = new TextDecoder().decode(output.stdout);
  assertEquals([output.code, text.length], [0, 500_003]);
  assert(text.endsWith("end"));
});

Deno.test("processContext ignores a closed pipe", async () => {
  const child = start(`for (let i = 0; i < 100; i++) processContext.writeStdout("x".repeat(100_000));
    processContext.writeStderr("went on");`);
  const reader = child.stdout.getReader();
  await reader.read();
  await reader.cancel();
  const [status, stderr] = await Promise.all([child.status, new Response(child.stderr).text()]);
  assertEquals([status.code, stderr], [0, "went on"]);
});

Deno.test("processContext handles signals until the handler is removed", async () => {
  const child = start(`const stop = processContext.onSignal("SIGTERM", () => {
      processContext.writeStdout("heard");
      stop();
      clearInterval(timer);
    });
    const timer = setInterval(() => {}, 1000);
    processContext.writeStdout("ready ");`);
  const reader = child.stdout.getReader();
  let text = "";
  for (let chunk = await reader.read(); !chunk.done; chunk = await reader.read()) {
    text += new TextDecoder().decode(chunk.value);
    if (text === "ready ") child.kill("SIGTERM");
  }
  const [status, stderr] = await Promise.all([child.status, new Response(child.stderr).text()]);
  assertEquals([status.code, text, stderr], [0, "ready heard", ""]);
});

Deno.test("processContext reads the environment and files of the process", async () => {
  assertEquals(processContext.environment("PGREPL_NEVER_SET"), undefined);
  assertStringIncludes(await processContext.readTextFile(new URL(MODULE).pathname), "processContext");
});
