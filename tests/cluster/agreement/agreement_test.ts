/**
 * One answer to every question: whatever the servers do, every output says the same of them.
 *
 * `PGREPL_TEST_VIEWS=10000` generates that many views instead of the few of every run, `PGREPL_TEST_SEED` others: each
 * hundred scenarios take the next seed, and a failure names the one it is from.
 */
import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { disagreements } from "./answers.ts";
import { GeneratedCluster, type Scenario, scenarios } from "./generated_cluster.ts";
import { partOf, violations } from "./invariants.ts";
import { reportOf } from "./simulated_exporter.ts";

const wantedViews = Number(Deno.env.get("PGREPL_TEST_VIEWS") ?? 1000);
const firstSeed = Number(Deno.env.get("PGREPL_TEST_SEED") ?? 1);

/** Takes all steps of a scenario. */
function checkScenario(scenario: Scenario): void {
  const generated = new GeneratedCluster(scenario);
  // Each named cluster once more, with nothing else watched.
  const names = new Set(generated.names.map(({ cluster }) => cluster));
  const alone = [...names].filter((name) => name !== "" && names.size > 1)
    .map((name) => ({ name, generated: new GeneratedCluster(scenario, name) }));
  for (const step of scenario.steps) {
    const view = generated.take(step);
    assertEquals(disagreements(view, reportOf(view), generated.exporter.tracker), []);
    assertEquals(violations(view, generated), []);
    for (const each of alone) {
      assertEquals(partOf(view, each.name), partOf(each.generated.take(step), each.name));
    }
  }
}

Deno.test("every output answers the same questions alike, within the border of each cluster", () => {
  let views = 0;
  const property = fc.property(scenarios, (scenario) => {
    checkScenario(scenario);
    views += scenario.steps.length;
  });
  for (let seed = firstSeed; views < wantedViews; seed++) fc.assert(property, { seed, numRuns: 100 });
});
