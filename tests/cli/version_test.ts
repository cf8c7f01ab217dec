import { assertEquals, assertMatch } from "@std/assert";
import { runProgram } from "./program.ts";

Deno.test("showVersion() writes one line with version, revision and platform", async () => {
  const { code, stdout, stderr } = await runProgram(["version"]);
  assertEquals([code, stderr], [0, ""]);
  assertMatch(
    stdout,
    /^pg-replication-exporter, version \d+\.\d+\.\d+ \(revision: .+, deno: .+, platform: .+\)\n$/,
  );
});
