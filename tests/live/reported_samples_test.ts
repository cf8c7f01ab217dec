import { assert, assertEquals } from "@std/assert";
import { startCluster } from "../../compose/lab/cluster.ts";
import type { Server } from "../../compose/lab/server.ts";
import { DEBIAN_15, isInstalled, reasonToSkip, untilHolds } from "./support.ts";
import { watchCluster } from "./watching.ts";

const ignore = reasonToSkip() !== null || !isInstalled(DEBIAN_15);
const SAMPLE_SECONDS = 0.5;

/** How often the exporter asks a server within some seconds. */
async function askedWithin(server: Server, seconds: number): Promise<number> {
  const starts = new Set<string>();
  const query = "SELECT string_agg(query_start::text, ',') FROM pg_stat_activity WHERE usename = 'monitor'";
  const end = performance.now() + seconds * 1000;
  while (performance.now() < end) {
    starts.add(await server.text(query) ?? "");
    await new Promise((resolve) => setTimeout(resolve, SAMPLE_SECONDS * 1000 / 5));
  }
  return starts.size - 1;
}

Deno.test({
  name: "a standby is asked at every sample only while its primary's row does not show all",
  ignore,
}, async () => {
  await using cluster = await startCluster({ binaries: DEBIAN_15, standbys: 1, load: 50 });
  const { primary, standbys: [standby] } = cluster;
  assert(standby !== undefined);
  await cluster.untilCaughtUp();
  const collect = { intervalSeconds: 3600, maxAgeSeconds: 3600 };
  await using watching = watchCluster(cluster, { collect, sampleSeconds: SAMPLE_SECONDS });
  const lag = () => watching.service.view()?.standbys[0]?.lag.seconds ?? NaN;
  await untilHolds("a standby that keeps up to be asked now and then", async () => {
    assert(lag() < 1, `${lag()}`);
    const [often, seldom] = await Promise.all([askedWithin(primary, 6), askedWithin(standby, 6)]);
    assert(seldom >= 1 && seldom * 2 < often, `${seldom} of ${often}`);
  });
  await cluster.faults.pauseReplay("standby");
  await untilHolds("one that falls behind to be asked at every sample", async () => {
    assert(lag() > 1, `${lag()}`);
    const [often, asOften] = await Promise.all([askedWithin(primary, 6), askedWithin(standby, 6)]);
    assert(asOften * 4 >= often * 3, `${asOften} of ${often}`);
  });
  await cluster.faults.resumeReplay("standby");
  await cluster.faults.cutLink("standby");
  await untilHolds("one that is cut off, too", async () => {
    const [often, asOften] = await Promise.all([askedWithin(primary, 6), askedWithin(standby, 6)]);
    assert(asOften * 4 >= often * 3, `${asOften} of ${often}`);
  });
  assertEquals(watching.service.view()?.servers.map(({ up }) => up), [true, true]);
});
