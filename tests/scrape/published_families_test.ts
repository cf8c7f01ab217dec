import { assertEquals } from "@std/assert";
import { collectors } from "../../src/collectors/registry.ts";
import { publishedFamilies, viewFamilies } from "../../src/scrape/published_families.ts";

Deno.test("publishedFamilies() has those of views, collectors and the exporter, each once", () => {
  const families = publishedFamilies(collectors);
  const names = families.map(({ name }) => name);
  assertEquals(new Set(names).size, names.length);
  for (const name of ["pg_replication_lag_seconds", "pg_data_consistency_check", "pgrepl_sender_state"]) {
    assertEquals(names.includes(name), true, name);
  }
  assertEquals(names.includes("pgrepl_build_info"), true);
  assertEquals(viewFamilies.every((family) => families.includes(family)), true);
});

Deno.test("publishedFamilies() has those of other exporters, in place of ours of the same name", () => {
  const ours = publishedFamilies(collectors);
  const all = publishedFamilies(collectors, ["postgres_exporter"]);
  const names = all.map(({ name }) => name);
  assertEquals(new Set(names).size, names.length);
  const replaced = ours.filter((family) => !all.includes(family)).map(({ name }) => name);
  assertEquals(replaced, ["pg_replication_lag_seconds", "pg_replication_slots_active"]);
});
