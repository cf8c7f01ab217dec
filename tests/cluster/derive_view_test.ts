import { serverIn } from "./view.ts";
import { assertEquals } from "@std/assert";
import { ClusterMemory } from "../../src/cluster/memory/cluster_memory.ts";
import { deriveView } from "../../src/cluster/derive_view.ts";
import { DEFAULT_HEALTH_THRESHOLDS } from "../../src/domain/thresholds.ts";
import type { ServerSnapshot } from "../../src/domain/view.ts";
import { FakeClock } from "../fixtures/fake_clock.ts";
import { CLUSTER, neverReached, reached, receiver, sender, server } from "./fixtures.ts";
import { streaming } from "./world.ts";

function viewAfter(snapshots: readonly ServerSnapshot[]) {
  const memory = new ClusterMemory(new FakeClock());
  memory.observe(snapshots);
  return deriveView(snapshots, {
    memory,
    at: 1000,
    expectedStandbys: () => 2,
    health: DEFAULT_HEALTH_THRESHOLDS,
  });
}

const primary = reached("p", {
  readAt: 1000,
  cluster: "main",
  facts: {
    server: [server({ writePosition: 100n })],
    senders: [
      sender({ applicationName: "s", replayPosition: 100n }),
      sender({ applicationName: "x", pid: 2 }),
    ],
  },
});
const standby = reached("s", {
  readAt: 1000,
  cluster: "main",
  facts: {
    server: [server({ inRecovery: true, replayPosition: 100n })],
    receiver: [receiver()],
  },
});

Deno.test("deriveView() of a cluster: who follows whom, lags, health, standbys of any kind", () => {
  const view = viewAfter([primary, standby]);
  assertEquals(view.clusters, [{
    systemIdentifier: CLUSTER,
    cluster: "main",
    servers: ["p", "s"],
    primaries: ["p"],
    expectedStandbys: 2,
    connectedStandbys: 2,
  }]);
  assertEquals(view.edges, [
    { upstream: "p", downstream: "s", by: "application_name", syncState: "async" },
    { upstream: "p", downstream: "x", by: "application_name", syncState: "async" },
  ]);
  assertEquals(view.standbys.map(({ name, cluster, configured }) => [name, cluster, configured]), [
    ["s", "main", true],
    ["x", "main", false],
  ]);
  assertEquals([...view.lags.keys()], ["s"]);
  // Of the one that nobody configured no position is known, so nobody is known to be the slowest.
  assertEquals(serverIn(view, "p").slowestStandby, { seconds: null, bytes: null });
  assertEquals(view.health, new Map([["p", 70], ["s", 100]]));
  assertEquals([view.at, view.stranded, [...view.failovers]], [1000, [], [[CLUSTER, 0]]]);
});

Deno.test("deriveView() of servers that belong nowhere says why nothing is known of them", () => {
  const anonymous = reached("n", {
    readAt: 0,
    facts: { server: [server({ inRecovery: true, systemIdentifier: null })] },
  });
  const view = viewAfter([anonymous, neverReached("never")]);
  assertEquals([...view.lags].map(([name, lag]) => [name, lag.unknownReason]), [
    ["n", "identity_unknown"],
    ["never", "never_seen"],
  ]);
  assertEquals([view.clusters, view.standbys, view.edges], [[], [], []]);
  assertEquals(serverIn(view, "never").healthScore, 0);
});

Deno.test("deriveView() only reads: as often as wanted, the same", () => {
  const { world } = streaming();
  const before = world.tracker.history;
  assertEquals(world.view(), world.view());
  assertEquals(world.tracker.history, before);
});
