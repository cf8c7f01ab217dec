import { assertEquals, assertLess } from "@std/assert";
import { startCluster } from "../../compose/lab/cluster.ts";
import { DEBIAN_15, isInstalled, reasonToSkip, until } from "./support.ts";
import { watchCluster } from "./watching.ts";

const ignore = reasonToSkip() !== null || !isInstalled(DEBIAN_15);
/** Seconds during which both connections are watched. */
const WATCHED_SECONDS = 12;
/** Most lag by the former row: until the new one counts, and until the next collection. */
const MOST_LAG_SECONDS = 3 + 1 + 2;

Deno.test(
  { name: "standbys that connected again over a half-open link stay what they are", ignore },
  async () => {
    await using cluster = await startCluster({ binaries: DEBIAN_15, standbys: 2, load: 20 });
    const { primary, standbys } = cluster;
    for (const standby of standbys) await standby.set("primary_slot_name", "");
    await cluster.untilStreaming();
    await until("the slots to be free", async () => {
      await primary.sql(
        "SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE NOT active",
      );
      return await primary.text("SELECT count(*) FROM pg_replication_slots") === "0";
    });
    // The second one is known by its row alone.
    const [{ name: configured } = primary] = standbys;
    await using watching = watchCluster(cluster, {
      only: [primary.name, configured],
      collect: { intervalSeconds: 1, maxAgeSeconds: 0 },
    });
    const expected = JSON.stringify([["standby", true], ["standby2", true]]);
    const seen = () => {
      const view = watching.service.view();
      return {
        names: JSON.stringify(view?.standbys.map(({ name, connected }) => [name, connected])),
        withoutSlot: view?.findings.filter(({ check }) => check === "no_slot").map(({ subject }) => subject),
        lagSeconds: Math.max(...view?.standbys.map(({ lag }) => lag.seconds ?? Infinity) ?? []),
      };
    };
    await until("both to be seen", () => Promise.resolve(seen().names === expected && seen().lagSeconds < 1));
    const watch = async (seconds: number, mostLagSeconds: number) => {
      for (const end = performance.now() + seconds * 1000; performance.now() < end;) {
        const { names, withoutSlot, lagSeconds } = seen();
        assertEquals(names, expected);
        assertEquals(withoutSlot, ["standby", "standby2"]);
        assertLess(lagSeconds, mostLagSeconds);
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
    };

    const rows = "SELECT pid FROM pg_stat_replication ORDER BY backend_start";
    const former = await primary.sql(rows);
    for (const standby of standbys) cluster.link(standby).abandon();
    await until("two rows of each", async () => (await primary.sql(rows)).length === 4);
    await watch(WATCHED_SECONDS, MOST_LAG_SECONDS);
    await watch(2, 2);
    assertEquals((await primary.sql(rows)).length, 4);
    for (const { pid } of former) await primary.sql(`SELECT pg_terminate_backend(${pid})`);
    await until("one row of each", async () => (await primary.sql(rows)).length === 2);
    await watch(4, 2);
  },
);
