import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { lost, sender, slot } from "./fixtures.ts";
import { row, World } from "./world.ts";

const MIB = 1024n * 1024n;

/** A primary and a standby that streams, 30 s old, at rest. */
function streaming() {
  const world = new World();
  const primary = world.add("primary");
  const standby = world.add("standby");
  primary.senders = [row(standby)];
  world.collect();
  world.pass(30);
  return { world, primary, standby };
}

Deno.test("E1: link cut after the standby had caught up, lag grows from the first write it lacks", () => {
  const { world, primary, standby } = streaming();
  assertEquals(world.lag("standby"), [0, 0, "clock"]);
  standby.receiver = null;
  primary.senders = [];
  primary.slots = [slot({ slot: "standby", active: false, restartPosition: 1000n })];
  world.pass(60); // Cut and idle: nothing is missing.
  assertEquals(world.lag("standby"), [0, 0, "clock"]);
  const firstWrite = world.now + 1;
  const seen: number[] = [];
  world.pass(60, () => {
    primary.position += MIB;
    const [seconds] = world.lag("standby");
    if (seconds !== null && seconds > 0) seen.push(seconds);
  });
  const [seconds, bytes, source] = world.lag("standby");
  assertAlmostEquals(seconds ?? -1, world.now - firstWrite, 1);
  assertEquals([bytes, source], [Number(60n * MIB), "clock"]);
  assertEquals(seen, seen.toSorted((a, b) => a - b));
  const view = world.view();
  assertEquals(view.connected.get("standby"), false);
  assertEquals(view.slowest.get("primary"), { seconds, bytes });
  assertEquals(view.clusters.map((each) => [each.expectedStandbys, each.connectedStandbys]), [[1, 0]]);
});

Deno.test("E2: standby restarted behind a cut link has no receiver, no last transaction, and its true lag", () => {
  const { world, primary, standby } = streaming();
  standby.receiver = null;
  primary.senders = [];
  const firstWrite = world.now + 1;
  world.pass(19, () => primary.position += MIB);
  standby.reachable = false; // It restarts...
  world.pass(5, () => primary.position += MIB);
  standby.reachable = true; // ...and E6: what it received falls back to the beginning of a segment, behind replay.
  standby.position = 512n;
  standby.fact = { lastReplayedTransactionUnixSeconds: null };
  world.pass(6, () => primary.position += MIB);
  const [seconds, bytes, source] = world.lag("standby");
  assertAlmostEquals(seconds ?? -1, world.now - firstWrite, 1);
  assertEquals([bytes, source], [Number(30n * MIB), "clock"]);
});

Deno.test("E2 with the exporter just started: unknown, and says so", () => {
  const world = new World();
  world.add("primary", { position: 20n * MIB });
  world.add("standby", { position: MIB, replayed: MIB, receiver: null });
  world.collect();
  world.pass(10);
  assertEquals(world.lag("standby"), [null, Number(19n * MIB), "history_too_short"]);
  // The slowest of the primary is behind by known bytes and unknown seconds, which are not 0.
  assertEquals(world.view().slowest.get("primary"), { seconds: null, bytes: Number(19n * MIB) });
});

Deno.test("E3: half-open link, both ends say streaming and replay_lag is NULL, lag grows all the same", () => {
  const { world, primary, standby } = streaming();
  const firstWrite = world.now + 1;
  world.pass(30, () => {
    primary.position += MIB;
    primary.senders = [row(standby, { state: "streaming", replayLagSeconds: null })];
  });
  const [seconds, bytes, source] = world.lag("standby");
  assertAlmostEquals(seconds ?? -1, world.now - firstWrite, 1);
  assertEquals([bytes, source], [Number(30n * MIB), "clock"]);
  assertEquals(world.view().connected.get("standby"), true);
});

Deno.test("E6: the received position falls back behind the replayed one without a negative rate or backlog", () => {
  const { world, primary, standby } = streaming();
  world.pass(10, () => {
    primary.position += 1000n;
    standby.position = standby.replayed = primary.position;
  });
  assertEquals(world.view().walBytesPerSecond.get("standby"), 1000);
  standby.receiver = null;
  standby.position = 512n;
  world.pass(10);
  assertEquals(world.lag("standby"), [0, 0, "clock"]);
  assertEquals(world.view().walBytesPerSecond.get("standby"), 0);
});

Deno.test("E8: first write after 22 s of rest on a delayed standby is seconds old, not the length of the rest", () => {
  const { world, primary } = streaming();
  world.pass(22);
  assertEquals(world.lag("standby"), [0, 0, "clock"]);
  primary.position += 100n;
  world.pass(4);
  world.collect();
  const [seconds, bytes, source] = world.lag("standby");
  assertAlmostEquals(seconds ?? -1, 4, 1);
  assertEquals([bytes, source], [100, "clock"]);
});

Deno.test("an idle cluster raises no lag for ten minutes", () => {
  const { world } = streaming();
  world.pass(600, () => {
    assertEquals(world.lag("standby"), [0, 0, "clock"]);
    assertEquals(world.view().health, new Map([["primary", 100], ["standby", 100]]));
  });
});

Deno.test("a standby read some seconds ago is compared with where the primary was then", () => {
  const { world, primary, standby } = streaming();
  world.pass(34, () => {
    primary.position += MIB;
    standby.position = standby.replayed = primary.position;
    primary.senders = [row(standby)];
  });
  assert(world.now % 5 === 4, "the standby was read 4 s ago");
  assertEquals(world.lag("standby"), [0, 0, "clock"]);
});

Deno.test("an unreachable standby keeps the position its upstream tells, then its last one, and its lag grows", () => {
  const { world, primary, standby } = streaming();
  standby.reachable = false;
  world.pass(10, () => {
    primary.position += MIB;
    primary.senders = [row(standby, { replayPosition: primary.position })];
  });
  assertEquals(world.lag("standby"), [0, 0, "clock"]);
  assertEquals(world.view().connected.get("standby"), true);
  assertEquals(world.view().health.get("standby"), 0);
  primary.senders = [];
  world.pass(20, () => primary.position += MIB);
  const [seconds, bytes, source] = world.lag("standby");
  assertAlmostEquals(seconds ?? -1, 19, 1);
  assertEquals([bytes, source], [Number(20n * MIB), "clock"]);
  assertEquals(world.view().connected.get("standby"), false);
});

Deno.test("an unreachable standby's own last word stands against an older row and against its slot", () => {
  const { world, primary, standby } = streaming();
  world.pass(10, () => {
    primary.position += 100n;
    standby.replayed += 50n;
    primary.senders = [row(standby, { replayPosition: 1010n })];
  });
  standby.reachable = false;
  world.pass(5);
  assertEquals(world.lag("standby").slice(1), [500, "clock"]);
  // What the slot holds was flushed there, which is not yet applied.
  primary.senders = [];
  primary.slots = [slot({ slot: "standby", active: false, restartPosition: 2000n })];
  world.pass(5);
  assertEquals(world.lag("standby").slice(1), [500, "clock"]);
});

Deno.test("nobody can tell whether an unreachable standby is connected while a nameless row may be its own", () => {
  const { world, primary, standby } = streaming();
  standby.reachable = false;
  primary.senders = [row(standby, { applicationName: "walreceiver" })];
  world.pass(5);
  assertEquals(world.view().connected.get("standby"), undefined);
  primary.senders = [];
  world.pass(5);
  assertEquals(world.view().connected.get("standby"), false);
});

Deno.test("E6: a standby promoted with its received position behind begins its timeline where it had replayed", () => {
  const { world, primary, standby } = streaming();
  const follower = world.add("standby2");
  world.collect();
  primary.reachable = false;
  standby.receiver = null;
  standby.position = 512n;
  world.pass(10);
  standby.inRecovery = false;
  standby.timeline = 2;
  standby.position = 1100n;
  world.pass(10);
  // Promoted after the last look at it in recovery, 10 s ago: not when the old primary was last seen.
  const [seconds, bytes] = world.lag(follower.name);
  assertAlmostEquals(seconds ?? -1, 10, 1);
  assertEquals(bytes, 100);
});

Deno.test("a standby never reached is measured by its slot", () => {
  const world = new World();
  const primary = world.add("primary");
  world.add("standby", { reachable: false });
  world.collect();
  assertEquals(world.lag("standby"), [null, null, "never_seen"]);
  world.pass(5, () => primary.position += 100n);
  primary.slots = [slot({ slot: "standby", active: false, restartPosition: 1200n })];
  world.pass(5, () => primary.position += 100n);
  assertEquals(world.lag("standby"), [8, 800, "clock"]);
});

Deno.test("with the primary unreachable, what a standby lacks is known, and that it lacks nothing is not", () => {
  const { world, primary, standby } = streaming();
  const behind = world.add("standby2");
  world.collect();
  world.pass(10, () => {
    primary.position += MIB;
    standby.position = standby.replayed = primary.position;
  });
  primary.reachable = false;
  world.pass(20);
  assertEquals(world.lag("standby"), [null, null, "primary_unreachable"]);
  const [seconds, bytes, source] = world.lag(behind.name);
  assertAlmostEquals(seconds ?? -1, 30, 1.001);
  assertEquals([bytes, source], [Number(10n * MIB), "clock"]);
  const view = world.view();
  assertEquals(view.slowest.size, 0);
  assertEquals(view.health.get("standby"), 50);
  assertEquals(view.clusters[0]?.primaries, []);
});

Deno.test("a primary that hangs between two collections says nothing of now", () => {
  const { world, primary } = streaming();
  const before = world.view().servers;
  const hung = before.filter((each) => each.server === "primary");
  primary.reachable = false; // No tick any more, but its latest collection was good.
  world.pass(4);
  world.now += 6;
  const standby = before.filter((each) => each.server === "standby").map((each) => ({
    ...each,
    readAt: world.now,
  }));
  world.tracker.observe(standby);
  const lag = world.tracker.derive([...hung, ...standby]).lags.get("standby");
  assertEquals([lag?.seconds, lag?.unknownReason], [null, "primary_unreachable"]);
});

Deno.test("switchover: a standby still on the old timeline never has a lag of 0", () => {
  const { world, primary, standby } = streaming();
  const follower = world.add("standby2");
  world.collect();
  world.pass(10, () => {
    primary.position += 100n;
    for (const each of [standby, follower]) each.position = each.replayed = primary.position;
  });
  primary.reachable = false;
  for (const each of [standby, follower]) each.receiver = null;
  world.pass(7);
  // Promoted between two collections; its first record is the end of recovery.
  const promotedAt = world.now;
  standby.inRecovery = false;
  standby.timeline = 2;
  standby.position += 50n;
  world.pass(30, (second) => {
    standby.position += 10n;
    if (second < 10) return;
    const [seconds, bytes] = world.lag("standby2");
    assert(seconds !== null && seconds > 0, `${seconds} s at ${second} s`);
    assert(bytes !== null && bytes > 0, `${bytes} B`);
    // One sample interval and one collection, counted from the collection that read it.
    const truth = Math.floor(world.now / 5) * 5 - promotedAt;
    assertAlmostEquals(seconds, truth, 6);
  });
  const view = world.view();
  assertEquals(view.clusters[0]?.primaries, ["standby"]);
  assertEquals([...view.lags.keys()], ["standby2"]);
  // It follows.
  follower.timeline = 2;
  follower.receiver = "streaming";
  world.pass(10, () => {
    standby.position += 10n;
    follower.position = follower.replayed = standby.position;
  });
  assertEquals(world.lag("standby2"), [0, 0, "clock"]);
});

Deno.test("a standby on the old timeline that has more than the new primary cannot be compared", () => {
  const world = new World();
  world.add("primary", { timeline: 2, position: 1000n });
  world.add("standby", { timeline: 1, position: 2000n, replayed: 2000n });
  world.collect();
  world.pass(10);
  assertEquals(world.lag("standby"), [null, null, "other_timeline"]);
});

Deno.test("a standby on a timeline beyond every primary cannot be compared", () => {
  const world = new World();
  world.add("primary", { timeline: 1, position: 1000n });
  world.add("standby", { timeline: 2, position: 900n, replayed: 900n });
  world.collect();
  assertEquals(world.lag("standby"), [null, null, "other_timeline"]);
});

Deno.test("a standby that has what the primary has not got after seconds has diverged", () => {
  const { world, primary, standby } = streaming();
  standby.position = standby.replayed = 5000n;
  world.pass(10, () => primary.position += 1n);
  assertEquals(world.lag("standby"), [null, null, "diverged"]);
});

Deno.test("E10: in a split brain each standby is measured against its own primary, and every score falls", () => {
  const world = new World();
  const old = world.add("primary");
  const promoted = world.add("promoted", { timeline: 2, position: 1500n });
  const follower = world.add("standby", { timeline: 2, position: 1500n, replayed: 1500n });
  const stale = world.add("standby2", { timeline: 1 });
  promoted.senders = [row(follower)];
  old.senders = [row(stale)];
  world.collect();
  world.pass(20, () => {
    old.position += 100n;
    promoted.position += 1n;
    follower.position = follower.replayed = promoted.position;
  });
  assertEquals(world.lag("standby"), [0, 0, "clock"]);
  const [seconds, bytes] = world.lag("standby2");
  assertAlmostEquals(seconds ?? -1, 20, 1);
  assertEquals(bytes, 2000);
  const view = world.view();
  assertEquals(view.clusters[0]?.primaries, ["primary", "promoted"]);
  assertEquals([view.health.get("primary"), view.health.get("promoted")], [70, 70]);
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
  assertEquals(view.slowest.get("primary"), { seconds: 0, bytes: 0 });
  assertEquals(view.slowest.get("primary2"), { seconds: null, bytes: 1000 });
});

Deno.test("before the clock reaches back, the lag is the sender's, else the age of the last transaction", () => {
  const world = new World();
  const primary = world.add("primary", { position: 2000n });
  const standby = world.add("standby");
  primary.senders = [row(standby, { replayLagSeconds: 7.5 })];
  world.collect();
  assertEquals(world.lag("standby"), [7.5, 1000, "sender"]);
  primary.senders = [];
  standby.fact = { clockUnixSeconds: 5000, lastReplayedTransactionUnixSeconds: 4988 };
  world.now += 1;
  world.collect();
  assertEquals(world.lag("standby"), [12, 1000, "replay_timestamp"]);
  standby.fact = { clockUnixSeconds: 5000, lastReplayedTransactionUnixSeconds: 5001 };
  world.now += 1;
  world.collect();
  assertEquals(world.lag("standby"), [null, 1000, "history_too_short"]);
});

Deno.test("a primary without its statistics says nothing of its standbys", () => {
  const { world, primary } = streaming();
  const [snapshot] = world.view().servers;
  assert(snapshot !== undefined && snapshot.server === primary.name);
  const { senders: _, ...facts } = snapshot.facts;
  const view = world.tracker.derive([{ ...snapshot, facts }]);
  assertEquals(view.slowest.get("primary"), { seconds: null, bytes: null });
  assertEquals(view.clusters[0]?.connectedStandbys, null);
  assertEquals(view.health.get("primary"), 20);
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
  assertEquals(world.view().slowest.get("primary"), { seconds: 0, bytes: 0 });
  assertEquals(world.view().clusters[0]?.connectedStandbys, 1);
  primary.senders = [];
  world.pass(20, () => primary.position += 100n);
  const slowest = world.view().slowest.get("primary");
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
  assertEquals(view.slowest.get("primary"), { seconds: 0, bytes: 0 });
  assertEquals(view.health.get("primary"), 100);
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
  assertEquals(world.view().slowest.get("primary"), { seconds: 0, bytes: 0 });
});

Deno.test("of two standbys with one name that nobody configured, the one that leaves is remembered", () => {
  const world = new World();
  const primary = world.add("primary");
  const twin = () => sender({ applicationName: "twin", replayPosition: primary.position });
  primary.senders = [twin(), twin()];
  world.collect();
  world.pass(10, () => {
    primary.position += 100n;
    primary.senders = [twin(), twin()];
  });
  world.pass(10, () => {
    primary.position += 100n;
    primary.senders = [twin()];
  });
  assertEquals(world.view().slowest.get("primary")?.bytes, 1000);
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
  assertEquals(world.view().slowest.get("primary"), { seconds: 0, bytes: 0 });
  assertEquals(world.view().clusters[0]?.connectedStandbys, 0);
});

Deno.test("rates are of the last two collections, and of this role only", () => {
  const { world, primary, standby } = streaming();
  world.pass(10, () => {
    primary.position += 300n;
    standby.replayed += 200n;
  });
  assertEquals(world.view().walBytesPerSecond.get("primary"), 300);
  assertEquals(world.view().replayBytesPerSecond.get("standby"), 200);
  primary.reachable = false;
  world.pass(5);
  assertEquals(world.view().walBytesPerSecond.get("primary"), undefined);
  standby.inRecovery = false;
  standby.timeline = 2;
  world.pass(5);
  assertEquals(world.view().walBytesPerSecond.get("standby"), undefined);
  assertEquals(world.view().replayBytesPerSecond.get("standby"), undefined);
});

Deno.test("a primary that was lost is no standby, and a server of no cluster is unknown", () => {
  const { world } = streaming();
  const view = world.tracker.derive(world.view().servers.map(lost));
  assertEquals([...view.lags.keys()], ["standby"]);
  const alone = new World();
  alone.add("standby", { reachable: false });
  assertEquals(alone.lag("standby"), [null, null, "never_seen"]);
  const anonymous = new World();
  anonymous.add("standby", { fact: { systemIdentifier: null } });
  anonymous.collect();
  assertEquals(anonymous.lag("standby"), [null, null, "identity_unknown"]);
});

Deno.test("a standby without any primary says so", () => {
  const world = new World();
  world.add("standby");
  world.collect();
  assertEquals(world.lag("standby"), [null, null, "no_primary"]);
});
