import { startCluster } from "../../compose/lab/cluster.ts";
import { reasonToSkip, until } from "./support.ts";
import { commitThatWaits } from "./waiting_commit.ts";
import { watchCluster } from "./watching.ts";

const ignore = reasonToSkip() !== null;

/** Long enough that no regular collection runs during the test: changes are detected between two of them. */
const INTERVAL_SECONDS = 600;

Deno.test(
  { name: "urgent changes are detected between two collections, without a scrape", ignore },
  async (t) => {
    await using cluster = await startCluster({ standbys: 1 });
    const { faults } = cluster;
    const collect = { intervalSeconds: INTERVAL_SECONDS };

    for (const only of [["primary", "standby"], ["primary"]]) {
      await t.step(`a lost and a new link; configured: ${only.join(" and ")}`, async () => {
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

    await t.step("waiting commits, how long, and their end", async () => {
      const { primary } = cluster;
      await using watching = watchCluster(cluster, { collect });
      await using writer = primary.connect("postgres");
      const sync = () => {
        const found = watching.service.view()?.servers.find(({ server }) => server === "primary");
        return found?.facts.sync?.[0];
      };
      await primary.set("synchronous_standby_names", "standby");
      await faults.cutLink("standby");
      const { ended } = await commitThatWaits(primary, writer);
      await until("a collection that saw it wait", async () => {
        await watching.service.scrape();
        return (sync()?.oldestWaitSeconds ?? 0) >= 0.5;
      });
      await until("it to have waited for longer", () => (sync()?.oldestWaitSeconds ?? 0) > 3);
      await faults.healLink("standby");
      await ended;
      await until("nothing to wait", () => sync()?.waitingCommits === 0);
    });
  },
);
