import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { numberTwin, slotLabel } from "../../src/collectors/series_key.ts";

Deno.test("slotLabel() drops the process id from the name of a temporary slot", () => {
  assertEquals(slotLabel("pg_basebackup_4711", 4711), "pg_basebackup");
  assertEquals(slotLabel("pg_basebackup_4711", 12), "pg_basebackup_4711");
  assertEquals(slotLabel("standby_1", null), "standby_1");
  assertEquals(slotLabel("standby_null", null), "standby_null");
  assertEquals(slotLabel("", 4711), "");
});

Deno.test("numberTwin() numbers the later ones", () => {
  const taken = new Set<string>();
  assertEquals(["a", "b", "a", "a"].map((name) => numberTwin(name, taken)), ["a", "b", "a#2", "a#3"]);
});

Deno.test("numberTwin() never gives a name twice, also when names look numbered", () => {
  fc.assert(fc.property(fc.array(fc.constantFrom("a", "a#2", "a#3", "b")), (names) => {
    const taken = new Set<string>();
    const given = names.map((name) => numberTwin(name, taken));
    assertEquals(new Set(given).size, names.length);
  }));
});
