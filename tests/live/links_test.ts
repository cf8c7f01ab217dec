import { startCluster } from "../../compose/lab/cluster.ts";
import { reasonToSkip, until } from "./support.ts";
import { watchCluster } from "./watching.ts";

const ignore = reasonToSkip() !== null;

/** So long that no collection of its own falls into the test: what is seen was seen between two of them. */
const INTERVAL_SECONDS = 600;

Deno.test(
  { name: "a link that is lost or made is known between two collections, without a scrape", ignore },
  async (t) => {
    await using cluster = await startCluster({ standbys: 1 });
    const { faults } = cluster;
    const collect = { intervalSeconds: INTERVAL_SECONDS };

    for (const only of [["primary", "standby"], ["primary"]]) {
      await t.step(`configured: ${only.join(" and ")}`, async () => {
        await using watching = watchCluster(cluster, { collect, only });
        const reason = () => watching.service.view()?.standbys.find(({ name }) => name === "standby")?.reason;
        const isFed = () => reason() === "streaming" || reason() === "idle";
        await until("the standby to be fed", isFed);
        await faults.cutLink("standby");
        await until("the lost link", () => reason() === "disconnected");
        await faults.healLink("standby");
        await until("the link that is back", isFed);
      });
    }
  },
);
