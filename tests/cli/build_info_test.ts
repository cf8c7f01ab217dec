import { assertEquals } from "@std/assert";
import { BUILD } from "../../src/cli/build_info.ts";
import manifest from "../../deno.json" with { type: "json" };

Deno.test("BUILD has the version of deno.json", () => {
  assertEquals(BUILD.version, manifest.version);
});
