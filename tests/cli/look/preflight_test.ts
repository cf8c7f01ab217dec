import { assertEquals, assertStringIncludes } from "@std/assert";
import { runProgram } from "../program.ts";

const SERVERS = [
  "--server=primary=host=127.0.0.1 port=1 user=m",
  "--server=standby=host=127.0.0.1 port=2 user=m",
];

Deno.test("preflight needs one name, except with --help", async () => {
  const none = await runProgram(["preflight", ...SERVERS]);
  assertEquals(none.code, 3);
  assertStringIncludes(none.stderr, '"preflight" needs NAME');
  assertStringIncludes(none.stderr, "Try pg-replication-exporter preflight --help");
  assertEquals((await runProgram(["preflight", "a", "b", ...SERVERS])).code, 3);
  const help = await runProgram(["preflight", "--help"]);
  assertEquals(help.code, 0);
  assertStringIncludes(help.stdout, "preflight NAME");
});

Deno.test("preflight suggests a similar name without contacting a server", async () => {
  const { code, stderr, stdout } = await runProgram(["preflight", "stanby", ...SERVERS]);
  assertEquals([code, stdout], [3, ""]);
  assertStringIncludes(stderr, 'There is no server "stanby", did you mean "standby"?');
});

Deno.test("preflight refuses an invalid sample", async () => {
  const { code, stderr } = await runProgram(["preflight", "standby", "--sample=soon", ...SERVERS]);
  assertEquals(code, 3);
  assertStringIncludes(stderr, 'Flag "--sample"');
});
