import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { serverIn } from "../view.ts";
import { row, streaming, World } from "../world.ts";

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
  assertEquals(view.servers.filter(({ lag }) => lag !== null).map(({ server }) => server), [
    "primary",
    "standby2",
  ]);
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
  assertEquals([serverIn(view, "primary").healthScore, serverIn(view, "promoted").healthScore], [70, 70]);
});
