import { assertEquals } from "@std/assert";
import { syncStateOf } from "../../src/domain/standby.ts";
import { buildView } from "./build_view.ts";
import { CLUSTER, lost, neverReached, reached, receiver, sender, server } from "./fixtures.ts";
import { serverIn, strandedIn } from "./view.ts";
import { streaming, World } from "./world.ts";

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
  const view = buildView({ snapshots: [primary, standby], expectedStandbys: 2 });
  assertEquals(view.clusters, [{
    key: `main ${CLUSTER}`,
    systemIdentifier: CLUSTER,
    cluster: "main",
    servers: ["p", "s"],
    primaries: ["p"],
    primary: "p",
    expectedStandbys: 2,
    connectedStandbys: 2,
    strandedServers: 0,
    failovers: 0,
    manager: null,
    feeds: new Map(primary.facts.senders?.map((each) => [each, each.applicationName])),
  }]);
  assertEquals(view.edges, [
    { upstream: "p", downstream: "s", by: "application_name" },
    { upstream: "p", downstream: "x", by: "application_name" },
  ]);
  assertEquals(view.standbys.map(({ name, cluster, configured }) => [name, cluster, configured]), [
    ["s", "main", true],
    ["x", "main", false],
  ]);
  assertEquals(view.servers.map(({ server, lag }) => [server, lag?.seconds]), [["p", undefined], ["s", 0]]);
  assertEquals(view.standbys.map(syncStateOf), ["async", "async"]);
  // Of the one that nobody configured no position is known, so nobody is known to be the slowest.
  assertEquals(serverIn(view, "p").slowestStandby, { seconds: null, bytes: null });
  assertEquals(view.servers.map(({ server, healthScore }) => [server, healthScore]), [["p", 70], ["s", 100]]);
  assertEquals([view.at, strandedIn(view)], [1000, []]);
});

Deno.test("deriveView() of servers that belong nowhere says why nothing is known of them", () => {
  const anonymous = reached("n", {
    readAt: 0,
    facts: { server: [server({ inRecovery: true, systemIdentifier: null })] },
  });
  // It may be of either.
  const others = ["1", "2"].map((systemIdentifier) =>
    reached(systemIdentifier, { readAt: 0, facts: { server: [server({ systemIdentifier })] } })
  );
  const view = buildView({ snapshots: [anonymous, neverReached("never"), ...others] });
  assertEquals(view.servers.map(({ server, lag }) => [server, lag?.unknownReason]), [
    ["n", "identity_unknown"],
    ["never", "never_seen"],
    ["1", undefined],
    ["2", undefined],
  ]);
  assertEquals([view.clusters.map(({ servers }) => servers), view.standbys, view.edges], [
    [["1"], ["2"]],
    [],
    [],
  ]);
  assertEquals(serverIn(view, "never").healthScore, 0);
});

Deno.test("deriveView() only reads: as often as wanted, the same", () => {
  const { world } = streaming();
  const before = world.tracker.history;
  assertEquals(world.view(), world.view());
  assertEquals(world.tracker.history, before);
});

Deno.test("deriveView() has one record per server, of its cluster and of its position and rates", () => {
  const before = { p: { ...primary.facts, server: [server({ writePosition: 50n })] } };
  const view = buildView({ snapshots: [primary, lost(standby)], before });
  const [first, second] = view.servers;
  assertEquals([first?.clusterKey, first?.aliasOf, first?.lag, first?.connected], [
    `main ${CLUSTER}`,
    null,
    null,
    null,
  ]);
  assertEquals([first?.walEnd, first?.walBytesPerSecond, first?.replayBytesPerSecond], [100n, 5, null]);
  assertEquals([second?.clusterKey, second?.connected, second?.walEnd], [`main ${CLUSTER}`, true, 100n]);
  assertEquals([second?.slowestStandby, second?.walBytesPerSecond, second?.healthScore], [null, null, 0]);
});

Deno.test("deriveView() of one server under two names: counted once, its second name shows the same", () => {
  const other = { ...standby, server: "vip" };
  const view = buildView({ snapshots: [primary, standby, other] });
  assertEquals(view.servers.map(({ server, aliasOf }) => [server, aliasOf]), [
    ["p", null],
    ["s", null],
    ["vip", "s"],
  ]);
  assertEquals(view.clusters.map(({ servers, expectedStandbys }) => [servers, expectedStandbys]), [
    [["p", "s"], 1],
  ]);
  assertEquals(view.standbys.map(({ name }) => name), ["s", "x"]);
  assertEquals([serverIn(view, "vip").lag, serverIn(view, "vip").connected], [serverIn(view, "s").lag, true]);
});

Deno.test("the timeline of a standby does not go back when it loses its receiver", () => {
  const world = new World();
  world.add("primary", { timeline: 2 });
  const standby = world.add("standby", { inRecovery: true, timeline: 2, receiver: "streaming" });
  world.pass(10);
  // Without a receiver there is only the control file, which has that of the last restartpoint.
  standby.receiver = null;
  standby.timeline = 1;
  world.pass(10);
  const timelineOf = () =>
    world.view().servers.find(({ server }) => server === "standby")?.facts.server?.[0]?.timeline;
  assertEquals(timelineOf(), 2);
  standby.receiver = "streaming";
  standby.timeline = 3;
  world.pass(10);
  assertEquals(timelineOf(), 3);
});

Deno.test("deriveView() expects no standbys of a subscriber beside the cluster that the number is for", () => {
  const other = (systemIdentifier: string, hasSubscriptions: boolean | null) =>
    reached("o", {
      readAt: 1000,
      cluster: "main",
      facts: { server: [server({ systemIdentifier, hasSubscriptions })] },
    });
  const expected = (...snapshots: readonly ReturnType<typeof reached>[]) =>
    buildView({ snapshots, expectedStandbys: 1 }).clusters.map((each) => each.expectedStandbys);
  assertEquals(expected(primary, standby, other("8", true)), [1, 0]);
  assertEquals(expected(primary, standby, other("8", false)), [1, 1]);
  assertEquals(expected(primary, standby, other("8", null)), [1, 1], "nobody knows that it is one");
  assertEquals(expected(other("8", true)), [1], "alone it is the cluster that the number is for");
  const unexpected = buildView({ snapshots: [primary, standby, other("8", true)] });
  assertEquals(unexpected.clusters.map((each) => each.expectedStandbys), [1, 0]);
});
