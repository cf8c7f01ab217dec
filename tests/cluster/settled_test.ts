import { assert, assertEquals } from "@std/assert";
import { isSettled, unsettledNames } from "../../src/cluster/settled.ts";
import { seriesKey } from "../../src/domain/standby.ts";
import { subscriptionSamplesKey } from "../../src/domain/subscription.ts";
import { logicalSlot, subscriptionFact, subscriptionsView } from "../report/subscription_views.ts";
import { streaming, World } from "./world.ts";

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

Deno.test("unsettledNames() has the cluster names of what does not keep up", () => {
  const { world } = streaming();
  const { servers: [server], standbys: [standby] } = world.view();
  const [subscription] = subscriptionsView().subscriptions;
  assert(server !== undefined && standby !== undefined && subscription !== undefined);
  const names = (
    all: Partial<Parameters<typeof unsettledNames>[0]>,
  ) => [...unsettledNames({ servers: [], standbys: [], subscriptions: [], ...all })];
  const [up, down] = [{ ...server, cluster: "a" }, { ...server, up: false, cluster: "b" }];
  assertEquals(names({ servers: [up, down, down] }), ["b"]);
  assertEquals(names({ standbys: [{ ...standby, cluster: "a" }] }), []);
  assertEquals(names({ standbys: [{ ...standby, connected: false, cluster: "c" }] }), ["c"]);
  assertEquals(names({ subscriptions: [{ ...subscription, reason: "disabled", cluster: "d" }] }), ["d"]);
});

/** A publisher and its subscriber, 30 s old. */
function subscribed(): { readonly world: World; follow(seconds: number, isApplied: boolean): void } {
  const world = new World({ expectedStandbys: 0 });
  const pub = world.add("pub", { position: 0x1000000n });
  const sub = world.add("sub", { position: 0x1000000n, fact: { systemIdentifier: "7300000000000000002" } });
  const slot = logicalSlot("orders", { confirmedFlushPosition: pub.position });
  pub.slots = [slot];
  sub.subscriptions = [subscriptionFact("orders", { latestEndPosition: null })];
  const follow = (seconds: number, isApplied: boolean) =>
    world.pass(seconds, () => {
      pub.position += 1000n;
      const confirmed = isApplied ? pub.position : pub.slots[0]?.confirmedFlushPosition ?? null;
      pub.slots = [{ ...slot, confirmedFlushPosition: confirmed }];
    });
  world.collect();
  follow(30, true);
  return { world, follow };
}

Deno.test("a subscription that keeps up is counted every second without a view, one that does not with one", () => {
  const { world, follow } = subscribed();
  const [subscription] = world.view().subscriptions;
  assert(subscription !== undefined);
  assertEquals([subscription.reason, subscription.lag.seconds], ["streaming", 0]);
  let derived = 0;
  const run = (seconds: number, isApplied: boolean) => {
    for (let second = 0; second < seconds; second++) {
      follow(1, isApplied);
      world.tracker.sampleLags(world.snapshots, () => {
        derived++;
        return world.view();
      });
    }
  };
  run(60, true);
  assert(derived <= 13, `derived ${derived} times in 60 s`);
  const samples = () => world.view().lagSamples.get(subscriptionSamplesKey(subscription));
  assertEquals([samples()?.counts[0], samples()?.sum], [60, 0]);
  run(30, false);
  // 1, 2, 3, ... seconds behind.
  assertEquals(samples()?.sum, 30 * 31 / 2);
  assertEquals(samples()?.unknown, 0);
});

Deno.test("a subscription that stops, and its return, are events of the view and are reported once", () => {
  const { world, follow } = subscribed();
  const sub = world.servers[1];
  if (sub === undefined) throw new Error("There are servers");
  const told = () =>
    [...world.events.splice(0), ...world.tracker.events.take()]
      .filter(({ kind }) => kind.startsWith("subscription")).map(({ message }) => message);
  world.view();
  const facts = sub.subscriptions ?? [];
  sub.subscriptions = facts.map((fact) => ({ ...fact, enabled: false }));
  follow(10, false);
  assertEquals(world.view().events.map(({ kind, server }) => [kind, server]), [[
    "subscription_stopped",
    "sub",
  ]]);
  assertEquals(told(), [
    'Subscription "orders" on "sub" has stopped: it is disabled (ALTER SUBSCRIPTION ... DISABLE)',
  ]);
  sub.subscriptions = facts;
  follow(10, true);
  assertEquals(world.view().events.at(-1)?.kind, "subscription_resumed");
  assertEquals([told(), told()], [['Subscription "orders" on "sub" applies again'], []]);
});
