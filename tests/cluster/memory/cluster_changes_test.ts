import { strandedIn } from "../view.ts";
import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { slot } from "../fixtures.ts";
import { row, type SimServer, World } from "../world.ts";

/** A primary and two standbys that follow it under a load of 100 B/s, 30 s old. */
function three() {
  const world = new World({ expectedStandbys: 2 });
  const primary = world.add("primary");
  const standby = world.add("standby");
  const standby2 = world.add("standby2");
  const follow = (upstream: SimServer, ...downstreams: readonly SimServer[]) => {
    upstream.position += 100n;
    for (const each of downstreams) each.position = each.replayed = upstream.position;
    upstream.senders = downstreams.map((each, index) => row(each, { pid: 100 + index }));
  };
  follow(primary, standby, standby2);
  world.collect();
  world.pass(30, () => follow(primary, standby, standby2));
  return { world, primary, standby, standby2, follow };
}

function promote(server: SimServer, timeline: number): void {
  server.inRecovery = false;
  server.timeline = timeline;
  server.fact = { recoveryEndPosition: server.replayed };
}

/** The server returns as a standby of another, rebuilt from it. */
function rebuild(server: SimServer, upstream: SimServer): void {
  server.reachable = true;
  server.inRecovery = true;
  server.receiver = "streaming";
  server.timeline = upstream.timeline;
  server.fact = {};
  server.senders = [];
}

Deno.test("failover: roles, edges, counter and lags within one collection, and the old primary returns", () => {
  const { world, primary, standby, standby2, follow } = three();
  assertEquals(world.happened(), []);
  assertEquals(world.view().edges.map(({ upstream, downstream }) => `${upstream} > ${downstream}`), [
    "primary > standby",
    "primary > standby2",
  ]);
  primary.reachable = false;
  for (const each of [standby, standby2]) each.receiver = null;
  world.pass(5);
  promote(standby, 2);
  const promotedAt = world.now;
  world.pass(5, () => follow(standby));
  let view = world.view();
  assertEquals(view.clusters[0]?.primaries, ["standby"]);
  assertEquals(view.clusters.map(({ failovers }) => failovers), [1]);
  assertEquals(view.edges, []);
  assertEquals(view.standbys.map(({ name, connected }) => [name, connected]), [
    ["primary", false],
    ["standby2", false],
  ]);
  standby2.timeline = 2;
  standby2.receiver = "streaming";
  world.pass(10, () => follow(standby, standby2));
  // The old primary stays visible, with its last position and a lag that grows from the promotion on.
  view = world.view();
  const old = view.standbys.find(({ name }) => name === "primary");
  assertEquals(old?.lastPosition, primary.position);
  assertAlmostEquals(old?.lag.seconds ?? -1, world.now - promotedAt, 6);
  assertEquals(strandedIn(view), []);
  rebuild(primary, standby);
  // Its upstream sees it before we do.
  primary.reachable = false;
  world.pass(5, () => follow(standby, standby2, primary));
  assertEquals(world.view().standbys.map(({ name, connected, lag }) => [name, connected, lag.seconds]), [
    ["primary", true, 0],
    ["standby2", true, 0],
  ]);
  primary.reachable = true;
  world.pass(10, () => follow(standby, standby2, primary));
  view = world.view();
  assertEquals(view.standbys.map(({ name, connected, lag }) => [name, connected, lag.seconds]), [
    ["primary", true, 0],
    ["standby2", true, 0],
  ]);
  assertEquals(view.edges.map(({ upstream, downstream }) => `${upstream} > ${downstream}`), [
    "standby > primary",
    "standby > standby2",
  ]);
  assertEquals(view.clusters.map(({ failovers }) => failovers), [1]);
  assertEquals(world.happened(), [
    "unreachable primary",
    "detached standby",
    "detached standby2",
    "promoted standby",
    "attached standby2",
    "attached primary",
    "reachable primary",
    "demoted primary",
  ]);
  const promoted = world.events.find(({ kind }) => kind === "promoted");
  assertEquals(promoted?.message, 'Server "standby" was promoted to primary, on timeline 2');
  assertEquals([promoted?.at, promoted?.unixSeconds], [promotedAt + 5, promotedAt + 5 + 1_000_000]);
  assertEquals(view.events, world.events);
});

Deno.test("split brain: the old primary that comes back as a primary is stranded, and each failover counts once", () => {
  const { world, primary, standby, standby2, follow } = three();
  primary.reachable = false;
  promote(standby, 2);
  standby2.timeline = 2;
  world.pass(10, () => follow(standby, standby2));
  primary.reachable = true;
  primary.senders = [];
  world.pass(10, () => follow(standby, standby2));
  const view = world.view();
  assertEquals(view.clusters[0]?.primaries, ["primary", "standby"]);
  assertEquals(strandedIn(view), ["primary"]);
  assertEquals(view.clusters.map(({ failovers }) => failovers), [1]);
  assertEquals(world.happened().filter((each) => /split|stranded/.test(each)), [
    "split_brain cluster",
    "stranded primary",
  ]);
  rebuild(primary, standby);
  primary.reachable = false;
  world.pass(5, () => follow(standby, standby2, primary));
  assertEquals(strandedIn(world.view()), []);
  primary.reachable = true;
  world.pass(10, () => follow(standby, standby2, primary));
  assertEquals([strandedIn(world.view()), world.view().clusters[0]?.primaries], [[], ["standby"]]);
  // It happens again, with the parts exchanged.
  promote(primary, 3);
  standby.reachable = false;
  world.pass(10, () => follow(primary));
  assertEquals(world.view().clusters.map(({ failovers }) => failovers), [2]);
});

Deno.test("the old primary is stranded by WAL that nobody received, also while it is down and as a standby", () => {
  const { world, primary, standby, standby2, follow } = three();
  primary.position += 64n; // Written, seen, and sent to nobody.
  world.pass(5);
  primary.reachable = false;
  promote(standby, 2);
  standby2.timeline = 2;
  world.pass(10, () => follow(standby, standby2));
  assertEquals(strandedIn(world.view()), ["primary"]);
  // Started with standby.signal and nothing else: it cannot follow.
  primary.reachable = true;
  primary.inRecovery = true;
  primary.receiver = null;
  primary.replayed = primary.position;
  world.pass(20, () => follow(standby, standby2));
  assertEquals(strandedIn(world.view()), ["primary"]);
  assertEquals(world.happened().filter((each) => each.startsWith("stranded")), ["stranded primary"]);
  rebuild(primary, standby);
  world.pass(5, () => follow(standby, standby2, primary));
  assertEquals(strandedIn(world.view()), []);
});

Deno.test("an old primary whose WAL had all been received is not stranded", () => {
  const { world, primary, standby, standby2, follow } = three();
  primary.reachable = false;
  world.pass(5);
  promote(standby, 2);
  standby2.timeline = 2;
  world.pass(30, () => {
    follow(standby, standby2);
    assertEquals(strandedIn(world.view()), []);
  });
  assert(primary.position === 1000n + 31n * 100n);
});

Deno.test("a standby that read more of the old timeline than the promoted one is stranded once it stands still", () => {
  const { world, primary, standby, standby2, follow } = three();
  primary.position += 64n;
  standby2.position = standby2.replayed = primary.position; // The other got less.
  world.pass(5);
  primary.reachable = false;
  standby2.receiver = null;
  promote(standby, 2);
  world.pass(10, () => follow(standby));
  assertEquals(strandedIn(world.view()), ["primary", "standby2"]);
});

Deno.test("a standby cut off after a switch reports too low a timeline, and is neither stranded nor unknown", () => {
  const { world, primary, standby, standby2, follow } = three();
  primary.reachable = false;
  promote(standby, 2);
  standby2.timeline = 2;
  world.pass(20, () => follow(standby, standby2));
  standby2.receiver = null;
  standby2.timeline = 1; // The control file: no restartpoint since.
  standby.senders = [];
  world.pass(20);
  assertEquals(world.lag("standby2"), [0, 0, "clock"]);
  world.pass(20, () => standby.position += 100n);
  const [seconds, bytes] = world.lag("standby2");
  assertAlmostEquals(seconds ?? -1, 19, 1);
  assertEquals(bytes, 2000);
  assertEquals(strandedIn(world.view()), []);
});

Deno.test("a standby promoted by mistake and rebuilt leaves no stranded primary behind", () => {
  const { world, primary, standby, standby2, follow } = three();
  promote(standby, 2);
  world.pass(10, () => {
    standby.position += 10n;
    follow(primary, standby2);
  });
  assertEquals(strandedIn(world.view()), ["primary", "standby2"]);
  assertEquals(world.view().clusters[0]?.primaries, ["primary", "standby"]);
  rebuild(standby, primary);
  world.pass(10, () => follow(primary, standby, standby2));
  const view = world.view();
  assertEquals([strandedIn(view), view.clusters[0]?.primaries], [[], ["primary"]]);
  assertEquals(world.lag("standby"), [0, 0, "clock"]);
});

Deno.test("the row that an old primary still has of the promoted server is no standby of its own", () => {
  const { world, primary, standby, standby2, follow } = three();
  promote(standby, 2);
  world.pass(20, () => follow(standby));
  assertEquals(primary.senders.map(({ applicationName }) => applicationName), ["standby", "standby2"]);
  const view = world.view();
  assertEquals(view.standbys.map(({ name }) => name), ["standby2"]);
  assertEquals(view.edges.map(({ upstream, downstream }) => `${upstream} > ${downstream}`), [
    "primary > standby2",
  ]);
  assertEquals(standby2.position, primary.position);
});

Deno.test("a lost slot is reported once", () => {
  const { world, primary } = three();
  primary.slots = [slot({ slot: "gone", walStatus: "extended", active: false })];
  world.pass(10);
  primary.slots = [slot({ slot: "gone", walStatus: "lost", active: false, restartPosition: null })];
  world.pass(20);
  assertEquals(world.events.map(({ message }) => message), [
    'Slot "gone" of server "primary" is lost: WAL that it needs was removed',
  ]);
});

Deno.test("500 events are kept, the latest", () => {
  const { world, standby2 } = three();
  world.pass(3000, (second) => standby2.reachable = second % 10 < 5);
  assert(world.events.length > 500);
  assertEquals(world.view().events, world.events.slice(-500));
});
