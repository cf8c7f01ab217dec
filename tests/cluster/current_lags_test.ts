import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { deriveCurrentLags } from "../../src/cluster/current_lags.ts";
import { GeneratedCluster, scenarios } from "./agreement/generated_cluster.ts";

Deno.test("deriveCurrentLags() has the lags of the view, whatever the servers do", () => {
  let seconds = 0;
  fc.assert(
    fc.property(scenarios, (scenario) => {
      const generated = new GeneratedCluster(scenario);
      for (const step of scenario.steps) {
        const view = generated.take(step);
        const { tracker, snapshots } = generated.exporter;
        const { servers: memories } = tracker;
        const lags = deriveCurrentLags(snapshots, {
          groups: tracker.groups(snapshots),
          memories,
          at: view.at,
        });
        assertEquals(lags.at, view.at);
        assertEquals(
          lags.servers,
          view.servers.map(({ server, cluster, up, lag }, index) => (
            { server, cluster, up, facts: snapshots[index]?.facts ?? {}, lag }
          )),
        );
        assertEquals(
          lags.standbys,
          view.standbys.map(({ name, cluster, clusterKey, configured, connected, lag }) => (
            { name, cluster, clusterKey, configured, connected, lag }
          )),
        );
        seconds += view.standbys.filter(({ lag }) => lag.seconds !== null && lag.seconds > 0).length;
      }
    }),
    { seed: 1, numRuns: 100 },
  );
  assert(seconds > 50, `${seconds}`);
});
