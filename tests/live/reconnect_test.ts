import { assert, assertEquals } from "@std/assert";
import { startCluster } from "../../compose/lab/cluster.ts";
import { monotonic } from "./known_writer.ts";
import { reasonToSkip, until } from "./support.ts";
import { watchCluster, type Watching } from "./watching.ts";

const ignore = reasonToSkip() !== null;

/** Attempts to connect that failed. */
const failures = async ({ service }: Watching, name: string): Promise<number> =>
  (await service.scrape()).find((family) => family.name === "pgrepl_errors_total")?.samples
    .filter(({ labels }) => labels.instance === name).reduce((sum, { value }) => sum + value, 0) ?? 0;

const isUp = ({ service }: Watching, name: string) =>
  service.view({ maxAgeSeconds: 0 })?.servers.find(({ server }) => server === name)?.up === true;

/** Waits until the longest wait between two attempts has just begun. */
async function untilWaiting(watching: Watching, name: string): Promise<void> {
  const before = await failures(watching, name);
  for (let count = 1; count <= 7; count++) {
    await until(`failure ${count}`, async () => await failures(watching, name) >= before + count);
  }
}

Deno.test(
  { name: "a standby that its upstream sees again is tried at once, in the longest wait", ignore },
  async () => {
    await using cluster = await startCluster({ standbys: 1 });
    await using watching = watchCluster(cluster, { random: () => 0.999 });
    await until("both to be up", () => isUp(watching, "primary") && isUp(watching, "standby"));
    await cluster.server("standby").kill();
    await untilWaiting(watching, "standby");
    await cluster.server("standby").start();
    await cluster.untilStreaming();
    const streamsAt = monotonic();
    await until("it to be up", () => isUp(watching, "standby"));
    const seconds = monotonic() - streamsAt;
    // Its upstream is sampled every second.
    assert(seconds < 2.5, `${seconds} s after it streamed`);
  },
);

Deno.test(
  { name: "a server that was a primary until a moment ago is tried at least twice a second", ignore },
  async () => {
    await using cluster = await startCluster({ standbys: 0 });
    await using watching = watchCluster(cluster, { random: () => 0.999 });
    await until("it to be up", () => isUp(watching, "primary"));
    await cluster.primary.kill();
    await untilWaiting(watching, "primary");
    await cluster.primary.start();
    const startedAt = monotonic();
    await until("it to be up", () => isUp(watching, "primary"));
    const seconds = monotonic() - startedAt;
    assert(seconds < 1.5, `${seconds} s after it accepted connections`);
    assertEquals(watching.service.view()?.clusters[0]?.primaries, ["primary"]);
  },
);
