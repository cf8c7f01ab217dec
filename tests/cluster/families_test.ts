import { assertEquals } from "@std/assert";
import { clusterFamilies, measureCluster } from "../../src/cluster/families.ts";
import type { View } from "../../src/domain/view.ts";
import { renderText } from "../../src/exposition/text.ts";
import { gatherFamilies } from "../../src/metrics/gather.ts";
import { lintCatalogue } from "../../compose/build/metric_lint.ts";
import { buildView } from "./build_view.ts";
import { CLUSTER, lost, neverReached, reached, sender, server, sync } from "./fixtures.ts";
import { row, World } from "./world.ts";

/** Our own series of a view. */
function seriesOf(view: View): string[] {
  const { families, rejected } = gatherFamilies(measureCluster(view));
  assertEquals(rejected, []);
  return renderText(families).split("\n").filter((line) => line.startsWith("pgrepl_"));
}

Deno.test("families of the cluster stand up to the rules, and no name is given twice", () => {
  assertEquals(lintCatalogue(clusterFamilies).problems, []);
});

Deno.test("measureCluster() publishes only families that it lists", () => {
  const { world } = demo();
  const listed = new Set(clusterFamilies);
  for (const { family } of measureCluster(world.view())) assertEquals(listed.has(family), true, family.name);
});

function demo() {
  const world = new World();
  const primary = world.add("primary");
  const standby = world.add("standby");
  primary.senders = [row(standby)];
  world.collect();
  world.pass(10, () => {
    primary.position += 100n;
    standby.position = standby.replayed = primary.position;
    primary.senders = [row(standby)];
  });
  return { world, primary, standby };
}

Deno.test("measureCluster() of a healthy pair", () => {
  const { world } = demo();
  assertEquals(seriesOf(world.view()), [
    `pgrepl_cluster_connected_standbys{instance="cluster",system_identifier="${CLUSTER}"} 1`,
    'pgrepl_cluster_edge{instance="cluster",upstream="primary",downstream="standby"} 1',
    'pgrepl_cluster_edge_join_info{instance="cluster",upstream="primary",downstream="standby",by="application_name"} 1',
    `pgrepl_cluster_expected_standbys{instance="cluster",system_identifier="${CLUSTER}"} 1`,
    `pgrepl_cluster_failovers_total{instance="cluster",system_identifier="${CLUSTER}"} 0`,
    `pgrepl_cluster_primaries{instance="cluster",system_identifier="${CLUSTER}"} 1`,
    `pgrepl_cluster_split_brain{instance="cluster",system_identifier="${CLUSTER}"} 0`,
    `pgrepl_cluster_stranded_servers{instance="cluster",system_identifier="${CLUSTER}"} 0`,
    'pgrepl_connect_duration_seconds{instance="primary"} 0.012',
    'pgrepl_connect_duration_seconds{instance="standby"} 0.012',
    'pgrepl_server_stranded{instance="primary"} 0',
    'pgrepl_server_stranded{instance="standby"} 0',
    'pgrepl_standby_can_catch_up{instance="standby",verdict="must_rebuild"} 0',
    'pgrepl_standby_can_catch_up{instance="standby",verdict="needs_archive"} 0',
    'pgrepl_standby_can_catch_up{instance="standby",verdict="streaming"} 1',
    'pgrepl_standby_catchup_seconds{instance="standby"} 0',
    'pgrepl_standby_connected{instance="standby"} 1',
    'pgrepl_standby_falling_behind{instance="standby"} 0',
    'pgrepl_standby_lag_bytes{instance="standby"} 0',
    'pgrepl_standby_lag_seconds{instance="standby"} 0',
    'pgrepl_standby_lag_source{instance="standby",source="clock"} 1',
    'pgrepl_standby_lag_source{instance="standby",source="replay_timestamp"} 0',
    'pgrepl_standby_lag_source{instance="standby",source="sender"} 0',
    'pgrepl_standby_lag_unknown{instance="standby",reason="diverged"} 0',
    'pgrepl_standby_lag_unknown{instance="standby",reason="history_too_short"} 0',
    'pgrepl_standby_lag_unknown{instance="standby",reason="identity_unknown"} 0',
    'pgrepl_standby_lag_unknown{instance="standby",reason="never_seen"} 0',
    'pgrepl_standby_lag_unknown{instance="standby",reason="no_primary"} 0',
    'pgrepl_standby_lag_unknown{instance="standby",reason="other_timeline"} 0',
    'pgrepl_standby_lag_unknown{instance="standby",reason="primary_unreachable"} 0',
    'pgrepl_standby_last_position_bytes{instance="standby"} 2000',
    'pgrepl_standby_reason{instance="standby",reason="archive"} 0',
    'pgrepl_standby_reason{instance="standby",reason="conflict"} 0',
    'pgrepl_standby_reason{instance="standby",reason="delayed"} 0',
    'pgrepl_standby_reason{instance="standby",reason="disconnected"} 0',
    'pgrepl_standby_reason{instance="standby",reason="half_open"} 0',
    'pgrepl_standby_reason{instance="standby",reason="idle"} 0',
    'pgrepl_standby_reason{instance="standby",reason="lost"} 0',
    'pgrepl_standby_reason{instance="standby",reason="paused"} 0',
    'pgrepl_standby_reason{instance="standby",reason="starting"} 0',
    'pgrepl_standby_reason{instance="standby",reason="stranded"} 0',
    'pgrepl_standby_reason{instance="standby",reason="streaming"} 1',
    'pgrepl_standby_reason{instance="standby",reason="unreachable"} 0',
    'pgrepl_standby_replay_bytes_per_second{instance="standby"} 100',
    'pgrepl_standby_stage{instance="standby",stage="flush"} 0',
    'pgrepl_standby_stage{instance="standby",stage="replay"} 0',
    'pgrepl_standby_stage{instance="standby",stage="transport"} 0',
    'pgrepl_standby_stage{instance="standby",stage="write"} 0',
    'pgrepl_standby_upstream_up{instance="standby"} 1',
    'pgrepl_up{instance="primary"} 1',
    'pgrepl_up{instance="standby"} 1',
  ]);
});

Deno.test("measureCluster() of an unknown lag has its reason, and no value and no source", () => {
  const { world, primary } = demo();
  primary.reachable = false;
  world.pass(5);
  const series = seriesOf(world.view()).filter((line) => line.startsWith("pgrepl_standby_lag"));
  assertEquals(series.filter((line) => !line.endsWith(" 0")), [
    'pgrepl_standby_lag_unknown{instance="standby",reason="primary_unreachable"} 1',
  ]);
  assertEquals(series.length, 7);
});

Deno.test("measureCluster() of a server never reached says that it is down and its lag unknown, and nothing else of it", () => {
  const series = seriesOf(buildView({ snapshots: [neverReached("standby")] }));
  assertEquals(series.filter((line) => !/^pgrepl_standby_lag_unknown.* 0$/.test(line)), [
    'pgrepl_standby_lag_unknown{instance="standby",reason="never_seen"} 1',
    'pgrepl_up{instance="standby"} 0',
  ]);
});

const syncs = [
  { names: "", senders: [sender()], expected: ["0", "0", "0"] },
  { names: "ANY 1 (*)", senders: [sender(), sender({ pid: 2 })], expected: ["1", "1", "1"] },
  { names: "FIRST 2 (walreceiver, other)", senders: [sender()], expected: ["1", "2", "0"] },
  { names: "nonsense (", senders: [sender()], expected: [] },
  { names: "walreceiver", senders: undefined, expected: [] },
];

for (const { names, senders, expected } of syncs) {
  Deno.test(`synchronous standbys met, required and spare of ${JSON.stringify(names)}`, () => {
    const facts = { server: [server()], sync: [sync({ standbyNames: names })] };
    const primary = reached("primary", { readAt: 0, facts: senders ? { ...facts, senders } : facts });
    const values = (view: View) =>
      seriesOf(view).filter((line) => line.startsWith("pgrepl_sync_standbys"))
        .map((line) => line.replace(/^.* /, ""));
    assertEquals(values(buildView({ snapshots: [primary] })), expected);
    assertEquals(values(buildView({ snapshots: [lost(primary)] })), []);
  });
}
