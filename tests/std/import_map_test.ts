import { assertEquals } from "@std/assert";
import manifest from "../../deno.json" with { type: "json" };
import jsr from "../../jsr.import_map.json" with { type: "json" };

Deno.test("jsr.import_map.json has the imports of deno.json, with the standard library from JSR", () => {
  const expected = Object.entries(manifest.imports).map(([name, target]) =>
    name.startsWith("@std/") ? [name, "jsr"] : [name, target]
  );
  const found = Object.entries(jsr.imports).map(([name, target]) =>
    target.startsWith(`jsr:${name}@`) ? [name, "jsr"] : [name, target]
  );
  assertEquals(found.toSorted(), expected.toSorted());
});
