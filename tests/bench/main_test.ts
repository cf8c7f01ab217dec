import { assertEquals, assertStringIncludes } from "@std/assert";
import { benchmarks } from "./benchmarks.ts";

async function run(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const main = new URL("./main.ts", import.meta.url).pathname;
  const output = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", "-A", main, ...args],
    stdin: "null",
  }).output();
  const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code: output.code, stdout: decode(output.stdout), stderr: decode(output.stderr) };
}

Deno.test("bench --help lists every benchmark", async () => {
  const { code, stdout } = await run("--help");
  assertEquals(code, 0);
  for (const { name, help } of benchmarks) assertStringIncludes(stdout, `${name.padEnd(18)} ${help}`);
});

Deno.test("bench rejects unknown arguments", async () => {
  const benchmark = await run("--only", "everything");
  assertEquals([benchmark.code, benchmark.stdout], [2, ""]);
  assertStringIncludes(benchmark.stderr, 'No benchmark "everything": choose from round-trips');
  const flag = await run("--fast");
  assertEquals([flag.code, flag.stdout], [2, ""]);
  assertStringIncludes(flag.stderr, 'Unknown argument "--fast"');
});
