import { assert, assertEquals } from "@std/assert";
import { startCluster } from "../../compose/lab/cluster.ts";
import { createSlot } from "../../compose/lab/slots.ts";
import { KnownWriter, monotonic } from "./known_writer.ts";
import { type Cluster, reasonToSkip, until } from "./support.ts";
import { watchCluster, type Watching } from "./watching.ts";

const ignore = reasonToSkip() !== null;

/** How long nobody can write, seconds. */
const OUTAGE_SECONDS = 8;
/** Two samples, and what a busy machine takes for them, seconds; the outage must not be in it. */
const TOLERANCE_SECONDS = 3;

const pause = (seconds: number) => new Promise((resolve) => setTimeout(resolve, seconds * 1000));

/** Watches the lag of a standby until a condition holds: it never exceeds the time since writes went on. */
async function assertTrueUntil(
  condition: (lag: number | null) => boolean,
  { watching, writer, name, since }: {
    readonly watching: Watching;
    readonly writer: KnownWriter;
    readonly name: string;
    readonly since: number;
  },
): Promise<number> {
  let largest = 0;
  // Not thrown inside: until() would try again, and an untruth that passes would be lost.
  let untruth: string | null = null;
  await until(`the lag of ${name}`, () => {
    const view = watching.service.view({ maxAgeSeconds: 0 });
    const lag = view?.standbys.find((each) => each.name === name)?.lag.seconds ?? null;
    const truth = writer.writtenSince(since, monotonic());
    if (lag !== null && lag > truth + TOLERANCE_SECONDS) {
      untruth ??= `${name}: ${lag} s said, ${truth} s true`;
    }
    largest = Math.max(largest, lag ?? 0);
    return untruth !== null || condition(lag);
  });
  assertEquals(untruth, null);
  return largest;
}

async function untilKnown(watching: Watching, cluster: Cluster): Promise<void> {
  await until("every lag to be known and small", () => {
    const standbys = watching.service.view({ maxAgeSeconds: 0 })?.standbys ?? [];
    return standbys.length === cluster.standbys.length &&
      standbys.every(({ lag }) => lag.seconds !== null && lag.seconds < 1);
  });
  await pause(2.5);
}

Deno.test(
  { name: "a primary that was killed and started again adds no outage to the lag", ignore },
  async () => {
    await using cluster = await startCluster({ standbys: 1 });
    const { primary } = cluster;
    await using writer = new KnownWriter([primary]);
    await using watching = watchCluster(cluster);
    await untilKnown(watching, cluster);
    await primary.kill();
    await cluster.faults.cutLink("standby");
    await pause(OUTAGE_SECONDS);
    const since = monotonic();
    await primary.start();
    await assertTrueUntil((lag) => lag !== null && lag > 2, { watching, writer, name: "standby", since });
    await cluster.faults.healLink("standby");
    await assertTrueUntil((lag) => lag !== null && lag < 0.5, { watching, writer, name: "standby", since });
  },
);

Deno.test({ name: "a planned switchover adds no outage to the lag of anybody", ignore }, async () => {
  await using cluster = await startCluster({ standbys: 2 });
  const { primary } = cluster;
  const [standby, standby2] = [cluster.server("standby"), cluster.server("standby2")];
  await using writer = new KnownWriter(cluster.servers);
  await using watching = watchCluster(cluster);
  await untilKnown(watching, cluster);
  await primary.stop("fast");
  await pause(OUTAGE_SECONDS);
  await createSlot(standby, standby2.slot);
  const since = monotonic();
  await cluster.faults.promote(standby);
  for (const name of ["primary", "standby2"]) {
    const largest = await assertTrueUntil((lag) => lag !== null && lag > 2, {
      watching,
      writer,
      name,
      since,
    });
    assert(largest > 0, `${name} is behind`);
  }
  await cluster.setUpstream(standby2, standby);
  await assertTrueUntil((lag) => lag !== null && lag < 0.5, { watching, writer, name: "standby2", since });
  const events = watching.service.view()?.events.map(({ kind }) => kind) ?? [];
  assertEquals(events.filter((kind) => kind === "split_brain" || kind === "stranded"), []);
});
