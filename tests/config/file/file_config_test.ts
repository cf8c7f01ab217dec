import { assertEquals } from "@std/assert";
import { keysOf } from "../../../src/config/file/file_config.ts";

Deno.test("keysOf() turns dots into levels and dashes into underscores", () => {
  assertEquals(keysOf("web.listen-address"), ["web", "listen_address"]);
  assertEquals(keysOf("expected-standbys"), ["expected_standbys"]);
});
