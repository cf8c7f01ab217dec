import { assertAlmostEquals, assertEquals } from "@std/assert";
import { PositionHistory } from "../../../src/cluster/lag/position_history.ts";
import { deriveUpstreamLag } from "../../../src/cluster/lag/upstream_lag.ts";
import { row, World } from "../world.ts";

/** An upstream read every 5 s, which replays 100 bytes in each of them. */
function upstream(until: number): PositionHistory {
  const history = new PositionHistory();
  for (let at = 0; at <= until; at += 5) history.add({ at, position: BigInt(at * 20) });
  return history;
}

const cases = [
  ["one that keeps up", { position: 2000n, at: 100 }, true, 100, 0],
  ["one read a moment after its upstream", { position: 2010n, at: 101 }, true, 101, 0],
  ["one that is behind, at the moment it was read", { position: 1000n, at: 98 }, true, 100, 48],
  ["one that is gone, until now", { position: 1000n, at: 60 }, false, 100, 50],
  ["one from before the history", { position: -1n, at: 100 }, true, 100, null],
  ["one whose upstream was not read for long", { position: 1000n, at: 140 }, true, 140, null],
] as const;

for (const [title, applied, isFresh, at, expected] of cases) {
  Deno.test(`deriveUpstreamLag() is ${expected}: ${title}`, () => {
    assertEquals(
      deriveUpstreamLag(upstream(100), { applied: { ...applied, timeline: 1 }, isFresh, at }),
      expected,
    );
  });
}

Deno.test("a cascading standby is measured against its upstream too, over time", () => {
  const world = new World({ expectedStandbys: 2 });
  const primary = world.add("primary");
  const middle = world.add("standby1");
  const leaf = world.add("standby2");
  primary.senders = [row(middle)];
  middle.senders = [row(leaf)];
  world.collect();
  const load = (...follow: readonly (typeof leaf)[]) => {
    primary.position += 100n;
    for (const each of follow) each.position = each.replayed = primary.position;
  };
  const upstreamLag = () =>
    world.view().standbys.find(({ name }) => name === "standby2")?.upstreamLagSeconds ?? null;
  world.pass(30, () => load(middle, leaf));
  assertEquals(upstreamLag(), 0);
  // Its link is cut: it falls behind both.
  middle.senders = [];
  leaf.receiver = null;
  world.pass(30, () => load(middle));
  assertAlmostEquals(upstreamLag() ?? -1, 30, 5);
  // The upstream's replay pauses: against it the lag grows on, as the same WAL is lacked for longer.
  world.pass(25, () => load());
  assertAlmostEquals(upstreamLag() ?? -1, 55, 5);
  assertAlmostEquals(world.lag("standby2")[0] ?? -1, 55, 1);
  // It returns and has what the upstream has, which itself is behind.
  leaf.receiver = "streaming";
  middle.senders = [row(leaf)];
  leaf.position = leaf.replayed = middle.replayed;
  world.pass(5, () => load());
  assertEquals(upstreamLag(), 0);
  assertAlmostEquals(world.lag("standby2")[0] ?? -1, 30, 1);
  assertEquals(world.view().standbys.find(({ name }) => name === "standby1")?.upstreamLagSeconds, null);
});
