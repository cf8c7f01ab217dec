import { assertEquals } from "@std/assert";
import { exitCodeOf } from "../../../src/cli/look/verdict.ts";

Deno.test("exitCodeOf() is what monitoring plugins exit with", () => {
  assertEquals((["healthy", "warning", "critical", "unknown"] as const).map(exitCodeOf), [0, 1, 2, 3]);
});
