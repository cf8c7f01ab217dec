/** What the generated clusters of agreement_test.ts have found, as small as they are. */
import { assert, assertEquals } from "@std/assert";
import { judgeRoute } from "../../../src/cluster/routing/judge.ts";
import { planChecks } from "../../../src/consistency/plan_checks.ts";
import type { View } from "../../../src/domain/view.ts";
import { nameOf, reportOf, SimulatedExporter } from "./simulated_exporter.ts";
import { type Identity, type Postmaster, Simulation, type WatchedName } from "./simulated_postmaster.ts";

function identityOf(name: string, more: Partial<Identity> = {}): Identity {
  const host = `10.0.0.${name.slice(1)}`;
  return {
    applicationName: name,
    slot: "",
    syncState: "async",
    clusterName: "",
    host,
    hasArchive: false,
    ...more,
  };
}

/** A primary `a0`, and its standbys `a1` and so on. */
function start(standbys: number, more: Partial<Identity> = {}) {
  const simulation = new Simulation();
  const primary = simulation.addPrimary("a0", {
    systemIdentifier: "7300000000000000001",
    identity: identityOf("a0"),
    copyOf: null,
    isPromoted: false,
  });
  const servers = [primary];
  for (let number = 1; number <= standbys; number++) {
    const standby = simulation.addStandby(`a${number}`, primary, identityOf(`a${number}`, more));
    simulation.follow(standby, primary);
    servers.push(standby);
  }
  const read = (exporter: SimulatedExporter, names?: readonly WatchedName[]): View => {
    simulation.pass(1, { bytes: 1000, share: 4 });
    exporter.collect(names);
    return exporter.view();
  };
  const [, a1, a2] = servers;
  return { simulation, primary, a1, a2, servers, read };
}

const isPrimaryFor = (view: View, server: string) =>
  judgeRoute(view, {
    server,
    route: "primary",
    limits: { maxLagSeconds: null, maxLagBytes: null, leastPosition: null },
    now: view.at,
    staleAfterSeconds: 10,
  })?.isEligible;

function existing(postmaster: Postmaster | undefined): Postmaster {
  assert(postmaster !== undefined);
  return postmaster;
}

Deno.test("a server that was not read yet is not listed a second time by its row", () => {
  const { servers, read, simulation } = start(1);
  const names = servers.map((each) => nameOf(each));
  const exporter = new SimulatedExporter(simulation, { names });
  const view = read(exporter, names.slice(0, 1));
  assertEquals(view.standbys.map(({ name, connected }) => [name, connected]), [["a1", true]]);
  assertEquals(view.clusters[0]?.connectedStandbys, 1);
});

Deno.test("a standby that was never read is one where its upstream feeds it, also without a primary", () => {
  const { simulation, a1, a2, read } = start(2);
  simulation.follow(existing(a2), existing(a1));
  const names = [nameOf(existing(a1)), nameOf(existing(a2))];
  const view = read(new SimulatedExporter(simulation, { names }), names.slice(0, 1));
  assertEquals(view.edges.map(({ upstream, downstream }) => [upstream, downstream]), [["a1", "a2"]]);
  assertEquals(view.standbys.map(({ name }) => name), ["a1", "a2"]);
});

Deno.test("a standby whose row only starts is not connected, and no edge leads to it", () => {
  const { simulation, primary, a1, read } = start(1);
  const names = [nameOf(primary), nameOf(existing(a1), { isReachable: false })];
  simulation.follow(existing(a1), primary, { state: "startup" });
  const view = read(new SimulatedExporter(simulation, { names }));
  assertEquals([view.edges, view.standbys[0]?.connected, view.standbys[0]?.upstream], [[], false, "a0"]);
  assertEquals(reportOf(view).clusters[0]?.edges[0]?.connected, false);
});

Deno.test("the newest primary stays the primary while it does not respond and the old one is stranded", () => {
  const { simulation, primary, a1, a2, read } = start(2);
  const names = [primary, existing(a1), existing(a2)].map((each) => nameOf(each, { trouble: "timeout" }));
  const exporter = new SimulatedExporter(simulation, { names });
  read(exporter);
  simulation.promote(existing(a1), 0);
  simulation.follow(existing(a2), existing(a1));
  read(exporter);
  if (names[1] !== undefined) names[1].isReachable = false;
  const view = read(exporter);
  assertEquals(view.clusters.map((each) => [each.primaries, each.primary]), [[["a0"], "a1"]]);
  assertEquals(["a0", "a1"].map((name) => isPrimaryFor(view, name)), [false, true]);
  assertEquals(planChecks(view, { maxLagSeconds: 60 }), []);
});

Deno.test("two primaries on one timeline are both no primary, also when they have just stopped responding", () => {
  const { simulation, primary, read } = start(0);
  const copy = simulation.addPrimary("a9", {
    systemIdentifier: "",
    identity: identityOf("a9"),
    copyOf: primary,
    isPromoted: false,
  });
  const names = [primary, copy].map((each) => nameOf(each, { trouble: "timeout" }));
  const exporter = new SimulatedExporter(simulation, { names });
  read(exporter);
  for (const each of names) each.isReachable = false;
  const view = read(exporter);
  assertEquals(["a0", "a9"].map((name) => isPrimaryFor(view, name)), [false, false]);
});

Deno.test("the row that an old primary still has of a promoted server makes that no standby when both are lost", () => {
  const { simulation, primary, a1, read } = start(1);
  const names = [nameOf(primary), nameOf(existing(a1))];
  const exporter = new SimulatedExporter(simulation, { names });
  read(exporter);
  simulation.disconnect(existing(a1), false);
  simulation.promote(existing(a1), 0);
  read(exporter);
  if (names[1] !== undefined) names[1].isReachable = false;
  const view = read(exporter);
  assertEquals([view.standbys, view.edges], [[], []]);
});

Deno.test("a restart of the exporter amid a split brain counts no failover", () => {
  const { simulation, primary, a1, read } = start(1);
  const exporter = new SimulatedExporter(simulation, { names: [nameOf(primary), nameOf(existing(a1))] });
  read(exporter);
  simulation.promote(existing(a1), 0);
  assertEquals(read(exporter).clusters[0]?.failovers, 1);
  exporter.restart();
  read(exporter);
  assertEquals(read(exporter).clusters[0]?.failovers, 0);
});

Deno.test("a promotion is counted and reported once, whichever of two names shows it first", () => {
  const { simulation, primary, a1, read } = start(1);
  const vip = nameOf(existing(a1), { name: "vip", host: "10.0.2.1" });
  const names = [vip, nameOf(primary), nameOf(existing(a1))];
  const exporter = new SimulatedExporter(simulation, { names });
  read(exporter);
  simulation.stop(primary, true);
  simulation.promote(existing(a1), 0);
  vip.isReachable = false;
  read(exporter);
  vip.isReachable = true;
  const view = read(exporter);
  assertEquals(view.clusters.map(({ failovers, primaries }) => [failovers, primaries]), [[1, ["vip"]]]);
  assertEquals(view.events.filter(({ kind }) => kind === "promoted").length, 1);
});

Deno.test("a standby that follows a virtual address follows the server behind it", () => {
  const { simulation, primary, a1, read } = start(1, { applicationName: "walreceiver" });
  const vip = nameOf(primary, { name: "vip", host: "10.0.2.1" });
  simulation.follow(existing(a1), primary, { host: vip.host });
  const exporter = new SimulatedExporter(simulation, { names: [nameOf(primary), nameOf(existing(a1)), vip] });
  read(exporter);
  assertEquals(read(exporter).edges.map(({ upstream, downstream }) => [upstream, downstream]), [[
    "a0",
    "a1",
  ]]);
});

Deno.test("a second name is in the cluster of its server, where probes make several of one identifier", () => {
  const { simulation, primary, read } = start(0);
  const copy = simulation.addPrimary("a9", {
    systemIdentifier: "",
    identity: identityOf("a9"),
    copyOf: primary,
    isPromoted: true,
  });
  const names = [nameOf(primary), nameOf(copy), nameOf(primary, { name: "vip", host: "10.0.2.1" })];
  const view = read(new SimulatedExporter(simulation, { names, isUnnamedOneCluster: false }));
  const [original, other, vip] = view.servers.map(({ clusterKey }) => clusterKey);
  assertEquals([original === other, original === vip], [false, true]);
  assertEquals(["a0", "a9", "vip"].map((name) => isPrimaryFor(view, name)), [true, true, true]);
});
