import { assertAlmostEquals, assertEquals } from "@std/assert";
import { sender } from "../fixtures.ts";
import { row, type SimServer, streaming, World } from "../world.ts";

const brief = (world: World) => world.view().standbys.map(({ name, connected }) => [name, connected]);

Deno.test("a configured standby: connected, since when, upstream, last position, growing lag", () => {
  const { world, primary, standby } = streaming();
  const seen = () => world.view().standbys[0];
  assertEquals([seen()?.configured, seen()?.connected, seen()?.connectedChangedAt, seen()?.upstream], [
    true,
    true,
    null,
    "primary",
  ]);
  standby.reachable = false;
  primary.senders = [];
  world.pass(5);
  const goneAt = world.now;
  world.pass(60, () => primary.position += 100n);
  assertEquals([seen()?.connected, seen()?.connectedChangedAt, seen()?.upstream], [false, goneAt, "primary"]);
  assertEquals(seen()?.lastPosition, 1000n);
  assertAlmostEquals(seen()?.lag.seconds ?? -1, 59, 1);
  standby.reachable = true;
  primary.senders = [row(standby)];
  standby.replayed = standby.position = primary.position;
  world.pass(5);
  assertEquals([seen()?.connected, seen()?.connectedChangedAt, seen()?.lag.seconds], [true, world.now, 0]);
  assertEquals(world.happened(), [
    "unreachable standby",
    "detached standby",
    "attached standby",
    "reachable standby",
  ]);
});

/** A primary whose senders have these names, under load. */
function unconfigured(...names: readonly string[]) {
  const world = new World();
  const primary = world.add("primary");
  const rows = (kept: readonly string[]) => {
    primary.position += 100n;
    primary.senders = kept.map((applicationName, index) =>
      sender({ applicationName, pid: 100 + index, replayPosition: primary.position })
    );
  };
  rows(names);
  world.collect();
  world.pass(20, () => rows(names));
  return { world, primary, rows };
}

Deno.test("standbys that nobody configured are named after their rows, twins apart, and stay when they go", () => {
  const { world, rows } = unconfigured("reports", "walreceiver", "walreceiver");
  assertEquals(brief(world), [["reports", true], ["walreceiver", true], ["walreceiver#2", true]]);
  assertEquals(world.happened(), []);
  world.pass(30, () => rows(["reports", "walreceiver"]));
  assertEquals(brief(world), [["reports", true], ["walreceiver", true], ["walreceiver#2", false]]);
  const gone = world.view().standbys.find(({ name }) => name === "walreceiver#2");
  assertAlmostEquals(gone?.lag.seconds ?? -1, 30, 1);
  assertEquals(gone?.lag.bytes, 3000);
  assertEquals([gone?.configured, gone?.upstream, gone?.lastPosition], [false, "primary", 3100n]);
  assertEquals(world.happened(), ["detached walreceiver#2"]);
  // It returns under another process, to the name it had; a fourth appears.
  world.pass(10, () => rows(["reports", "walreceiver", "walreceiver", "new"]));
  assertEquals(brief(world), [
    ["new", true],
    ["reports", true],
    ["walreceiver", true],
    ["walreceiver#2", true],
  ]);
  assertEquals(world.happened(), ["detached walreceiver#2", "attached new", "attached walreceiver#2"]);
  assertEquals(world.view().edges.filter(({ upstream }) => upstream === "primary").length, 4);
});

Deno.test("a standby that nobody configured never takes the name of a server", () => {
  const world = new World({ servers: ["primary", "standby"] });
  const primary = world.add("primary");
  world.add("standby", { receiver: null });
  // Two rows of its name: neither can be its own for certain.
  const twin = (pid: number): Partial<SimServer> => ({
    senders: [...primary.senders, sender({ applicationName: "standby", pid, replayPosition: 1000n })],
  });
  Object.assign(primary, twin(1));
  Object.assign(primary, twin(2));
  world.collect();
  world.pass(10);
  assertEquals(brief(world), [["standby", false], ["standby#2", true], ["standby#3", true]]);
});

Deno.test("it is unknown whether a standby is connected while its upstream is unreachable", () => {
  const { world, primary, rows } = unconfigured("reports");
  primary.reachable = false;
  world.pass(10);
  assertEquals(brief(world), [["reports", null]]);
  primary.reachable = true;
  world.pass(10, () => rows(["reports"]));
  assertEquals(brief(world), [["reports", true]]);
  assertEquals(world.happened(), ["unreachable primary", "reachable primary"]);
});

Deno.test("a standby that nobody configured follows a promoted server under its own name", () => {
  const { world, primary, rows } = unconfigured("reports");
  const standby = world.add("standby");
  world.collect();
  const both = () => {
    rows(["reports"]);
    standby.position = standby.replayed = primary.position;
    primary.senders.push(row(standby, { pid: 7 }));
  };
  world.pass(10, both);
  assertEquals(brief(world), [["standby", true], ["reports", true]]);
  primary.reachable = false;
  world.pass(5);
  standby.inRecovery = false;
  standby.timeline = 2;
  standby.senders = [sender({ applicationName: "reports", pid: 55, replayPosition: standby.position })];
  world.pass(5);
  const reports = world.view().standbys.find(({ name }) => name === "reports");
  assertEquals([reports?.connected, reports?.upstream], [true, "standby"]);
  assertEquals(world.view().standbys.map(({ name }) => name), ["primary", "reports"]);
});

Deno.test("a row seen before its server was reached is not remembered beside it", () => {
  const world = new World();
  const primary = world.add("primary");
  const standby = world.add("standby", { reachable: false });
  const nameless = () => row(standby, { applicationName: "walreceiver", pid: 9 });
  primary.senders = [nameless()];
  world.collect();
  assertEquals(brief(world), [["standby", null], ["walreceiver", true]]);
  standby.reachable = true;
  world.pass(10);
  assertEquals(brief(world), [["standby", true]]);
  // Out of our sight, its connection is still known to be that of a configured server, and of no stranger.
  standby.reachable = false;
  world.pass(10);
  assertEquals(brief(world), [["standby", null]]);
  assertEquals(world.view().clusters[0]?.connectedStandbys, 1);
});
