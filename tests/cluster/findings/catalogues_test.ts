import { assertEquals } from "@std/assert";
import { CATALOGUE_CHECKS } from "../../../src/cluster/findings/catalogues.ts";
import { checks } from "../../../src/cluster/findings/checks.ts";

Deno.test("CATALOGUE_CHECKS has the checks that read no collector, but databases", () => {
  const reading = checks.filter(({ looksAt }) =>
    /database/.test(looksAt) && /pg_publication|pg_sequence|connections to/.test(looksAt)
  );
  for (const { name } of reading) assertEquals(CATALOGUE_CHECKS.has(name), true, name);
  assertEquals([...CATALOGUE_CHECKS].filter((name) => !checks.some((check) => check.name === name)), []);
});
