import { serverIn } from "../view.ts";
import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { sender } from "../fixtures.ts";
import { row, streaming, World } from "../world.ts";

Deno.test("it is unknown whether an unreachable standby is connected while a row without a name may be its own", () => {
  const { world, primary, standby } = streaming();
  standby.reachable = false;
  primary.senders = [row(standby, { applicationName: "walreceiver" })];
  world.pass(5);
  assertEquals(serverIn(world.view(), "standby").connected, null);
  primary.senders = [];
  world.pass(5);
  assertEquals(serverIn(world.view(), "standby").connected, false);
});

Deno.test("two clusters in one process are kept apart", () => {
  const world = new World();
  const other = { systemIdentifier: "42" };
  world.add("primary");
  world.add("standby");
  world.add("primary2", { inRecovery: false, position: 9000n, fact: other });
  world.add("standby-of-2", { position: 8000n, replayed: 8000n, fact: other });
  world.collect();
  assertEquals(world.lag("standby"), [0, 0, "clock"]);
  assertEquals(world.lag("standby-of-2"), [null, 1000, "history_too_short"]);
  const view = world.view();
  assertEquals(view.clusters.map((each) => each.servers), [["primary", "standby"], [
    "primary2",
    "standby-of-2",
  ]]);
  assertEquals(serverIn(view, "primary").slowestStandby, { seconds: 0, bytes: 0 });
  assertEquals(serverIn(view, "primary2").slowestStandby, { seconds: null, bytes: 1000 });
});

Deno.test("a primary without its statistics says nothing of its standbys", () => {
  const { world, primary } = streaming();
  const [snapshot] = world.view().servers;
  assert(snapshot !== undefined && snapshot.server === primary.name);
  const { senders: _, ...facts } = snapshot.facts;
  const view = world.tracker.derive([{ ...snapshot, facts }]);
  assertEquals(serverIn(view, "primary").slowestStandby, { seconds: null, bytes: null });
  assertEquals(view.clusters[0]?.connectedStandbys, null);
  assertEquals(serverIn(view, "primary").healthScore, 20);
});

Deno.test("a standby nobody configured counts for its primary, also when it has vanished", () => {
  const world = new World();
  const primary = world.add("primary");
  const rowOf = (name: string) => sender({ applicationName: name, replayPosition: primary.position });
  primary.senders = [rowOf("elsewhere")];
  world.collect();
  world.pass(20, () => {
    primary.position += 100n;
    primary.senders = [rowOf("elsewhere")];
  });
  assertEquals(serverIn(world.view(), "primary").slowestStandby, { seconds: 0, bytes: 0 });
  assertEquals(world.view().clusters[0]?.connectedStandbys, 1);
  primary.senders = [];
  world.pass(20, () => primary.position += 100n);
  const slowest = serverIn(world.view(), "primary").slowestStandby;
  assertAlmostEquals(slowest?.seconds ?? -1, 19, 1);
  assertEquals(slowest?.bytes, 2000);
  assertEquals(world.view().clusters[0]?.connectedStandbys, 0);
});

Deno.test("rows without a telling name are counted to the configured standbys that stream", () => {
  const world = new World({ expectedStandbys: 2 });
  const primary = world.add("primary");
  const standbys = [world.add("standby1"), world.add("standby2")];
  const rows = () => standbys.map((each) => row(each, { applicationName: "walreceiver" }));
  primary.senders = rows();
  world.collect();
  world.pass(20, () => {
    primary.position += 100n;
    for (const each of standbys) each.position = each.replayed = primary.position;
    primary.senders = rows();
  });
  const view = world.view();
  assertEquals(view.clusters[0]?.connectedStandbys, 2);
  assertEquals(serverIn(view, "primary").slowestStandby, { seconds: 0, bytes: 0 });
  assertEquals(serverIn(view, "primary").healthScore, 100);
});

Deno.test("a row that was counted to a configured standby is not remembered as another when it goes", () => {
  const { world, primary, standby } = streaming();
  const nameless = () => row(standby, { applicationName: "walreceiver" });
  primary.senders = [nameless()];
  world.pass(10);
  standby.receiver = null;
  primary.senders = [];
  world.pass(10);
  // It comes back over an archive: without a row, and with everything.
  world.pass(10, () => {
    primary.position += 100n;
    standby.position = standby.replayed = primary.position;
  });
  assertEquals(serverIn(world.view(), "primary").slowestStandby, { seconds: 0, bytes: 0 });
});

Deno.test("of two standbys with one name that nobody configured, the one that leaves is remembered", () => {
  const world = new World();
  const primary = world.add("primary");
  const twin = (pid: number) => sender({ applicationName: "twin", pid, replayPosition: primary.position });
  primary.senders = [twin(1), twin(2)];
  world.collect();
  world.pass(10, () => {
    primary.position += 100n;
    primary.senders = [twin(1), twin(2)];
  });
  world.pass(10, () => {
    primary.position += 100n;
    primary.senders = [twin(2)];
  });
  assertEquals(serverIn(world.view(), "primary").slowestStandby?.bytes, 1000);
});

Deno.test("a cascading standby counts as connected and is measured against the primary", () => {
  const world = new World({ expectedStandbys: 2 });
  const primary = world.add("primary");
  const middle = world.add("standby1");
  const leaf = world.add("standby2");
  primary.senders = [row(middle)];
  middle.senders = [row(leaf)];
  world.collect();
  world.pass(20, () => {
    primary.position += 100n;
    middle.position = middle.replayed = primary.position;
    primary.senders = [row(middle)];
  });
  const [seconds, bytes] = world.lag("standby2");
  assertAlmostEquals(seconds ?? -1, 20, 1);
  assertEquals(bytes, 2000);
  assertEquals(world.view().clusters[0]?.connectedStandbys, 2);
});

Deno.test("pg_receivewal and base backups are no standbys", () => {
  const world = new World();
  const primary = world.add("primary");
  primary.senders = [
    sender({ applicationName: "pg_receivewal", kind: "receivewal", replayPosition: null }),
    sender({ applicationName: "pg_basebackup", kind: "backup", state: "backup" }),
  ];
  world.collect();
  assertEquals(serverIn(world.view(), "primary").slowestStandby, { seconds: 0, bytes: 0 });
  assertEquals(world.view().clusters[0]?.connectedStandbys, 0);
});
