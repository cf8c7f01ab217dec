import { assertEquals } from "@std/assert";
import { startCluster } from "../../compose/lab/cluster.ts";
import { LINT_EXCEPTIONS } from "../../compose/build/metric_lint_exceptions.ts";
import { FROM_SOURCE, ServeProcess } from "../serve_process.ts";
import { Prometheus, WITHOUT_PROMETHEUS as missing } from "./prometheus.ts";
import { until, untilHolds } from "./support.ts";

/** The configuration of the README, with the address and the interval of this test. */
async function readScrapeConfig(address: string): Promise<string> {
  const readme = await Deno.readTextFile(new URL("../../README.md", import.meta.url));
  const block = /^```yaml\n(scrape_configs:\n[\s\S]*?)^```/m.exec(readme)?.[1];
  if (block === undefined) throw new Error("README.md has no scrape configuration");
  for (const part of ["127.0.0.1:9188", "scrape_interval: 15s", "honor_labels: true"]) {
    if (!block.includes(part)) throw new Error(`The scrape configuration of README.md has no "${part}"`);
  }
  return block.replace("127.0.0.1:9188", address).replace("scrape_interval: 15s", "scrape_interval: 1s");
}

Deno.test({
  name: `Prometheus scrapes with the configuration of the README${missing}`,
  ignore: missing !== "",
  async fn() {
    await using cluster = await startCluster({ standbys: 1 });
    const args = cluster.servers.map((server) => `--server=${server.name}=${server.dsn()}`);
    await using exporter = await ServeProcess.start(FROM_SOURCE, {
      args: [...args, "--collect.deadline=30s"],
    });
    const address = exporter.url.replace("http://", "");
    await using prometheus = await Prometheus.start(await readScrapeConfig(address));
    // honor_labels: `instance` is the server's name; that of the scrape itself is the exporter's address.
    const job = "pg-replication";
    await untilHolds("Prometheus to have scraped both servers", async () => {
      assertEquals(await prometheus.query("pgrepl_up"), [
        `{"__name__":"pgrepl_up","instance":"primary","job":"${job}"} 1`,
        `{"__name__":"pgrepl_up","instance":"standby","job":"${job}"} 1`,
      ]);
      assertEquals(await prometheus.query("up"), [
        `{"__name__":"up","instance":"${address}","job":"${job}"} 1`,
      ]);
    });
    assertEquals(await prometheus.query(`{exported_instance!=""}`), []);
    await until("the lag of the standby to be known and 0", async () => {
      const lag = await prometheus.query(`pg_replication_lag_bytes{instance="standby"} == 0`);
      return lag.length === 1;
    });
    // Prometheus accepted all samples: none was a duplicate or out of order.
    const dropped =
      "(scrape_samples_scraped - scrape_samples_post_metric_relabeling) and scrape_samples_scraped > 0";
    await untilHolds("Prometheus to have taken a page", async () => {
      assertEquals((await prometheus.query(dropped)).map((line) => line.split(" ").at(-1)), ["0"]);
    });
  },
});

Deno.test({
  name: `promtool remarks on nothing but the classic names that are listed${missing}`,
  ignore: missing !== "",
  async fn() {
    await using cluster = await startCluster({ standbys: 1 });
    const args = cluster.servers.map((server) => `--server=${server.name}=${server.dsn()}`);
    await using exporter = await ServeProcess.start(FROM_SOURCE, {
      args: [...args, "--collect.deadline=30s"],
    });
    let page = "";
    await until("both servers to be up", async () => {
      page = await exporter.scrape();
      return page.match(/^pgrepl_up\{.*\} 1$/gm)?.length === 2;
    });
    const child = new Deno.Command("promtool", {
      args: ["check", "metrics"],
      stdin: "piped",
      stdout: "piped",
      stderr: "piped",
    })
      .spawn();
    const writer = child.stdin.getWriter();
    await writer.write(new TextEncoder().encode(page));
    await writer.close();
    const { stdout, stderr } = await child.output();
    const remarks = new TextDecoder().decode(stderr) + new TextDecoder().decode(stdout);
    const remarked = new Set(
      remarks.split("\n").filter((line) => line !== "").map((line) => line.split(" ")[0] ?? ""),
    );
    const listed = LINT_EXCEPTIONS.filter(({ rule }) => rule !== "prefix").map(({ family }) => family);
    assertEquals([...remarked].sort(), listed.sort(), remarks);
  },
});
