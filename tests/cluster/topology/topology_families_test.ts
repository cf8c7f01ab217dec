import { assertEquals } from "@std/assert";
import { measureTopology, topologyFamilies } from "../../../src/cluster/topology/topology_families.ts";
import type { View } from "../../../src/domain/view.ts";
import { buildView } from "../build_view.ts";
import { neverReached, reached, server, slot } from "../fixtures.ts";

const primary = reached("a", {
  readAt: 0,
  cluster: "main",
  facts: { server: [server()], slots: [slot({ slot: "s" }), slot({ slot: "t_1", temporary: true })] },
});

const VIEW = buildView({ snapshots: [primary, neverReached("b", "main")] }, {
  servers: { b: { isStranded: true } },
  cluster: { systemIdentifier: "1", primaries: ["a", "b"], failovers: 3 },
  view: {
    edges: [{ upstream: "a", downstream: "b", by: "slot" }],
    slotForecasts: [
      { server: "a", slot: "s", lostInSeconds: 3600 },
      { server: "a", slot: "t_1", lostInSeconds: 60 },
    ],
  },
});

function published(view: View): readonly string[] {
  const measured = [...measureTopology(view)];
  for (const { family } of measured) assertEquals(topologyFamilies.includes(family), true, family.name);
  return measured.map(({ family, labels, value }) =>
    `${family.name.replace("pgrepl_", "")} ${Object.values(labels).join("/")} ${value}`
  );
}

Deno.test("measureTopology() publishes clusters, edges and forecasts, of temporary slots none", () => {
  assertEquals(published(VIEW), [
    "cluster_primaries cluster/main/1 2",
    "cluster_expected_standbys cluster/main/1 1",
    "cluster_split_brain cluster/main/1 1",
    "cluster_stranded_servers cluster/main/1 1",
    "cluster_failovers_total cluster/main/1 3",
    "server_stranded a/main 0",
    "server_stranded b/main 1",
    "cluster_edge cluster/main/a/b 1",
    "cluster_edge_join_info cluster/main/a/b/slot 1",
    "slot_lost_in_seconds a/main/s 3600",
  ]);
});

Deno.test("measureTopology() of nothing is nothing", () =>
  assertEquals(published(buildView({ snapshots: [] })), []));
