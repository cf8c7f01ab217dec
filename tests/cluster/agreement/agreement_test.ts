import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { DEFAULT_REPORT_THRESHOLDS } from "../../../src/domain/thresholds.ts";
import { deriveReport } from "../../../src/report/derive.ts";
import { disagreements } from "./answers.ts";
import { GeneratedCluster, scenarios } from "./generated_cluster.ts";
import { partOf, violations } from "./invariants.ts";
import { WALL_OFFSET } from "./simulated_postmaster.ts";

const wanted = Number(Deno.env.get("PGREPL_TEST_VIEWS") ?? 1000);
const seed = Number(Deno.env.get("PGREPL_TEST_SEED") ?? 1);

Deno.test("every output gives the same answers", () => {
  let views = 0;
  const property = fc.property(scenarios, (scenario) => {
    const generated = new GeneratedCluster(scenario);
    // Each named cluster once more, with nothing else watched.
    const names = new Set(generated.names.map(({ cluster }) => cluster));
    const alone = [...names].filter((name) => name !== "" && names.size > 1)
      .map((name) => [name, new GeneratedCluster(scenario, name)] as const);
    for (const step of scenario.steps) {
      const view = generated.take(step);
      const report = deriveReport(view, {
        now: view.at,
        wallNow: view.at + WALL_OFFSET,
        build: { version: "1", revision: "" },
        thresholds: DEFAULT_REPORT_THRESHOLDS,
      });
      assertEquals(disagreements(view, report, generated.tracker), []);
      assertEquals(violations(view, generated), []);
      for (const [name, each] of alone) assertEquals(partOf(view, name), partOf(each.take(step), name));
      views++;
    }
  });
  for (let round = 0; views < wanted; round++) fc.assert(property, { seed: seed + round, numRuns: 100 });
  assert(views >= wanted);
});
