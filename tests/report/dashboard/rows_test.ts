import { assert, assertEquals } from "@std/assert";
import { catalogue } from "../../../src/cli/catalogue.ts";
import { occupiedNames } from "../../../src/metrics/definition.ts";
import { dashboardRows } from "../../../src/report/dashboard/rows.ts";

const panels = dashboardRows.flatMap((row) => row.panels);

Deno.test("every panel uses only metrics and labels of the catalogue", () => {
  for (const { queries, title } of panels) {
    for (const { expression, legend } of queries) {
      const names = expression.match(/\bpg(?:repl)?_[a-z0-9_]+/g) ?? [];
      assert(names.length > 0, title);
      for (const name of names) {
        const family = catalogue.find((each) => [each.name, ...occupiedNames(each)].includes(name));
        assert(family !== undefined, `${name} of "${title}" is not a metric of the exporter`);
        const used = [...legend.matchAll(/\{\{(\w+)\}\}/g)].map(([, label = ""]) => label);
        assertEquals(used.filter((label) => !family.labels.includes(label)), [], title);
      }
    }
  }
});

Deno.test("dashboardRows fill the width of the dashboard", () => {
  for (const { title, panels } of dashboardRows) {
    assertEquals(panels.reduce((sum, { width }) => sum + width, 0) % 24, 0, title);
  }
});
