import { assertEquals } from "@std/assert";
import { startCluster } from "../../compose/lab/cluster.ts";
import { parseTextPage } from "../exposition/strict_parser.ts";
import { FROM_SOURCE, ServeProcess } from "../serve_process.ts";
import { reasonToSkip, until } from "./support.ts";

Deno.test({
  name:
    "serve with a configuration file: two clusters, each with its own expectation and labels on all its series",
  ignore: reasonToSkip() !== null,
  async fn() {
    await using orders = await startCluster({ standbys: 1, name: "orders" });
    await using lone = await startCluster({ standbys: 0, name: "lone" });
    const path = await Deno.makeTempFile({ prefix: "pgrepl-config-", suffix: ".yml" });
    try {
      await Deno.writeTextFile(
        path,
        `
clusters:
  - name: orders
    labels: { team: shop }
    connection: { user: monitor, password: "${orders.passwords.monitor}", sslmode: disable }
    servers:
      - { name: o1, host: 127.0.0.1, port: ${orders.primary.port}, labels: { zone: a } }
      - { name: o2, host: 127.0.0.1, port: ${orders.server("standby").port} }
  - name: lone
    connection: { user: monitor, password: "${lone.passwords.monitor}", sslmode: disable }
    servers: [{ name: l1, host: 127.0.0.1, port: ${lone.primary.port} }]
collect: { interval: 1s, deadline: 30s }
`,
      );
      await using exporter = await ServeProcess.start(FROM_SOURCE, { args: [`--config.file=${path}`] });
      let page = parseTextPage(await exporter.scrape());
      const labelsOf = (name: string) => page.find((family) => family.name === name)?.samples ?? [];
      await until("all servers to be up", async () => {
        page = parseTextPage(await exporter.scrape());
        return labelsOf("pgrepl_up").filter(({ value }) => value === 1).length === 3;
      });
      assertEquals(
        labelsOf("pgrepl_up").map(({ labels }) => Object.fromEntries(labels)),
        [
          { instance: "l1", cluster: "lone" },
          { instance: "o1", cluster: "orders", team: "shop", zone: "a" },
          { instance: "o2", cluster: "orders", team: "shop" },
        ],
      );
      const expected = labelsOf("pgrepl_cluster_expected_standbys");
      assertEquals(expected.map(({ labels, value }) => [labels.get("cluster"), value]), [["lone", 0], [
        "orders",
        1,
      ]]);
      // Every series of a server has its labels, in every family.
      const bare = page.flatMap(({ samples }) => samples)
        .filter(({ labels }) =>
          labels.get("instance") === "o1" && (labels.get("zone") !== "a" || labels.get("team") !== "shop")
        );
      assertEquals(bare, []);
    } finally {
      await Deno.remove(path);
    }
  },
});
