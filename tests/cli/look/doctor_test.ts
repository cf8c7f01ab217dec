import { assertEquals, assertStringIncludes } from "@std/assert";
import { checks } from "../../../src/cluster/findings/checks.ts";
import { runProgram } from "../program.ts";

Deno.test("doctor --list lists every check without contacting a server", async () => {
  const { code, stdout, stderr } = await runProgram(["doctor", "--list"]);
  assertEquals([code, stderr, stdout.split("\n").filter((line) => /^[a-z]/.test(line)).length], [
    0,
    "",
    checks.length,
  ]);
  const json: unknown = JSON.parse((await runProgram(["doctor", "--list", "--json"])).stdout);
  assertEquals(Array.isArray(json) ? json.length : 0, checks.length);
});

Deno.test("doctor --explain prints the runbook of an alert, also as JSON", async () => {
  const { code, stdout } = await runProgram(["doctor", "--explain=PgreplSlotLost"]);
  assertEquals(code, 0);
  assertStringIncludes(stdout, "# PgreplSlotLost\n");
  assertStringIncludes(stdout, "## What to do\n");
  const { stdout: json } = await runProgram(["doctor", "--explain=PgreplSlotLost", "--json"]);
  assertEquals(JSON.parse(json).name, "PgreplSlotLost");
  const wrong = await runProgram(["doctor", "--explain=PgreplSlotLast"]);
  assertEquals(wrong.code, 3);
  assertStringIncludes(wrong.stderr, 'did you mean "PgreplSlotLost"?');
});

Deno.test("doctor --explain describes one check, also as JSON", async () => {
  const { code, stdout } = await runProgram(["doctor", "--explain=replay_paused"]);
  assertEquals(code, 0);
  assertStringIncludes(stdout, "SELECT pg_wal_replay_resume()");
  const { stdout: json } = await runProgram(["doctor", "--explain", "replay_paused", "--json"]);
  assertStringIncludes(json, '"name": "replay_paused"');
});

Deno.test("doctor suggests a similar check, and exits with 3", async () => {
  const { code, stderr, stdout } = await runProgram([
    "doctor",
    "--check=replay_pause",
    "--explain=replay",
    "--list",
  ]);
  assertEquals([code, stdout], [3, ""]);
  assertStringIncludes(stderr, 'Flag "--check" is "replay_pause", did you mean "replay_paused"?');
  assertStringIncludes(stderr, 'Flag "--explain" is "replay": doctor --list names the checks');
  assertStringIncludes(stderr, '"--list" and "--explain" cannot be combined');
});

Deno.test("doctor without a server, or with an invalid sample, exits with 3", async () => {
  const { code, stderr } = await runProgram(["doctor"]);
  assertEquals(code, 3);
  assertStringIncludes(stderr, "No server to watch is configured");
  assertEquals((await runProgram(["doctor", "--sample=2h"])).code, 3);
});
