import { assertEquals, assertNotEquals } from "@std/assert";
import { standbyKey } from "../../src/domain/standby.ts";

Deno.test("standbyKey() tells standbys of one name in two clusters apart", () => {
  const a = { name: "standby", systemIdentifier: "1" };
  assertEquals(standbyKey(a), standbyKey({ ...a }));
  assertNotEquals(standbyKey(a), standbyKey({ ...a, systemIdentifier: "2" }));
});
