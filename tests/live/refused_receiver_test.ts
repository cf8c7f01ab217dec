import { assertEquals } from "@std/assert";
import { startCluster } from "../../compose/lab/cluster.ts";
import { DEBIAN_15, isInstalled, reasonToSkip, until } from "./support.ts";
import { valueOf, watchCluster } from "./watching.ts";

const ignore = reasonToSkip() !== null || !isInstalled(DEBIAN_15);

/** Attempts of the standby to stream that are watched, and readings meanwhile. */
const ATTEMPTS = 40;
const READINGS = 100;

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
    const { connections } = cluster.link("standby");
    const before = connections.length;
    const seen: (number | undefined)[] = [];
    await until(`${ATTEMPTS} attempts and ${READINGS} readings`, async () => {
      seen.push(await connected());
      return seen.length >= READINGS && connections.length >= before + ATTEMPTS;
    });
    assertEquals([...new Set(seen)], [0]);
    await until("both findings", () => {
      const checks = watching.service.view()?.findings.map(({ check }) => check) ?? [];
      return checks.includes("receiver_not_running") && checks.includes("upstream_slot_missing");
    });

    await cluster.faults.createSlot("standby");
    await until("the standby to stream again", async () => await connected() === 1);
  },
);
