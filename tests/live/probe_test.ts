import { assert, assertEquals } from "@std/assert";
import { startCluster } from "../../compose/lab/cluster.ts";
import { FROM_SOURCE, ServeProcess } from "../serve_process.ts";
import { parseTextPage } from "../exposition/strict_parser.ts";
import { assertTrueLag, makeLag, now, PROBE_VIEW_SECONDS } from "./lag_truth.ts";
import { reasonToSkip, until, untilHolds } from "./support.ts";

const ignore = reasonToSkip() !== null;

/** Every probe gets a new collection, however long that takes on a busy machine. */
const ANEW = ["--collect.max-age=0s", "--collect.deadline=30s", "--collect.interval=10m"];

Deno.test({
  name: "separate probes of a primary and its standby report the true lag; other targets are rejected",
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
          "    second:",
          "      user: monitor",
          `      password: ${cluster.passwords.monitor}`,
          "      dbname: template1",
          "    wrong:",
          "      user: monitor",
          "      password: wrong",
          "  allowed_targets: [127.0.0.0/8]",
          "",
        ].join("\n"),
      );
      await using exporter = await ServeProcess.start(FROM_SOURCE, {
        args: [`--config.file=${file}`, ...ANEW],
      });
      const probe = async (port: number, more = "") => {
        const response = await exporter.fetch(`/probe?target=127.0.0.1:${port}${more}`);
        const text = await response.text();
        assertEquals(response.status, 200, text);
        return parseTextPage(text);
      };
      const valueIn = (page: Awaited<ReturnType<typeof probe>>, name: string) =>
        page.find((family) => family.name === name)?.samples[0]?.value ?? null;

      let primaryPage = await probe(cluster.primary.port);
      await untilHolds("the primary to be known", async () => {
        primaryPage = await probe(cluster.primary.port);
        assertEquals(valueIn(primaryPage, "pgrepl_up"), 1);
        assertEquals(valueIn(primaryPage, "pgrepl_cluster_primaries"), 1);
      });
      assertEquals(primaryPage.filter(({ name }) => /^process_|build_info|config_last/.test(name)), []);
      const standbyPage = await probe(standby.port);
      const instances = new Set(
        standbyPage.flatMap(({ samples }) => samples.map(({ labels }) => labels.get("instance"))),
      );
      assertEquals([...instances], [`127.0.0.1:${standby.port}`]);

      // Two modules in turn: each has its own session and history.
      await probe(cluster.primary.port, "&auth_module=second");
      const second = () => probe(standby.port, "&auth_module=second");
      const lag = async () => {
        await second();
        return valueIn(await probe(standby.port), "pgrepl_standby_lag_seconds");
      };
      await until("the standby to have caught up", async () => (await lag() ?? 9) < 1.5);
      const onset = await makeLag(cluster, {
        standby,
        stop: () => cluster.faults.pauseReplay(standby),
        readPrimary: () => probe(cluster.primary.port),
      });
      await until("its lag to grow", async () => (await lag() ?? 0) > 3);
      // Probes share a view for up to a second, and the standby was read before that: at a good moment the lag of a probe
      // is the current one, less that second.
      await untilHolds("a probe to tell the true lag", async () => {
        const askedAt = now() - PROBE_VIEW_SECONDS;
        assertTrueLag(onset, { lag: await lag(), askedAt, answeredAt: now() });
      });

      // No probes in the meantime: the session of one module was not closed by the other.
      await untilHolds("each module to have a session of its own", async () => {
        const sessions = await cluster.primary.sql(
          "SELECT DISTINCT datname FROM pg_stat_activity WHERE usename = 'monitor' ORDER BY datname",
        );
        assertEquals(sessions.map(({ datname }) => datname), ["postgres", "template1"]);
      });
      await untilHolds("both modules to know the lag from their own history, turn by turn", async () => {
        for (const page of [await probe(standby.port), await second(), await probe(standby.port)]) {
          assert((valueIn(page, "pgrepl_standby_lag_seconds") ?? 0) > 3, "it lags for more than 3 s");
          const sources = page.find(({ name }) => name === "pgrepl_standby_lag_source")?.samples ?? [];
          assertEquals(
            sources.filter(({ value }) => value === 1).map(({ labels }) => labels.get("source")),
            ["clock"],
          );
        }
      });

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
    await using exporter = await ServeProcess.start(FROM_SOURCE, { args: [...args, ...ANEW] });
    await untilHolds("both servers to be known", async () => {
      const groups = await (await exporter.fetch("/sd")).json();
      assertEquals(
        groups.map(({ targets, labels }: { targets: string[]; labels: Record<string, string> }) => [
          targets[0],
          labels["__meta_pgrepl_server"],
          labels["__meta_pgrepl_role"],
          labels["__meta_pgrepl_up"],
        ]),
        [
          [`127.0.0.1:${cluster.primary.port}`, "primary", "primary", "true"],
          [`127.0.0.1:${standby.port}`, "standby", "standby", "true"],
        ],
      );
    });
    const before = (await exporter.scrape()).match(/^pgrepl_connects_total\{.*"standby".*\} (\d+)$/m)?.[1];
    for (const target of ["standby", `127.0.0.1:${standby.port}`]) {
      const response = await exporter.fetch(`/probe?target=${target}`);
      const text = await response.text();
      assert(/^pgrepl_up\{instance="standby"\} 1$/m.test(text), text);
      assert(!text.includes('instance="primary"'), "only of the standby");
    }
    const after = (await exporter.scrape()).match(/^pgrepl_connects_total\{.*"standby".*\} (\d+)$/m)?.[1];
    assertEquals(after, before, "no session besides the kept one");
  },
});
