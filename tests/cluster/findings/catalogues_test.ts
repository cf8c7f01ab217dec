import { assertEquals } from "@std/assert";
import { CATALOGUE_CHECKS, catalogueChecks } from "../../../src/cluster/findings/catalogues.ts";

Deno.test("every check of catalogues makes databases be read again", () => {
  assertEquals(CATALOGUE_CHECKS.size, catalogueChecks.length);
  assertEquals(catalogueChecks.every(({ name }) => CATALOGUE_CHECKS.has(name)), true);
});
