import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { ClusterTracker } from "../../src/cluster/tracker.ts";
import { DEFAULT_HEALTH_THRESHOLDS } from "../../src/domain/thresholds.ts";
import { lost, reached, sender, server, slot } from "./fixtures.ts";
import { serverIn } from "./view.ts";
import { row, streaming, World } from "./world.ts";

const MIB = 1024n * 1024n;

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
  assertEquals(serverIn(view, "standby").connected, false);
  assertEquals(serverIn(view, "primary").slowestStandby, { seconds, bytes });
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
  assertEquals(serverIn(world.view(), "primary").slowestStandby, { seconds: null, bytes: Number(19n * MIB) });
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
  assertEquals(serverIn(world.view(), "standby").connected, true);
});

Deno.test("E6: the received position falls back behind the replayed one without a negative rate or backlog", () => {
  const { world, primary, standby } = streaming();
  world.pass(10, () => {
    primary.position += 1000n;
    standby.position = standby.replayed = primary.position;
  });
  assertEquals(serverIn(world.view(), "standby").walBytesPerSecond, 1000);
  standby.receiver = null;
  standby.position = 512n;
  world.pass(10);
  assertEquals(world.lag("standby"), [0, 0, "clock"]);
  assertEquals(serverIn(world.view(), "standby").walBytesPerSecond, 0);
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
    assertEquals(world.view().servers.map(({ healthScore }) => healthScore), [100, 100]);
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

Deno.test("an unreachable standby keeps the position its upstream reports, then its last one, and its lag grows", () => {
  const { world, primary, standby } = streaming();
  standby.reachable = false;
  world.pass(10, () => {
    primary.position += MIB;
    primary.senders = [row(standby, { replayPosition: primary.position })];
  });
  assertEquals(world.lag("standby"), [0, 0, "clock"]);
  assertEquals(serverIn(world.view(), "standby").connected, true);
  assertEquals(serverIn(world.view(), "standby").healthScore, 0);
  primary.senders = [];
  world.pass(20, () => primary.position += MIB);
  const [seconds, bytes, source] = world.lag("standby");
  assertAlmostEquals(seconds ?? -1, 19, 1);
  assertEquals([bytes, source], [Number(20n * MIB), "clock"]);
  assertEquals(serverIn(world.view(), "standby").connected, false);
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

Deno.test("with the primary unreachable, a known backlog is reported, and caught up is unknown", () => {
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
  assertEquals(view.servers.map(({ slowestStandby }) => slowestStandby), [null, null, null]);
  assertEquals(serverIn(view, "standby").healthScore, 50);
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
  const { lag } = serverIn(world.tracker.derive([...hung, ...standby]), "standby");
  assertEquals([lag?.seconds, lag?.unknownReason], [null, "primary_unreachable"]);
});

Deno.test("before the clock reaches back, the lag is the sender's, else the age of the last transaction", () => {
  const world = new World();
  const primary = world.add("primary", { position: 2000n });
  const standby = world.add("standby");
  primary.senders = [row(standby, { replayLagSeconds: 7.5, replyAgeSeconds: null })];
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

Deno.test("rates are of the last two collections, and of this role only", () => {
  const { world, primary, standby } = streaming();
  world.pass(10, () => {
    primary.position += 300n;
    standby.replayed += 200n;
  });
  assertEquals(serverIn(world.view(), "primary").walBytesPerSecond, 300);
  assertEquals(serverIn(world.view(), "standby").replayBytesPerSecond, 200);
  primary.reachable = false;
  world.pass(5);
  assertEquals(serverIn(world.view(), "primary").walBytesPerSecond, null);
  standby.inRecovery = false;
  standby.timeline = 2;
  world.pass(5);
  assertEquals(serverIn(world.view(), "standby").walBytesPerSecond, null);
  assertEquals(serverIn(world.view(), "standby").replayBytesPerSecond, null);
});

Deno.test("a primary that was lost is no standby, and a server of no cluster is unknown", () => {
  const { world } = streaming();
  const view = world.tracker.derive(world.view().servers.map(lost));
  assertEquals(view.servers.map(({ server, lag }) => [server, lag?.server ?? null]), [
    ["primary", null],
    ["standby", "standby"],
  ]);
  const alone = new World();
  alone.add("standby", { reachable: false });
  assertEquals(alone.lag("standby"), [null, null, "never_seen"]);
  const anonymous = new World();
  anonymous.add("standby", { fact: { systemIdentifier: null } });
  anonymous.collect();
  assertEquals(anonymous.lag("standby"), [null, null, "no_primary"]);
  for (const systemIdentifier of ["1", "2"]) anonymous.add(systemIdentifier, { fact: { systemIdentifier } });
  anonymous.collect();
  assertEquals(anonymous.lag("standby"), [null, null, "identity_unknown"]);
});

Deno.test("a standby without any primary says so", () => {
  const world = new World();
  world.add("standby");
  world.collect();
  assertEquals(world.lag("standby"), [null, null, "no_primary"]);
});

Deno.test("signs of life are those of the cluster of one server", () => {
  const tracker = new ClusterTracker({
    clock: { monotonic: () => 0, wall: () => 0, sleep: () => Promise.resolve() },
    health: DEFAULT_HEALTH_THRESHOLDS,
    expectedStandbys: null,
  });
  const snapshots = ["1", "2"].flatMap((systemIdentifier) => [
    reached(`p${systemIdentifier}`, {
      readAt: 10,
      facts: {
        server: [server({ systemIdentifier })],
        senders: [sender({ applicationName: `s${systemIdentifier}`, replyAgeSeconds: 3 })],
      },
    }),
    lost(
      reached(`s${systemIdentifier}`, {
        readAt: 1,
        facts: { server: [server({ systemIdentifier, inRecovery: true })] },
      }),
    ),
  ]);
  assertEquals([...tracker.signsOfLife(snapshots, "p2")], [["s2", 7]]);
  assertEquals([...tracker.signsOfLife(snapshots, "unknown")], []);
});
