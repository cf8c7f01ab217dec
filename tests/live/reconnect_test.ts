import { assert, assertEquals } from "@std/assert";
import { startCluster } from "../../compose/lab/cluster.ts";
import { Proxy } from "../../compose/lab/proxy.ts";
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

Deno.test(
  { name: "a standby that streams but refuses the login is not tried at each sign of life", ignore },
  async () => {
    await using cluster = await startCluster({ standbys: 1, load: 5 });
    const standby = cluster.server("standby");
    const access = `${standby.dataDir}/pg_hba.conf`;
    await Deno.writeTextFile(access, `host all monitor all reject\n${await Deno.readTextFile(access)}`);
    await standby.sql("SELECT pg_reload_conf()");
    await using link = new Proxy(() => standby.port);
    await using watching = watchCluster(cluster, {
      ports: { standby: link.port },
      collect: { intervalSeconds: 0.5, maxAgeSeconds: 0 },
      random: () => 0.999,
    });
    await until("the longest wait", () => link.connections.length >= 5);
    const before = { attempts: link.connections.length, at: monotonic() };
    await until("its upstream to be read often", () => monotonic() > before.at + 9);
    assertEquals(isUp(watching, "primary"), true);
    const [attempts, seconds] = [link.connections.length - before.attempts, monotonic() - before.at];
    assert(attempts <= 1 + seconds / 4, `${attempts} failed logins in ${seconds} s`);
  },
);
