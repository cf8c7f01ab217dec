import { assert, assertEquals } from "@std/assert";
import { isSettled } from "../../src/cluster/settled.ts";
import { seriesKey } from "../../src/domain/standby.ts";
import { subscriptionsView } from "../report/subscription_views.ts";
import { streaming, type World } from "./world.ts";

const KEY = seriesKey({ name: "standby", cluster: "" });

/** Lets a standby follow at a changing distance and counts its lag every second; how often the view was derived. */
function follow({ world, primary, standby }: ReturnType<typeof streaming>, derivesAlways: boolean): number {
  let derived = 0;
  const derive = () => {
    derived++;
    return world.view();
  };
  world.pass(300, (second) => {
    primary.position += BigInt(100 + second * 7919 % 500);
    // Now and then it stops for four seconds.
    if (second % 40 >= 4) standby.replayed = primary.position - BigInt(second * 104_729 % 90);
    standby.position = primary.position;
    world.tracker.sampleStandby("standby", {
      position: standby.position,
      replayed: standby.replayed,
      at: world.now,
    });
    world.tracker.sampleLags(world.snapshots, () => derive());
    if (derivesAlways) derive();
  });
  return derived;
}

function countsOf(world: World): readonly (number | undefined)[] {
  const samples = world.view().lagSamples.get(KEY);
  return [...samples?.counts ?? [], samples?.sum, samples?.unknown];
}

Deno.test("while standbys keep up, their lags are counted without a view, and are those of the view", () => {
  const one = streaming();
  const other = streaming();
  const derived = follow(one, false);
  follow(other, true);
  assert(derived < 150, `derived ${derived} times in 300 s`);
  assertEquals(countsOf(one.world), countsOf(other.world));
  assertEquals(one.world.view().findings, other.world.view().findings);
});

Deno.test("the view is derived at the next second when there is news", () => {
  const derives = (change: (streamed: ReturnType<typeof streaming>) => void): number => {
    const streamed = streaming();
    const { world } = streamed;
    let derived = 0;
    const sample = () =>
      world.tracker.sampleLags(world.snapshots, () => {
        derived++;
        return world.view();
      });
    sample();
    sample();
    const before = derived;
    change(streamed);
    sample();
    return derived - before;
  };
  assertEquals(derives(() => {}), 0);
  assertEquals(derives(({ world }) => world.collect()), 1);
  assertEquals(derives(({ world }) => world.tracker.observeConsistency([])), 1);
  assertEquals(derives(({ world }) => world.tracker.observeUnwatched([])), 1);
  assertEquals(derives(({ world }) => world.tracker.follow("other")), 1);
  const lags = ({ world, primary, standby: { position, replayed } }: ReturnType<typeof streaming>) =>
    world.pass(4, () => {
      primary.position += 1000n;
      world.tracker.sampleStandby("standby", { position, replayed, at: world.now });
    });
  assertEquals(derives(lags), 1);
  assertEquals(derives(({ world }) => world.pass(5)), 1);
});

Deno.test("isSettled() wants every server up, and every standby and subscription close behind", () => {
  const { world } = streaming();
  const { servers, standbys } = world.view();
  const [standby] = standbys;
  assert(standby !== undefined);
  const withLag = (seconds: number | null) => [{ ...standby, lag: { ...standby.lag, seconds } }];
  assertEquals(isSettled(servers, standbys, []), true);
  assertEquals(isSettled(servers.map((each) => ({ ...each, up: false })), standbys, []), false);
  assertEquals(isSettled(servers, withLag(2), []), true);
  assertEquals(isSettled(servers, withLag(2.1), []), false);
  assertEquals(isSettled(servers, withLag(null), []), false);
  assertEquals(isSettled(servers, [{ ...standby, connected: null }], []), false);
  const [subscription] = subscriptionsView().subscriptions;
  assert(subscription !== undefined);
  const withSubscription = (
    changes: Partial<typeof subscription>,
    lag: Partial<typeof subscription.lag> = {},
  ) => isSettled(servers, standbys, [{ ...subscription, ...changes, lag: { ...subscription.lag, ...lag } }]);
  assertEquals(withSubscription({}), true);
  assertEquals(withSubscription({ reason: "copying" }), true);
  assertEquals(withSubscription({ reason: "disabled" }), false);
  assertEquals(withSubscription({ reason: null }), false);
  assertEquals(withSubscription({}, { seconds: 2.1 }), false);
  assertEquals(withSubscription({}, { seconds: null, unknownReason: "publisher_unreachable" }), false);
  // What is unknown for good is no news.
  assertEquals(withSubscription({}, { seconds: null, unknownReason: "publisher_not_watched" }), true);
});
