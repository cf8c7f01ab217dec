import { assertEquals } from "@std/assert";
import { LagSampler } from "../../../src/cluster/lag/lag_samples.ts";
import { LAG_BOUNDS_SECONDS, type LagHour } from "../../../src/domain/lag.ts";
import { seriesKey } from "../../../src/domain/standby.ts";
import { DEFAULT_REPORT_THRESHOLDS } from "../../../src/domain/thresholds.ts";
import type { View } from "../../../src/domain/view.ts";
import { recovery } from "../fixtures.ts";
import { subscriptionSamplesKey } from "../../../src/domain/subscription.ts";
import { subscriptionsView } from "../../report/subscription_views.ts";
import { streaming } from "../world.ts";

const KEY = seriesKey({ name: "standby", cluster: "" });

/** A view of a streaming standby with another lag, at another moment. */
function viewAt(at: number, seconds: number | null, delay = 0): View {
  const view = streaming().world.view();
  const servers = view.servers.map((server) =>
    server.lag === null ? server : {
      ...server,
      lag: { ...server.lag, seconds },
      facts: { ...server.facts, recovery: [recovery({ applyDelaySeconds: delay })] },
    }
  );
  return { ...view, at, servers };
}

const SAMPLING = { warningLagSeconds: 60, unixSeconds: 1_794_997_600 };

/** Counts these lags, one a second. */
function sampled(lags: readonly (number | null)[]): LagSampler {
  const sampler = new LagSampler();
  lags.forEach((seconds, at) => sampler.record(viewAt(at, seconds), SAMPLING));
  return sampler;
}

function numbersOf({ within, beyond, unknown }: LagHour): readonly number[] {
  return [within, beyond, unknown];
}

Deno.test("LagSampler counts each lag in one bucket, a bound in its own, unknown apart", () => {
  const samples = sampled([0, 0.5, 0.51, 5, 5.1, 3600, 3601, null, null]).all.get(KEY);
  const counts = LAG_BOUNDS_SECONDS.map((bound, index) => [bound, samples?.counts[index]] as const);
  assertEquals(counts.filter(([, count]) => count !== 0), [[0.5, 2], [1, 1], [5, 1], [10, 1], [3600, 1]]);
  assertEquals(samples?.counts[LAG_BOUNDS_SECONDS.length], 1);
  assertEquals(samples?.sum, 0.5 + 0.51 + 5 + 5.1 + 3600 + 3601);
  assertEquals([samples?.unknown, samples?.createdUnixSeconds], [2, 1_794_997_600]);
});

Deno.test("thresholds of the health score and of the report are bounds of the buckets", () => {
  const { warningLagSeconds, criticalLagSeconds } = DEFAULT_REPORT_THRESHOLDS;
  for (const bound of [5, 30, warningLagSeconds, criticalLagSeconds]) {
    assertEquals(LAG_BOUNDS_SECONDS.includes(bound), true, `${bound}`);
  }
});

Deno.test("LagSampler judges the last hour as the report does: less the delay on purpose", () => {
  const sampler = sampled([60, 61, null]);
  sampler.record(viewAt(3, 100, 40), SAMPLING);
  sampler.record(viewAt(4, 101, 40), SAMPLING);
  const samples = sampler.all.get(KEY);
  assertEquals(samples && numbersOf(samples.lastHour), [2, 2, 1]);
});

Deno.test("LagSampler forgets what is older than an hour, also where nothing was sampled in between", () => {
  const sampler = new LagSampler();
  const hour = () => numbersOf(sampler.all.get(KEY)?.lastHour ?? { within: 0, beyond: 0, unknown: 0 });
  const good = viewAt(0, 0);
  const late = viewAt(0, 61);
  for (let at = -90; at < 0; at++) sampler.record({ ...late, at }, SAMPLING);
  for (let at = 0; at < 3480; at++) sampler.record({ ...good, at }, SAMPLING);
  assertEquals(hour(), [3480, 90, 0]);
  for (let at = 3480; at < 7200; at++) sampler.record({ ...good, at }, SAMPLING);
  assertEquals(hour(), [3600, 0, 0]);
  sampler.record({ ...late, at: 20_000 }, SAMPLING);
  assertEquals(hour(), [0, 1, 0]);
  sampler.record({ ...late, at: 20_061 }, SAMPLING);
  sampler.record({ ...late, at: 20_059 }, SAMPLING); // never earlier than the newest
  assertEquals(hour(), [0, 3, 0]);
});

Deno.test("LagSampler begins the hour again under another threshold, and goes on with the histogram", () => {
  const sampler = sampled([50, 50]);
  sampler.record(viewAt(2, 50), { ...SAMPLING, warningLagSeconds: 30 });
  const samples = sampler.all.get(KEY);
  assertEquals(samples && numbersOf(samples.lastHour), [0, 1, 0]);
  assertEquals(samples?.counts.reduce((sum, count) => sum + count), 3);
});

Deno.test("LagSampler keeps a standby that is unreachable, and forgets one that is gone", () => {
  const { world, primary, standby } = streaming();
  const pass = (seconds: number) =>
    world.pass(seconds, () => {
      primary.position += 1000n;
      world.tracker.sampleLags(world.snapshots, () => world.view());
    });
  pass(10);
  standby.reachable = false;
  primary.senders = [];
  pass(30);
  const samples = world.view().lagSamples.get(KEY);
  const known = samples?.counts.reduce((sum, count) => sum + count) ?? 0;
  assertEquals(known + (samples?.unknown ?? 0), 40);
  world.pass(5);
  world.tracker.sampleLags([], () => ({ ...world.view(), servers: [], standbys: [], subscriptions: [] }));
  assertEquals(world.view().lagSamples.size, 0);
});

Deno.test("LagSampler counts a standby that nobody configured, and one of no known cluster", () => {
  const view = streaming().world.view();
  const sampler = new LagSampler();
  const [standby] = view.standbys;
  if (standby === undefined) throw new Error("No standby");
  const servers = view.servers.filter(({ role }) => role === "primary");
  sampler.record({ ...view, servers, standbys: [{ ...standby, configured: false, cluster: "c" }] }, SAMPLING);
  assertEquals([...sampler.all.keys()], ["c/standby"]);
  const [server] = viewAt(0, null).servers.filter(({ lag }) => lag !== null);
  if (server === undefined) throw new Error("No server");
  sampler.record({ ...view, servers: [server], standbys: [] }, SAMPLING);
  assertEquals([...sampler.all].map(([key, { unknown }]) => [key, unknown]), [[KEY, 1]]);
});

Deno.test("LagSampler counts each subscription under a key of its own", () => {
  const view = subscriptionsView();
  const sampler = new LagSampler();
  sampler.record(view, SAMPLING);
  sampler.record(view, SAMPLING);
  const counted = view.subscriptions.map((each) => sampler.all.get(subscriptionSamplesKey(each)));
  assertEquals(counted.map((each) => each?.counts.reduce((sum, count) => sum + count)), [
    2,
    2,
    2,
    2,
    2,
    0,
    2,
  ]);
  assertEquals(counted.map((each) => each?.unknown), [0, 0, 0, 0, 0, 2, 0]);
});
