import { assert, assertEquals, assertGreater, assertLess } from "@std/assert";
import { startCluster } from "../../compose/lab/cluster.ts";
import { FROM_SOURCE, ServeProcess } from "../serve_process.ts";
import { parseTextPage } from "../exposition/strict_parser.ts";
import { reasonToSkip, until } from "./support.ts";

const ignore = reasonToSkip() !== null;

Deno.test({
  name: "probes of a primary and its standby, one by one, know the true lag; nothing else may be probed",
  ignore,
  async fn() {
    await using cluster = await startCluster({ standbys: 1, load: 10 });
    const standby = cluster.server("standby");
    const directory = await Deno.makeTempDir({ prefix: "pgrepl-probe-" });
    try {
      const file = `${directory}/config.yml`;
      await Deno.writeTextFile(
        file,
        [
          "probe:",
          "  modules:",
          "    default:",
          "      user: monitor",
          `      password: ${cluster.passwords.monitor}`,
          "    wrong:",
          "      user: monitor",
          "      password: wrong",
          "  allowed_targets: [127.0.0.0/8]",
          "",
        ].join("\n"),
      );
      await using exporter = await ServeProcess.start(FROM_SOURCE, { args: [`--config.file=${file}`] });
      const probe = async (port: number, more = "") => {
        const response = await exporter.fetch(`/probe?target=127.0.0.1:${port}${more}`);
        const text = await response.text();
        assertEquals(response.status, 200, text);
        return parseTextPage(text);
      };
      const valueIn = (page: Awaited<ReturnType<typeof probe>>, name: string) =>
        page.find((family) => family.name === name)?.samples[0]?.value ?? null;

      const primaryPage = await probe(cluster.primary.port);
      assertEquals(valueIn(primaryPage, "pgrepl_up"), 1);
      assertEquals(valueIn(primaryPage, "pgrepl_cluster_primaries"), 1);
      assertEquals(primaryPage.filter(({ name }) => /^process_|build_info|config_last/.test(name)), []);
      const standbyPage = await probe(standby.port);
      const instances = new Set(
        standbyPage.flatMap(({ samples }) => samples.map(({ labels }) => labels.get("instance"))),
      );
      assertEquals([...instances], [`127.0.0.1:${standby.port}`]);

      const lag = async () => valueIn(await probe(standby.port), "pgrepl_standby_lag_seconds");
      await until("the standby to have caught up", async () => (await lag() ?? 9) < 1.5);
      await cluster.faults.pauseReplay(standby);
      const pausedAt = performance.now();
      // Nobody probes meanwhile: the sessions are kept, so the lag clock goes on.
      await until("its lag to grow", async () => (await lag() ?? 0) > 3);
      const truth = (performance.now() - pausedAt) / 1000;
      const said = await lag() ?? 0;
      assertLess(Math.abs(said - truth), 2);
      assertGreater(said, 3);

      const wrong = await probe(standby.port, "&auth_module=wrong");
      assertEquals(valueIn(wrong, "pgrepl_up"), 0);
      for (const target of ["localhost", "db.example", "128.0.0.1"]) {
        const response = await exporter.fetch(`/probe?target=${target}`);
        assertEquals(response.status, 403, await response.text());
      }
      const response = await exporter.fetch("/sd");
      assertEquals(await response.json(), []);
      const { code } = await exporter.stop();
      assertEquals(code, 0);
      const log = await exporter.log();
      assert(!log.includes(cluster.passwords.monitor), log);
    } finally {
      await Deno.remove(directory, { recursive: true });
    }
  },
});

Deno.test({
  name: "/probe and /sd of watched servers",
  ignore,
  async fn() {
    await using cluster = await startCluster({ standbys: 1 });
    const standby = cluster.server("standby");
    const args = cluster.servers.map((server) => `--server=${server.name}=${server.dsn()}`);
    await using exporter = await ServeProcess.start(FROM_SOURCE, { args });
    await until("both servers to be known", async () => {
      const response = await exporter.fetch("/sd");
      const groups = await response.json();
      return response.ok &&
        groups.every((group: { labels: Record<string, string> }) =>
          group.labels["__meta_pgrepl_up"] === "true"
        );
    });
    const groups = await (await exporter.fetch("/sd")).json();
    assertEquals(
      groups.map(({ targets, labels }: { targets: string[]; labels: Record<string, string> }) => [
        targets[0],
        labels["__meta_pgrepl_server"],
        labels["__meta_pgrepl_role"],
      ]),
      [
        [`127.0.0.1:${cluster.primary.port}`, "primary", "primary"],
        [`127.0.0.1:${standby.port}`, "standby", "standby"],
      ],
    );
    const before = (await exporter.scrape()).match(/^pgrepl_connects_total\{.*"standby".*\} (\d+)$/m)?.[1];
    for (const target of ["standby", groups[1].targets[0]]) {
      const response = await exporter.fetch(`/probe?target=${target}`);
      const text = await response.text();
      assert(/^pgrepl_up\{instance="standby"\} 1$/m.test(text), text);
      assert(!text.includes('instance="primary"'), "only of the standby");
    }
    const after = (await exporter.scrape()).match(/^pgrepl_connects_total\{.*"standby".*\} (\d+)$/m)?.[1];
    assertEquals(after, before, "no session besides the kept one");
  },
});
