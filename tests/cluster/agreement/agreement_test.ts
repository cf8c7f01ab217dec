/**
 * One answer to every question: whatever the servers do, every output says the same of them.
 *
 * `PGREPL_TEST_VIEWS=10000` generates that many views instead of the few of every run, `PGREPL_TEST_SEED` others: each
 * hundred scenarios take the next seed, and a failure names the one it is from.
 */
import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { scopeOfServer } from "../../../src/cluster/server_scope.ts";
import type { View } from "../../../src/domain/view.ts";
import { disagreements } from "./answers.ts";
import { GeneratedCluster, type Scenario, scenarios } from "./generated_cluster.ts";
import { lostOwners, partOf, topologyOf, violations } from "./invariants.ts";
import { reportOf } from "./simulated_exporter.ts";

const wantedViews = Number(Deno.env.get("PGREPL_TEST_VIEWS") ?? 1000);
const firstSeed = Number(Deno.env.get("PGREPL_TEST_SEED") ?? 1);

/** Answers that are read from sentences: a reworded one would otherwise answer nothing, and agree with everything. */
const readFromSentences = [
  "findings: how many connected?",
  "findings: how many expected?",
  "findings: is connected? false",
  "findings: is stranded? true",
  "findings: which are primaries?",
  "findings: who is the primary?",
  "page: described as?",
  "page: does it stream? false",
  "page: does it stream? true",
  "page: is it a split brain? true",
  "page: lag on the page?",
  "page: sync_state? quorum",
  "page: which are primaries?",
  "page: who is the primary?",
  "page: who sends?",
  "preflight: does it stream? false",
  "preflight: is connected? true",
  "preflight: is it a split brain? true",
  "preflight: is stranded? true",
  "preflight: who sends?",
  "routing: is connected? false",
  "routing: is its lag? none",
  "routing: is its lag? some",
  "routing: is its lag? unknown",
  "routing: is stranded? true",
  "routing: sync_state? async",
  "routing: sync_state? quorum",
  "routing: sync_state? null",
];

/** Takes all steps of a scenario. */
function checkScenario(scenario: Scenario, answered: Set<string>): void {
  const generated = new GeneratedCluster(scenario);
  // Each named cluster once more, with nothing else watched.
  const names = new Set(generated.names.map(({ cluster }) => cluster));
  const alone = [...names].filter((name) => name !== "" && names.size > 1)
    .map((name) => ({ name, generated: new GeneratedCluster(scenario, { onlyCluster: name }) }));
  let before: View | null = null;
  for (const step of scenario.steps) {
    const view = generated.take(step);
    const { tracker } = generated.exporter;
    assertEquals(disagreements(view, { report: reportOf(view), tracker, answered }), []);
    assertEquals(violations(view, generated), []);
    const isRestarted = step.events.some(({ kind }) => kind === "restart exporter");
    if (before !== null && !isRestarted) assertEquals([...lostOwners(before, view)], []);
    before = view;
    for (const each of alone) {
      assertEquals(partOf(view, each.name), partOf(each.generated.take(step), each.name));
    }
  }
  // A doubt is settled by reading everything once more; after that nothing changes while nothing happens.
  assertEquals(topologyOf(generated.again()), topologyOf(generated.again()));
}

Deno.test("every output answers the same questions alike, within the border of each cluster", () => {
  let views = 0;
  const answered = new Set<string>();
  const property = fc.property(scenarios, (scenario) => {
    checkScenario(scenario, answered);
    views += scenario.steps.length;
  });
  for (let seed = firstSeed; views < wantedViews; seed++) fc.assert(property, { seed, numRuns: 100 });
  assertEquals(readFromSentences.filter((each) => !answered.has(each)), []);
});

Deno.test("a cluster is the same, looked at once after several of its servers were read or after each", () => {
  let waited = 0;
  fc.assert(
    fc.property(scenarios, (scenario) => {
      const [patient, hasty] = [true, false].map((mayWait) => new GeneratedCluster(scenario, { mayWait }));
      if (patient === undefined || hasty === undefined) return;
      for (const step of scenario.steps) {
        const [late, early] = [patient.take(step), hasty.take(step)];
        waited += late.servers.filter(({ role, up }) => role === "standby" && up).length;
        for (const name of new Set(late.servers.map(({ cluster }) => cluster))) {
          assertEquals(partOf(late, name), partOf(early, name));
        }
      }
    }),
    { seed: firstSeed, numRuns: Math.max(100, wantedViews / 10) },
  );
  assertEquals(waited > 100, true);
});

/** Findings about one server with its cluster, as a probe has them; one check compares all servers. */
function findingsOf(view: View, server: string): readonly string[] {
  return scopeOfServer(view, server).view.findings.filter(({ check }) => check !== "clock_off")
    .map((each) => JSON.stringify(each)).toSorted();
}

Deno.test("a cluster is the same, derived alone or with all others, and its findings are as old", () => {
  let separate = 0;
  let raised = 0;
  fc.assert(
    fc.property(scenarios, (scenario) => {
      const [whole, parts] = [new GeneratedCluster(scenario), new GeneratedCluster(scenario)];
      for (const step of scenario.steps) {
        const view = whole.take(step);
        parts.pass(step);
        // Nothing is derived in the background before every server was tried.
        if (!parts.exporter.names.every((each) => parts.exporter.hasRead(each))) return;
        for (const name of new Set(view.servers.map(({ cluster }) => cluster))) {
          const part = parts.exporter.viewAround(name);
          if (part.servers.length < view.servers.length) separate++;
          assertEquals(partOf(part, name), partOf(view, name));
          for (const { server, cluster } of part.servers) {
            if (cluster !== name) continue;
            assertEquals(findingsOf(part, server), findingsOf(view, server));
            raised += findingsOf(part, server).length;
          }
        }
      }
    }),
    { seed: firstSeed, numRuns: Math.max(100, wantedViews / 10) },
  );
  assertEquals([separate > 50, raised > 500], [true, true], `${separate} ${raised}`);
});
