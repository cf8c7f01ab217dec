import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { catalogue } from "../../src/cli/catalogue.ts";
import { runProgram } from "./program.ts";

Deno.test("printCatalogue() writes every family, as text and as JSON", async () => {
  const { code, stdout } = await runProgram(["catalogue"]);
  assertEquals(code, 0);
  assertStringIncludes(
    stdout,
    "pgrepl_up{instance,cluster} (gauge)\n  Whether the latest collection reached",
  );
  assertStringIncludes(stdout, "\nprocess_start_time_seconds (gauge)\n");
  const families: unknown = JSON.parse((await runProgram(["catalogue", "--json"])).stdout);
  assert(Array.isArray(families));
  assertEquals(families.map(({ name }) => name), catalogue.map(({ name }) => name));
});

Deno.test("the catalogue is sorted and has every family once", () => {
  const names = catalogue.map(({ name }) => name);
  assertEquals(names, [...new Set(names)].sort());
});
