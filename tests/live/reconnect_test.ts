import { assert, assertEquals } from "@std/assert";
import { startCluster } from "../../compose/lab/cluster.ts";
import { Proxy } from "../../compose/lab/proxy.ts";
import { monotonic } from "./known_writer.ts";
import { reasonToSkip, until } from "./support.ts";
import { valueOf, watchCluster, type Watching } from "./watching.ts";

const ignore = reasonToSkip() !== null;

/** Attempts to connect at which nothing listened. */
const refusals = async ({ service }: Watching, instance: string): Promise<number> =>
  valueOf(await service.scrape(), "pgrepl_errors_total", { instance, kind: "refused" }) ?? 0;

const isUp = ({ service }: Watching, name: string) =>
  service.view({ maxAgeSeconds: 0 })?.servers.find(({ server }) => server === name)?.up === true;

Deno.test(
  { name: "a standby that its upstream sees again is tried at once, in the longest wait", ignore },
  async () => {
    await using cluster = await startCluster({ standbys: 1 });
    // Every wait lasts minutes: it is up again only if it is tried at once.
    await using watching = watchCluster(cluster, { random: () => 1000 });
    await until("both to be up", () => isUp(watching, "primary") && isUp(watching, "standby"));
    await cluster.server("standby").kill();
    await until("an attempt to fail", async () => await refusals(watching, "standby") > 0);
    await cluster.server("standby").start();
    await cluster.untilStreaming();
    await until("it to be up", () => isUp(watching, "standby"));
  },
);

Deno.test(
  { name: "a server that was a primary until a moment ago is tried at least twice a second", ignore },
  async () => {
    await using cluster = await startCluster({ standbys: 0 });
    const { primary } = cluster;
    await using link = new Proxy(() => primary.port);
    await using watching = watchCluster(cluster, { ports: { primary: link.port }, random: () => 0.999 });
    await until("it to be up", () => isUp(watching, "primary"));
    await primary.kill();
    // Six seconds at two a second, 47 with longer waits after each failure.
    await until("twelve attempts", () => link.connections.length > 12, { seconds: 30 });
    await primary.start();
    await until("it to be up", () => isUp(watching, "primary"));
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
