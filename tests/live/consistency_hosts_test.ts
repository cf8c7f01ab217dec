import { Proxy } from "../../compose/lab/proxy.ts";
import { DEFAULT_CONSISTENCY } from "../../src/config/consistency.ts";
import { DEFAULT_LIBPQ_SETTINGS } from "../../src/config/libpq_settings.ts";
import { makeTable } from "./comparing.ts";
import { reasonToSkip, until, withCluster } from "./support.ts";
import { watchCluster } from "./watching.ts";

const ignore = reasonToSkip() !== null;

Deno.test({
  name: "consistency: with several hosts, the server that is watched is compared, or none",
  ignore,
}, async () => {
  await withCluster({ standbys: 2 }, async (cluster) => {
    await makeTable(cluster, "several", 10);
    await cluster.untilCaughtUp();
    const [standby, other] = [cluster.server("standby"), cluster.server("standby2")];
    await using link = new Proxy(() => standby.port);
    const otherHosts = [{ host: "127.0.0.1", hostAddress: "", port: other.port }];
    await using watching = watchCluster(cluster, {
      only: ["primary", "standby"],
      ports: { standby: link.port },
      libpq: { standby: { ...DEFAULT_LIBPQ_SETTINGS, otherHosts } },
      collect: { intervalSeconds: 1 },
      consistency: {
        ...DEFAULT_CONSISTENCY,
        tables: ["public.several"],
        isDefaultTable: false,
        intervalSeconds: 1,
      },
    });
    const verdict = () => watching.service.view()?.consistency[0]?.verdict;
    await until("the table to be compared", () => verdict() === "equal");
    await link.refuse();
    await until("the other host not to stand in for it", () => verdict() === "failed");
  });
});
