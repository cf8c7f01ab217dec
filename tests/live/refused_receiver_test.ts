import { assert, assertEquals } from "@std/assert";
import { startCluster } from "../../compose/lab/cluster.ts";
import { DEBIAN_15, isInstalled, reasonToSkip, until } from "./support.ts";
import { valueOf, watchCluster } from "./watching.ts";

const ignore = reasonToSkip() !== null || !isInstalled(DEBIAN_15);

/** Longer than two attempts of a standby to stream (`wal_retrieve_retry_interval`, 5 s). */
const ATTEMPTS_SECONDS = 12;

Deno.test(
  { name: "a standby that is refused at each attempt is not told to stream meanwhile", ignore },
  async () => {
    await using cluster = await startCluster({ binaries: DEBIAN_15, standbys: 1, load: 5 });
    await using watching = watchCluster(cluster, { collect: { intervalSeconds: 0.3, maxAgeSeconds: 0 } });
    const connected = async () =>
      valueOf(await watching.service.scrape(), "pgrepl_standby_connected", { instance: "standby" });
    await until("the standby to stream", async () => await connected() === 1);
    await cluster.faults.dropSlot("standby");
    await until("the standby to be disconnected", async () => await connected() === 0);
    const seen = new Map<number | undefined, number>();
    const end = performance.now() + ATTEMPTS_SECONDS * 1000;
    while (performance.now() < end) {
      const value = await connected();
      seen.set(value, (seen.get(value) ?? 0) + 1);
    }
    assertEquals([...seen.keys()], [0]);
    assert((seen.get(0) ?? 0) > 50);
    const checks = watching.service.view()?.findings.map(({ check }) => check) ?? [];
    assert(checks.includes("receiver_not_running") && checks.includes("upstream_slot_missing"));

    await cluster.faults.createSlot("standby");
    await until("the standby to stream again", async () => await connected() === 1);
  },
);
