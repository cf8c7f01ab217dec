import { assertEquals, assertThrows } from "@std/assert";
import { isInRange, majorOf, parseServerVersion } from "../../src/domain/pg_version.ts";

Deno.test("parseServerVersion() reads what servers report", () => {
  assertEquals(parseServerVersion("15.18 (Debian 15.18-0+deb12u1)"), 150018);
  assertEquals(parseServerVersion("18.4"), 180004);
  assertEquals(parseServerVersion("19devel"), 190000);
  assertEquals(parseServerVersion("18beta2"), 180000);
  assertThrows(() => parseServerVersion("PgBouncer"), SyntaxError, "PgBouncer");
});

Deno.test("isInRange() includes the lower bound and excludes the upper one", () => {
  const range = { from: 140000, until: 160000 };
  assertEquals([139999, 140000, 159999, 160000].map((version) => isInRange(version, range)), [
    false,
    true,
    true,
    false,
  ]);
  assertEquals(isInRange(1, {}), true);
});

Deno.test("majorOf() drops the minor version", () => {
  assertEquals([majorOf(130023), majorOf(180004)], [13, 18]);
});
