/** The faults that one answer to every question ends: each of these failed when outputs found out for themselves. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { measureCluster } from "../../src/cluster/families.ts";
import { downstreamOf } from "../../src/cluster/findings/view_queries.ts";
import { runChecks } from "../../src/cluster/findings/run_checks.ts";
import { derivePreflight } from "../../src/cluster/preflight/derive_preflight.ts";
import { judgeRoute, type Route } from "../../src/cluster/routing/judge.ts";
import type { Finding } from "../../src/domain/finding.ts";
import type { View } from "../../src/domain/view.ts";
import { renderPageState } from "../../src/report/page/page.ts";
import { nameOf, reportOf, SimulatedExporter } from "./agreement/simulated_exporter.ts";
import { type Postmaster, Simulation, type WatchedName } from "./agreement/simulated_postmaster.ts";

/** How a server presents itself: without slot and name, from an address of its own, with an archive to catch up from. */
const plain = (host: string) => ({
  applicationName: "walreceiver",
  slot: "",
  syncState: "async",
  clusterName: "",
  host,
  hasArchive: true,
});

/** A primary, and standbys that follow it. */
function startCluster(simulation: Simulation, primary: string, ...standbys: readonly string[]) {
  const first = simulation.addPrimary(primary, {
    systemIdentifier: "7300000000000000001",
    identity: plain("10.0.0.1"),
    copyOf: null,
    isPromoted: false,
  });
  const others = standbys.map((name, index) => {
    const standby = simulation.addStandby(name, first, plain(`10.0.0.${index + 2}`));
    simulation.follow(standby, first);
    return standby;
  });
  return [first, ...others] as const;
}

/** A server restored from a backup of another one, and promoted, elsewhere. */
function restore(simulation: Simulation, name: string, copyOf: Postmaster, isPromoted = true): Postmaster {
  const identity = plain("10.0.9.1");
  return simulation.addPrimary(name, { systemIdentifier: "", identity, copyOf, isPromoted });
}

/** Lets a second pass and collects everything. */
function collect(simulation: Simulation, exporter: SimulatedExporter, names = exporter.names): View {
  simulation.pass(1, { bytes: 1000, share: 4 });
  exporter.collect(names);
  return exporter.view();
}

function isEligible(view: View, server: string, route: Route): boolean {
  const limits = { maxLagSeconds: null, maxLagBytes: null, leastPosition: null };
  return judgeRoute(view, { server, route, limits, now: view.at, staleAfterSeconds: 10 })?.isEligible ??
    false;
}

function found(view: View, check: string): Pick<Finding, "severity" | "summary" | "advice"> | null {
  return runChecks(view).find((finding) => finding.check === check) ?? null;
}

function seriesOf(view: View, instance: string): ReadonlyMap<string, number> {
  return new Map(
    [...measureCluster(view)].filter(({ labels }) => labels.instance === instance)
      .map(({ family, value }) => [family.name, value]),
  );
}

const strandedIn = (view: View) => view.servers.filter((each) => each.isStranded).map(({ server }) => server);
const eventsOf = (view: View) => view.events.map(({ kind, server }) => `${kind} ${server}`);

Deno.test("fault 1: a standby joined by its address keeps its row in every output when only the exporter loses it", () => {
  const simulation = new Simulation();
  const [primary, standby, other] = startCluster(simulation, "p", "s", "t");
  assert(standby !== undefined && other !== undefined);
  Object.assign(standby.identity, { syncState: "sync" });
  const names = [nameOf(primary), nameOf(standby, { trouble: "timeout" }), nameOf(other)];
  const exporter = new SimulatedExporter(simulation, { names });
  collect(simulation, exporter);
  // It flushes what it does not replay, so that what its row has flushed is more than what it has applied.
  standby.isPaused = true;
  collect(simulation, exporter);
  if (names[1] !== undefined) names[1].isReachable = false;
  const view = collect(simulation, exporter);
  const row = view.servers[0]?.facts.senders?.find(({ pid }) => pid === standby.link?.pid);
  assert(row !== undefined);
  const [cluster] = view.clusters;
  const known = view.standbys.find(({ name }) => name === "s");
  assertEquals([cluster?.feeds.get(row), known?.sender, known?.connected], ["s", row, true]);
  assertEquals(view.edges.map(({ downstream, by }) => [downstream, by]), [["s", "address"], [
    "t",
    "address",
  ]]);
  assertEquals(seriesOf(view, "s").get("pgrepl_standby_connected"), 1);
  const [report] = reportOf(view).clusters;
  assertEquals(report?.standbys.find(({ name }) => name === "s")?.sync_state, "sync");
  assertEquals(report?.primary?.replicas?.map(({ server }) => server).sort(), ["s", "t"]);
  assertEquals(downstreamOf(view, "p", row)?.server, "s");
  assertEquals(found(view, "standby_disconnected"), null);
  const [follower] = derivePreflight(view, "t").followers;
  assertEquals(
    [follower?.name, follower?.aheadBytes],
    ["s", 0],
    "what its row has flushed, not what it has replayed",
  );
  assertEquals(isEligible(view, "s", "sync"), true);
});

Deno.test("fault 2: deriving a view looks at each row and each server a bounded number of times", () => {
  const reads = (standbys: number) => {
    const simulation = new Simulation();
    const names = Array.from({ length: standbys }, (_, index) => `s${index}`);
    const servers = startCluster(simulation, "p", ...names);
    for (const { identity } of servers) Object.assign(identity, { hasArchive: false });
    const exporter = new SimulatedExporter(simulation, { names: servers.map((each) => nameOf(each)) });
    collect(simulation, exporter);
    let count = 0;
    const counted = <T extends object>(target: T): T =>
      new Proxy(target, {
        get: (from, key, receiver) => {
          count++;
          return Reflect.get(from, key, receiver);
        },
      });
    const snapshots = exporter.snapshots.map((snapshot) => ({
      ...snapshot,
      facts: counted({
        ...snapshot.facts,
        ...snapshot.facts.senders === undefined ? {} : { senders: snapshot.facts.senders.map(counted) },
      }),
    }));
    exporter.tracker.observe(snapshots);
    count = 0;
    const view = exporter.tracker.derive(snapshots);
    assertEquals(view.findings.filter(({ check }) => check === "no_slot").length, standbys);
    return count;
  };
  const [few, many] = [reads(50), reads(200)];
  assert(many < 4.2 * few, `${few} reads of 50 standbys, ${many} of 200`);
});

Deno.test("fault 3: in a split brain every output names the primary that was promoted last", () => {
  const simulation = new Simulation();
  const [old, next, standby] = startCluster(simulation, "old", "new", "s");
  assert(next !== undefined && standby !== undefined);
  // The older timeline is configured first.
  const exporter = new SimulatedExporter(simulation, {
    names: [old, next, standby].map((each) => nameOf(each)),
  });
  collect(simulation, exporter);
  simulation.promote(next, 0);
  simulation.follow(standby, next);
  const view = collect(simulation, exporter);
  const [cluster] = view.clusters;
  assertEquals([cluster?.primaries, cluster?.primary], [["old", "new"], "new"]);
  const report = reportOf(view);
  assertEquals(report.clusters[0]?.primary?.name, "new");
  assertEquals(derivePreflight(view, "s").primary, "new");
  assertStringIncludes(found(view, "split_brain")?.advice ?? "", '"new" was promoted last');
  assertEquals(["old", "new"].map((name) => isEligible(view, name, "primary")), [false, true]);
  assertStringIncludes(renderPageState(report, "").regions.clusters, "new at ");
});

/** Production with a standby, and staging, which was restored from production and promoted. */
function restoredStaging(
  cluster: (name: string) => string,
  { isUnnamedOneCluster, isPromoted = true }: {
    readonly isUnnamedOneCluster: boolean;
    readonly isPromoted?: boolean;
  },
) {
  const simulation = new Simulation();
  const [primary, standby] = startCluster(simulation, "prod1", "prod2");
  assert(standby !== undefined);
  const copy = restore(simulation, "stage1", primary, isPromoted);
  const names = [primary, standby, copy].map((each) => nameOf(each, { cluster: cluster(each.name) }));
  const exporter = new SimulatedExporter(simulation, { names, isUnnamedOneCluster });
  return { simulation, exporter, primary, standby, copy };
}

for (const isUnnamedOneCluster of [true, false]) {
  const how = isUnnamedOneCluster ? "configured" : "probed";
  Deno.test(`fault 4: a copy in a ${how} cluster of another name is no split brain of it, also after a restart`, () => {
    const named = (name: string) => name.startsWith("prod") ? "prod" : "staging";
    const { simulation, exporter } = restoredStaging(named, { isUnnamedOneCluster });
    collect(simulation, exporter);
    for (const restarts of [false, true]) {
      if (restarts) exporter.restart();
      const view = collect(simulation, exporter);
      assertEquals(view.clusters.map(({ cluster, servers, primaries }) => [cluster, servers, primaries]), [
        ["prod", ["prod1", "prod2"], ["prod1"]],
        ["staging", ["stage1"], ["stage1"]],
      ]);
      assertEquals(view.clusters.map(({ expectedStandbys }) => expectedStandbys), [1, 0]);
      assertEquals([found(view, "split_brain"), strandedIn(view)], [null, []]);
      assertEquals(["prod1", "stage1"].map((name) => isEligible(view, name, "primary")), [true, true]);
      assertEquals(found(view, "shared_origin")?.severity, "info");
      assertEquals(view.events.filter(({ kind }) => kind === "split_brain"), []);
      assertEquals(view.standbys.map(({ name, lag }) => [name, lag.seconds]), [["prod2", 0]]);
      assertEquals(derivePreflight(view, "prod2").primary, "prod1");
    }
  });
}

Deno.test("fault 4: configured without names, a copy is a split brain, and the advice is what to configure", () => {
  const { simulation, exporter } = restoredStaging(() => "", { isUnnamedOneCluster: true });
  const view = collect(simulation, exporter);
  assertEquals(view.clusters.map(({ primaries }) => primaries), [["prod1", "stage1"]]);
  const { severity, advice } = found(view, "split_brain") ?? {};
  assertEquals(severity, "critical");
  assertStringIncludes(
    advice ?? "",
    "stop nothing, and give each cluster its name, in the configuration file",
  );
  assertEquals(found(view, "shared_origin"), null);
});

Deno.test("fault 4: probed without names, a copy is a warning with both explanations, and takes nobody out", () => {
  const { simulation, exporter } = restoredStaging(() => "", { isUnnamedOneCluster: false });
  collect(simulation, exporter);
  for (const restarts of [false, true]) {
    if (restarts) exporter.restart();
    const view = collect(simulation, exporter);
    assertEquals(view.clusters.map(({ servers }) => servers), [["prod1", "prod2"], ["stage1"]]);
    assertEquals([found(view, "split_brain"), strandedIn(view)], [null, []]);
    const { severity, summary, advice } = found(view, "shared_origin") ?? {};
    assertEquals(severity, "warning");
    assertStringIncludes(summary ?? "", "two clusters, or a split brain of one");
    assertStringIncludes(advice ?? "", "/probe?cluster=NAME");
    for (const name of ["prod1", "stage1"]) assertEquals(isEligible(view, name, "primary"), true);
    assertEquals(isEligible(view, "prod2", "replica"), true);
  }
});

Deno.test("fault 4: probed without names, two primaries on one timeline are a split brain, also after a restart", () => {
  const { simulation, exporter } = restoredStaging(() => "", {
    isUnnamedOneCluster: false,
    isPromoted: false,
  });
  for (const restarts of [false, true]) {
    if (restarts) exporter.restart();
    const view = collect(simulation, exporter);
    assertEquals(view.clusters.map(({ primaries }) => primaries), [["prod1", "stage1"]]);
    assertEquals(found(view, "split_brain")?.severity, "critical");
    assertEquals(isEligible(view, "prod1", "primary"), false);
  }
});

Deno.test("fault 4: probed without names, a standby that was promoted beside its primary is a split brain", () => {
  const { simulation, exporter, standby } = restoredStaging(() => "", { isUnnamedOneCluster: false });
  collect(simulation, exporter);
  // To another timeline than that of the copy.
  simulation.promote(standby, 1);
  const view = collect(simulation, exporter);
  assertEquals(view.clusters.map(({ primaries }) => primaries), [["prod1", "prod2"], ["stage1"]]);
  assertEquals([found(view, "split_brain")?.severity, strandedIn(view)], ["critical", ["prod1"]]);
  // The evidence was seen before the restart, and nothing shows it any more.
  exporter.restart();
  const after = collect(simulation, exporter);
  assertEquals([found(after, "split_brain"), found(after, "shared_origin")?.severity], [null, "warning"]);
});

Deno.test("fault 4: probed without names, a standby that follows the one and followed the other makes them one", () => {
  const simulation = new Simulation();
  const [old, next, standby] = startCluster(simulation, "old", "new", "s");
  assert(next !== undefined && standby !== undefined);
  const names = [old, standby].map((each) => nameOf(each));
  const exporter = new SimulatedExporter(simulation, {
    names: [...names, nameOf(next)],
    isUnnamedOneCluster: false,
  });
  // The next primary is probed only once it is one.
  collect(simulation, exporter, names);
  simulation.promote(next, 0);
  simulation.follow(standby, next);
  assertEquals(found(collect(simulation, exporter), "split_brain")?.severity, "critical");
  exporter.restart();
  // What is left of the evidence: it follows the new one, and nobody the old one.
  const after = collect(simulation, exporter);
  assertEquals(after.clusters.map(({ servers }) => servers), [["old"], ["s", "new"]]);
  assertEquals(found(after, "shared_origin")?.severity, "warning");
});

/** A node and its standby, and a virtual address that leads to the node. */
function withVirtualAddress() {
  const simulation = new Simulation();
  const [node, standby] = startCluster(simulation, "node1", "node2");
  assert(standby !== undefined);
  const vip = nameOf(node, { name: "vip", host: "10.0.2.1" });
  return { simulation, node, standby, vip, names: [nameOf(node), nameOf(standby), vip] };
}

Deno.test("fault 5: a node and its virtual address are one server, and both names have their series", () => {
  const { simulation, names, standby } = withVirtualAddress();
  const readOnly = nameOf(standby, { name: "read", host: "10.0.2.2" });
  const exporter = new SimulatedExporter(simulation, { names: [...names, readOnly] });
  collect(simulation, exporter);
  const view = collect(simulation, exporter);
  const [cluster, ...others] = view.clusters;
  assertEquals(others, []);
  assertEquals([cluster?.servers, cluster?.primaries], [["node1", "node2"], ["node1"]]);
  assertEquals([cluster?.expectedStandbys, cluster?.connectedStandbys], [1, 1]);
  assertEquals(view.servers.map(({ server, aliasOf }) => [server, aliasOf]), [
    ["node1", null],
    ["node2", null],
    ["vip", "node1"],
    ["read", "node2"],
  ]);
  assertEquals(runChecks(view).filter(({ severity }) => severity !== "info"), []);
  assertEquals(view.standbys.map(({ name }) => name), ["node2"]);
  assertEquals(reportOf(view).summary.total_standbys, 1);
  for (const [own, other] of [["node1", "vip"], ["node2", "read"]] as const) {
    assertEquals([...seriesOf(view, other)], [...seriesOf(view, own)], other);
    assert(seriesOf(view, other).has("pgrepl_up"));
  }
  assert(seriesOf(view, "read").has("pgrepl_standby_lag_seconds"));
  assertEquals(isEligible(view, "vip", "primary") && isEligible(view, "read", "replica"), true);
});

for (
  const order of [["vip", "node1", "node2"], ["node1", "vip", "node2"], ["node1", "node2", "vip"]] as const
) {
  Deno.test(`fault 5: a virtual address that moves at a failover moves silently; ${order.join(", ")} are read`, () => {
    const { simulation, node, standby, vip, names } = withVirtualAddress();
    const exporter = new SimulatedExporter(simulation, { names });
    collect(simulation, exporter);
    collect(simulation, exporter);
    simulation.stop(node, true);
    simulation.promote(standby, 0);
    vip.target = standby;
    const inOrder = order.map((name) => names.find((each) => each.name === name))
      .filter((each) => each !== undefined);
    for (const each of inOrder) {
      assertEquals(found(collectOne(simulation, exporter, each), "split_brain"), null);
    }
    const view = collect(simulation, exporter);
    const [cluster] = view.clusters;
    assertEquals([cluster?.failovers, cluster?.primaries], [1, ["node2"]]);
    assertEquals(view.servers.find(({ server }) => server === "vip")?.aliasOf, "node2");
    assertEquals(eventsOf(view).filter((each) => each.endsWith("vip") || each.startsWith("split")), []);
    assertEquals(eventsOf(view).filter((each) => each.startsWith("promoted")), ["promoted node2"]);
    assertEquals([...seriesOf(view, "vip").keys()], [...seriesOf(view, "node2").keys()]);
    // The old primary returns as a standby.
    simulation.rebuild(node, standby);
    const after = collect(simulation, exporter);
    assertEquals(
      after.clusters.map((each) => [each.failovers, each.connectedStandbys, each.expectedStandbys]),
      [
        [1, 1, 1],
      ],
    );
  });
}

function collectOne(simulation: Simulation, exporter: SimulatedExporter, name: WatchedName): View {
  return collect(simulation, exporter, [name]);
}

Deno.test("fault 5: the primary watched by its virtual address, which leads to a watched standby after a failover", () => {
  const { simulation, node, standby, vip } = withVirtualAddress();
  const exporter = new SimulatedExporter(simulation, {
    names: [{ ...vip, name: "primary" }, nameOf(standby, { name: "standby" })].map((each) => each),
  });
  const [primary] = exporter.names;
  assert(primary !== undefined);
  assertEquals(collect(simulation, exporter).clusters.map((each) => [each.primary, each.connectedStandbys]), [
    ["primary", 1],
  ]);
  simulation.stop(node, true);
  simulation.promote(standby, 0);
  primary.target = standby;
  const view = collect(simulation, exporter);
  assertEquals(view.clusters.map(({ servers, primaries, failovers }) => [servers, primaries, failovers]), [
    [["standby"], ["standby"], 1],
  ]);
  assertEquals([found(view, "split_brain"), found(view, "few_standbys")], [null, null]);
  assertEquals([seriesOf(view, "primary").get("pgrepl_up"), seriesOf(view, "standby").get("pgrepl_up")], [
    1,
    1,
  ]);
});
