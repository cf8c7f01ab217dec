import { assert, assertEquals } from "@std/assert";
import { startCluster } from "../../compose/lab/cluster.ts";
import { FROM_SOURCE, ServeProcess } from "../serve_process.ts";
import { ExporterFiles } from "./exporter_files.ts";
import { Prometheus, WITHOUT_PROMETHEUS as missing } from "./prometheus.ts";
import { makeLag, PROBE_VIEW_SECONDS } from "./lag_truth.ts";
import { reasonToSkip, until, untilHolds } from "./support.ts";

const ignore = missing !== "" || reasonToSkip() !== null;
/** Interval between readings of a standby between two probes, seconds. */
const SAMPLE_SECONDS = 1;
/** Scrape timeout, seconds: shorter than usual, because scrapes are frequent. */
const SCRAPE_TIMEOUT_SECONDS = 2;
const page = await Deno.readTextFile(new URL("../../docs/FLEETS.md", import.meta.url));

/** The block of the page that starts with `# NAME`. */
function blockNamed(name: string): string {
  const block = page.split("```yaml\n").find((part) => part.startsWith(`# ${name}\n`))?.split("```")[0];
  if (block === undefined) throw new Error(`docs/FLEETS.md has no block that begins with "# ${name}"`);
  return block;
}

/** A text with parts replaced, each of which must exist. */
function adapt(text: string, changes: Readonly<Record<string, string>>): string {
  return Object.entries(changes).reduce((result, [from, to]) => {
    if (!result.includes(from)) throw new Error(`docs/FLEETS.md has no "${from}" where a test needs it`);
    return result.replaceAll(from, to);
  }, text);
}

function addressOf(exporter: ServeProcess): string {
  return exporter.url.replace("http://", "");
}

/** Labels of every series of an instant query, by `instance`. */
async function labelsOf(prometheus: Prometheus, query: string): Promise<ReadonlyMap<string, string>> {
  const series = await prometheus.query(query);
  return new Map(series.map((line) => [/"instance":"([^"]+)"/.exec(line)?.[1] ?? "", line]));
}

for (
  const name of ["prometheus.yml", "prometheus-0.yml", "prometheus-sd.yml", "prometheus-0-of-10.yml"]
) {
  Deno.test({
    name: `docs/FLEETS.md: promtool accepts ${name}${missing}`,
    ignore: missing !== "",
    async fn() {
      await using files = await ExporterFiles.open();
      const path = await files.write(name, blockNamed(name));
      const { code, stdout, stderr } = await new Deno.Command("promtool", { args: ["check", "config", path] })
        .output();
      assertEquals(code, 0, new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr));
    },
  });
}

Deno.test({
  name: `docs/FLEETS.md: each server is probed by one exporter, those of one cluster by the same${missing}`,
  ignore,
  async fn() {
    await using orders = await startCluster({ name: "orders", standbys: 1, load: 10 });
    await using billing = await startCluster({ name: "billing", standbys: 1, load: 10 });
    await billing.primary.sql(`ALTER ROLE monitor PASSWORD '${orders.passwords.monitor}'`);
    await billing.untilCaughtUp();
    await using files = await ExporterFiles.open();
    await files.write("password", orders.passwords.monitor);
    const config = adapt(blockNamed("config.yml"), {
      "/etc/pg-replication-exporter/password": files.path("password"),
      "10.20.0.0/16": "127.0.0.0/8",
    });
    // Every probe gets a new collection, however long that takes on a busy machine.
    const collect = ["--collect.max-age=0s", "--collect.deadline=30s"];
    const file = `--config.file=${await files.write("config.yml", config)}`;
    const args = [file, "--management.socket=none", ...collect];
    await using first = await ServeProcess.start(FROM_SOURCE, { args });
    await using second = await ServeProcess.start(FROM_SOURCE, { args });
    const clusters = { orders, billing };
    const names = ["orders", "billing"] as const;
    // Eight servers of each are down: they stay in the shard of their cluster as well.
    const targetsOf = (name: keyof typeof clusters) => [
      ...clusters[name].servers.map(({ port }) => `127.0.0.1:${port}`),
      ...Array.from({ length: 8 }, (_, index) => `127.0.${name === "orders" ? 1 : 2}.${index + 1}:1`),
    ];
    await files.write(
      "targets.yml",
      names.map((name) => `- labels: { cluster: ${name} }\n  targets: ${JSON.stringify(targetsOf(name))}\n`)
        .join(""),
    );
    await using prometheus = await Prometheus.start(adapt(blockNamed("prometheus.yml"), {
      "targets/*.yml": files.path("targets.yml"),
      "scrape_interval: 15s": `scrape_interval: ${SCRAPE_TIMEOUT_SECONDS}s`,
      "scrape_timeout: 10s": `scrape_timeout: ${SCRAPE_TIMEOUT_SECONDS}s`,
      "exporter-a.example.com:9188": addressOf(first),
      "exporter-b.example.com:9188": addressOf(second),
    }));
    const all = names.flatMap(targetsOf).sort();
    await untilHolds("all servers to have been tried, and those that run to be up", async () => {
      assertEquals((await prometheus.query("pgrepl_up == 1")).length, 4);
      assertEquals([...(await labelsOf(prometheus, "pgrepl_up")).keys()].sort(), all);
      assertEquals(
        [...(await labelsOf(prometheus, 'up{job="pg-replication"}')).keys()].sort(),
        all,
        "one target for each",
      );
    });

    // The exporter of each server, according to Prometheus.
    const asked = await askedOf(prometheus);
    assertEquals([...asked.keys()].sort(), all);
    for (const name of names) {
      const urls = targetsOf(name).map((target) => asked.get(target));
      assertEquals(new Set(urls.map((url) => url?.host)).size, 1, `${name}: one exporter`);
      assertEquals(new Set(urls.map((url) => url?.searchParams.get("cluster"))), new Set([name]));
    }
    assertEquals(
      new Set(asked.values().map(({ host }) => host)),
      new Set([addressOf(first), addressOf(second)]),
      "both have work",
    );
    // According to the servers: one session each. A lost one may remain a moment longer.
    for (const server of [...orders.servers, ...billing.servers]) {
      await untilHolds(`one session with ${server.name}`, async () => {
        const sessions = await server.text(
          "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'pg-replication-exporter'",
        );
        assertEquals(sessions, "1", server.name);
      });
    }
    // Each exporter has a whole cluster: its primary, and the true lag of its standby.
    for (const [name, cluster] of Object.entries(clusters)) {
      const labels = `cluster="${name}",instance="cluster"`;
      await until(
        `${name} to be known with its standby`,
        async () =>
          (await prometheus.query(`pgrepl_cluster_connected_standbys{${labels}} == 1`)).length === 1 &&
          (await prometheus.query(`pgrepl_cluster_primaries{${labels}} == 1`)).length === 1,
      );
      const standby = cluster.server("standby");
      const ofStandby = `instance="127.0.0.1:${standby.port}"`;
      await until("the standby to be measured by the clock", async () => {
        const clock = `pgrepl_standby_lag_source{${ofStandby},source="clock"} == 1`;
        return (await prometheus.query(clock)).length === 1;
      });
      // As by hand, without its cluster name: that moves no server to another cluster, where it would have no history.
      const target = `127.0.0.1:${cluster.primary.port}`;
      const exporter = asked.get(target)?.host === addressOf(first) ? first : second;
      const onset = await makeLag(cluster, {
        standby,
        stop: () => cluster.faults.pauseReplay(standby),
        readPrimary: async () => await (await exporter.fetch(`/probe?target=${target}`)).text(),
      });
      // The start of the lag according to one scrape. A probe returns a view of up to a second ago, from a standby that is
      // read every second, or later on a busy machine: a scrape within both limits counts, and none may report an earlier
      // start. timestamp() is that of the sample only when its argument is a plain selector.
      const lag = `pgrepl_standby_lag_seconds{${ofStandby}}`;
      const told: number[] = [];
      const latest = onset.notAfter + PROBE_VIEW_SECONDS + SAMPLE_SECONDS;
      await untilHolds("a scrape to have it lag since then", async () => {
        const [line] = await prometheus.query(`timestamp(${lag}) - ${lag} and ${lag} > 4`);
        if (line !== undefined) told.push(Number(line.split(" ").at(-1)));
        assert(
          told.some((since) => since <= latest),
          `it lags since ${told}, in truth since ${latest} at the latest`,
        );
      });
      const since = Math.min(...told);
      const earliest = onset.notBefore - SCRAPE_TIMEOUT_SECONDS;
      assert(since >= earliest, `it lags since ${since}, in truth since ${earliest} at the earliest`);
    }
  },
});

/** The URL that each `target` is scraped from, from Prometheus's own list of targets. */
async function askedOf(prometheus: Prometheus): Promise<ReadonlyMap<string, URL>> {
  const data = await prometheus.get("/api/v1/targets?state=active");
  if (typeof data !== "object" || data === null || !("activeTargets" in data)) {
    throw new Error("Prometheus lists no targets");
  }
  const targets: unknown = data.activeTargets;
  if (!Array.isArray(targets)) throw new Error("Prometheus lists no targets");
  const urls = targets.map(({ scrapeUrl }) => new URL(String(scrapeUrl))).filter(({ pathname }) =>
    pathname === "/probe"
  );
  const asked = new Map(urls.map((url) => [url.searchParams.get("target") ?? "", url]));
  assertEquals(asked.size, urls.length, "no server is asked for twice");
  return asked;
}

Deno.test({
  name: `docs/FLEETS.md: the list of /sd is scraped one by one${missing}`,
  ignore,
  async fn() {
    await using cluster = await startCluster({ standbys: 1 });
    await using files = await ExporterFiles.open();
    const servers = cluster.servers.map((server) =>
      `      - name: orders-${server.name}\n        dsn: ${JSON.stringify(server.dsn())}\n`
    );
    const config = `clusters:\n  - name: orders\n    servers:\n${servers.join("")}`;
    const args = [`--config.file=${await files.write("config.yml", config)}`, "--management.socket=none"];
    await using exporter = await ServeProcess.start(FROM_SOURCE, { args });
    // Before the end of its first collection it has no list, and Prometheus asks again only after its refresh_interval.
    await untilHolds("the exporter to have a list", async () => {
      const response = await exporter.fetch("/sd");
      await response.text();
      assertEquals(response.status, 200);
    });
    await using prometheus = await Prometheus.start(
      "global:\n  scrape_interval: 1s\n  scrape_timeout: 1s\n" +
        adapt(blockNamed("prometheus-sd.yml"), { "exporter-a.example.com:9188": addressOf(exporter) }),
    );
    await untilHolds("both servers to be up", async () => {
      assertEquals(await prometheus.query("up"), [
        '{"__name__":"up","cluster":"orders","instance":"orders-primary","job":"pg-replication"} 1',
        '{"__name__":"up","cluster":"orders","instance":"orders-standby","job":"pg-replication"} 1',
      ]);
      assertEquals(await prometheus.query("pgrepl_up"), [
        '{"__name__":"pgrepl_up","cluster":"orders","instance":"orders-primary","job":"pg-replication"} 1',
        '{"__name__":"pgrepl_up","cluster":"orders","instance":"orders-standby","job":"pg-replication"} 1',
      ]);
    });
  },
});
