import { assert, assertEquals, assertGreater, assertMatch, assertStringIncludes } from "@std/assert";
import { startCluster } from "../../compose/lab/cluster.ts";
import { WriteLoad } from "../../compose/lab/load.ts";
import { FROM_SOURCE, ServeProcess } from "../serve_process.ts";
import { programFor } from "./canary_runs.ts";
import { runCommand } from "./command.ts";
import { ExporterFiles } from "./exporter_files.ts";
import { assertTrueLag, makeLag, now, type Onset, PROBE_VIEW_SECONDS } from "./lag_truth.ts";
import { Page } from "./page_values.ts";
import { restoreCopy } from "./restored_copy.ts";
import { type Cluster, reasonToSkip, type Server, until, untilHolds } from "./support.ts";

const ignore = reasonToSkip() !== null;
/** Of which nothing is to be found. */
const SAFE = { fsync: "on", full_page_writes: "on", max_connections: "100", max_slot_wal_keep_size: "1GB" };
/** Every scrape collects again, however long that takes on a busy machine. */
const FRESH = ["--collect.max-age=0s", "--collect.deadline=30s", "--collect.interval=1s"];
/** A lag is looked at when it is longer than this, seconds: one that is measured against the copy would not be. */
const LONG_SECONDS = 2;
/** Scrapes this close together share one answer, seconds. */
const SHARED_ANSWER_SECONDS = 0.1;
/** Families of a cluster. */
const CLUSTER = [
  "pgrepl_cluster_primaries",
  "pgrepl_cluster_split_brain",
  "pgrepl_cluster_stranded_servers",
  "pgrepl_cluster_failovers_total",
  "pgrepl_cluster_connected_standbys",
];

/** What of the JSON of `doctor` this test looks at. */
interface Said {
  readonly status: string;
  readonly findings: readonly {
    readonly check: string;
    readonly severity: string;
    readonly summary: string;
    readonly evidence: string;
    readonly advice: string;
  }[];
}

/** The servers as a configuration file names them. */
function configOf(
  servers: Readonly<Record<string, Server>>,
  clusters: Readonly<Record<string, readonly string[]>>,
): string {
  const list = (names: readonly string[]) =>
    names.map((name) => `      - { name: ${name}, dsn: ${JSON.stringify(servers[name]?.dsn())} }\n`).join("");
  return "clusters:\n" +
    Object.entries(clusters).map(([name, names]) => `  - name: ${name}\n    servers:\n${list(names)}`).join(
      "",
    );
}

/** A production of a primary and a standby, and a copy of it; both are written to. */
async function withProductionAndCopy(
  promotions: number,
  body: (cluster: Cluster, servers: Readonly<Record<"prod1" | "prod2" | "stage1", Server>>) => Promise<void>,
): Promise<void> {
  await using cluster = await startCluster({ standbys: 1, load: 20, settings: SAFE });
  const stage1 = await restoreCopy(cluster, "stage1", { promotions });
  await using _load = new WriteLoad(stage1, 20);
  await body(cluster, { prod1: cluster.primary, prod2: cluster.server("standby"), stage1 });
}

Deno.test({ name: "a copy of production, configured as a cluster of its own or not", ignore }, async (t) => {
  await withProductionAndCopy(1, async (cluster, servers) => {
    await using files = await ExporterFiles.open();
    const names = { prod: ["prod1", "prod2"], staging: ["stage1"] };
    const config = await files.write("exporter.yml", configOf(servers, names));
    const program = programFor(files.directory);
    const start = () =>
      ServeProcess.start(program, {
        args: [
          `--config.file=${config}`,
          `--state.file=${files.path("state.json")}`,
          "--management.socket=none",
          ...FRESH,
        ],
      });
    const command = (...args: readonly string[]) =>
      runCommand(cluster, [...args, `--config.file=${config}`], { only: [] });

    await t.step("doctor: the two share their origin, which is worth knowing and no more", async () => {
      await untilHolds("all to be well", async () => {
        const { code, stdout } = await command("doctor", "--json", "--sample=1s");
        const said: Said = JSON.parse(stdout);
        assertEquals(said.findings.filter(({ severity }) => severity !== "info"), []);
        assertEquals([code, said.status], [0, "ok"]);
        const origin = said.findings.find(({ check }) => check === "shared_origin");
        assertEquals(origin?.summary, 'The clusters "prod" and "staging" share their origin');
        assertStringIncludes(origin?.evidence ?? "", '"prod" with prod1, prod2');
      });
    });

    await t.step("preflight of a standby of production does not know the copy", async () => {
      await untilHolds("a verdict", async () => {
        const { code, stdout } = await command("preflight", "prod2", "--sample=1s", "--json");
        // Alone beside its primary, it would have no standby for a while.
        assertEquals([code, stdout.includes("stage1")], [1, false], stdout);
        const { verdict, kind, primary } = JSON.parse(stdout);
        assertEquals([verdict, kind, primary], ["go_with_warnings", "switchover", "prod1"]);
      });
    });

    /** Nobody is taken for a second primary, nobody is out of routing. */
    const assertTwoClusters = async (exporter: ServeProcess) => {
      const page = new Page(await exporter.scrape());
      assertEquals(page.values(CLUSTER, { cluster: "prod" }), [1, 0, 0, 0, 1]);
      assertEquals(page.values(CLUSTER, { cluster: "staging" }), [1, 0, 0, 0, 0]);
      assertEquals(
        ["prod", "staging"].map((name) => page.value("pgrepl_cluster_expected_standbys", { cluster: name })),
        [1, 0],
      );
      assertEquals(page.samples("pgrepl_server_stranded").map(({ value }) => value), [0, 0, 0]);
      assertEquals(
        page.samples("pgrepl_cluster_edge").map((
          { labels: { upstream, downstream } },
        ) => [upstream, downstream]),
        [["prod1", "prod2"]],
      );
      assertEquals(page.findings, ["shared_origin info"]);
      for (const path of ["prod1/primary", "stage1/primary", "prod2/replica", "prod2/read"]) {
        const response = await exporter.fetch(`/servers/${path}`);
        assertEquals([path, response.status], [path, 200], await response.text());
      }
      const response = await exporter.fetch("/api/v1/report");
      const { clusters } = await response.json();
      assertEquals(
        clusters.map(({ name, primary, primaries }: Record<string, unknown>) => [
          name,
          primary instanceof Object && "name" in primary ? primary.name : null,
          primaries,
        ]),
        [["prod", "prod1", ["prod1"]], ["staging", "stage1", ["stage1"]]],
      );
    };
    const assertLag = async (exporter: ServeProcess, onset: Onset) => {
      const askedAt = now() - SHARED_ANSWER_SECONDS;
      const page = new Page(await exporter.scrape());
      const lag = page.value("pgrepl_standby_lag_seconds", { instance: "prod2" });
      assertGreater(lag ?? 0, LONG_SECONDS);
      assertTrueLag(onset, { lag, askedAt, answeredAt: now() });
      assertEquals(
        page.value("pg_replication_lag_seconds", { instance: "prod1" }) ?? 0,
        lag,
        "the slowest of prod1",
      );
    };

    let onset: Onset | null = null;
    await t.step("serve: two clusters, and the lag of the standby is true", async () => {
      await using exporter = await start();
      await untilHolds("both clusters to be well", () => assertTwoClusters(exporter));
      onset = await makeLag(cluster, {
        standby: servers.prod2,
        stop: () => cluster.faults.pauseReplay(servers.prod2),
        readPrimary: () => exporter.scrape(),
      });
      const since = onset;
      await untilHolds("the true lag", () => assertLag(exporter, since));
      assertEquals((await exporter.stop()).code, 0);
    });

    await t.step("the same after a restart of the exporter: the lag goes on", async () => {
      await using exporter = await start();
      const since = onset;
      assert(since !== null, "the step before has made it lag");
      await untilHolds("the true lag", () => assertLag(exporter, since));
      await cluster.faults.resumeReplay(servers.prod2);
      await untilHolds("both clusters to be well again", () => assertTwoClusters(exporter));
    });

    await t.step(
      "without cluster names: a split brain, whose advice says what to write if it is a copy",
      async () => {
        const { code, stdout } = await runCommand(cluster, ["doctor", "--json", "--sample=1s"]);
        const said: Said = JSON.parse(stdout);
        const split = said.findings.find(({ check }) => check === "split_brain");
        assertEquals([code, said.status, split?.severity], [2, "critical", "critical"]);
        assertMatch(split?.summary ?? "", /primary, stage1/);
        assertMatch(
          split?.advice ?? "",
          /^If one of them is a copy .*clusters: \[\{name: production, servers: .*\/probe\?cluster=/,
        );
      },
    );

    await t.step("a split brain within production is found, and takes nothing from the copy", async () => {
      await using exporter = await start();
      await untilHolds("both clusters to be well", () => assertTwoClusters(exporter));
      await cluster.faults.promote(servers.prod2);
      await untilHolds("the split brain to be known", async () => {
        const page = new Page(await exporter.scrape());
        assertEquals(page.values(CLUSTER.slice(0, 4), { cluster: "prod" }), [2, 1, 1, 1]);
        assertEquals(page.values(CLUSTER.slice(0, 4), { cluster: "staging" }), [1, 0, 0, 0]);
        assert(page.findings.includes("split_brain critical"), page.findings.join());
        for (const [path, status] of [["prod1", 503], ["prod2", 200], ["stage1", 200]] as const) {
          const response = await exporter.fetch(`/servers/${path}/primary`);
          assertEquals([path, response.status], [path, status], await response.text());
        }
      });
    });
  });
});

Deno.test({ name: "/probe of a copy of production, with and without a cluster name", ignore }, async (t) => {
  // The copy is ahead by two timelines, so that it does not share one with a standby that is promoted later.
  await withProductionAndCopy(2, async (cluster, servers) => {
    await using files = await ExporterFiles.open();
    const login = `{ user: monitor, password: ${cluster.passwords.monitor}, dbname: postgres }`;
    const config = await files.write(
      "exporter.yml",
      `probe:\n  modules:\n    default: ${login}\n    named: ${login}\n  allowed_targets: [127.0.0.0/8]\n`,
    );
    const start = () =>
      ServeProcess.start(FROM_SOURCE, {
        args: [`--config.file=${config}`, "--management.socket=none", ...FRESH],
      });
    const clusterOf = { prod1: "prod", prod2: "prod", stage1: "staging" };
    type Name = keyof typeof clusterOf;
    /** Probes a server; every reading is kept, as none may ever take one for what it is not. */
    const readings: Page[] = [];
    const probe = async (exporter: ServeProcess, name: Name, { named }: { readonly named: boolean }) => {
      const more = named ? `&auth_module=named&cluster=${clusterOf[name]}` : "";
      const response = await exporter.fetch(`/probe?target=127.0.0.1:${servers[name].port}${more}`);
      const text = await response.text();
      assertEquals(response.status, 200, text);
      const page = new Page(text);
      readings.push(page);
      return page;
    };
    /** Probes all, the copy first: the order in which servers come must not matter. */
    const probeAll = async (exporter: ServeProcess, how: { readonly named: boolean }) => ({
      stage1: await probe(exporter, "stage1", how),
      prod1: await probe(exporter, "prod1", how),
      prod2: await probe(exporter, "prod2", how),
    });
    const assertTwoClusters = async (exporter: ServeProcess, { named }: { readonly named: boolean }) => {
      const pages = await probeAll(exporter, { named });
      assertEquals(pages.prod1.values(CLUSTER), [1, 0, 0, 0, 1]);
      assertEquals(pages.stage1.values(CLUSTER), [1, 0, 0, 0, 0]);
      for (const [name, page] of Object.entries(pages)) {
        assertEquals([name, page.value("pgrepl_server_stranded")], [name, 0]);
      }
      assertEquals(
        pages.prod1.samples("pgrepl_cluster_primaries").map(({ labels: { cluster = "" } }) => cluster),
        [named ? "prod" : ""],
      );
      assertEquals(
        pages.prod1.samples("pgrepl_cluster_edge").map((
          { labels: { upstream, downstream } },
        ) => [upstream, downstream]),
        [[`127.0.0.1:${servers.prod1.port}`, `127.0.0.1:${servers.prod2.port}`]],
      );
      assertEquals(pages.prod1.findings, [`shared_origin ${named ? "info" : "warning"}`]);
      assertEquals(pages.prod2.findings, []);
    };
    const assertNobodySplit = () => {
      for (const page of readings) {
        for (const name of [...CLUSTER.slice(1, 4), "pgrepl_server_stranded"]) {
          for (const { labels, value } of page.samples(name)) {
            assertEquals([name, labels, value], [name, labels, 0]);
          }
        }
      }
    };

    for (const named of [true, false]) {
      const how = named
        ? "each with its cluster name: two clusters"
        : "without: a warning, and nobody is split";
      await t.step(how, async () => {
        for (const _start of ["first", "again"]) {
          await using exporter = await start();
          await untilHolds("both clusters to be known", () => assertTwoClusters(exporter, { named }));
          const onset = await makeLag(cluster, {
            standby: servers.prod2,
            stop: () => cluster.faults.pauseReplay(servers.prod2),
            readPrimary: () => probe(exporter, "prod1", { named }),
          });
          await untilHolds("the true lag", async () => {
            const askedAt = now() - PROBE_VIEW_SECONDS;
            const page = await probe(exporter, "prod2", { named });
            const lag = page.value("pgrepl_standby_lag_seconds");
            assertGreater(lag ?? 0, LONG_SECONDS);
            assertTrueLag(onset, { lag, askedAt, answeredAt: now() });
            assertEquals(page.value("pgrepl_standby_lag_source", { source: "clock" }), 1);
          });
          await cluster.faults.resumeReplay(servers.prod2);
          await untilHolds("both clusters to be well again", () => assertTwoClusters(exporter, { named }));
        }
        assertNobodySplit();
      });
    }

    await t.step("a standby seen to follow production and promoted: that is a split brain", async () => {
      await using exporter = await start();
      for (const named of [true, false]) {
        await untilHolds("both clusters to be known", () => assertTwoClusters(exporter, { named }));
      }
      await cluster.faults.promote(servers.prod2);
      for (const named of [true, false]) {
        await until("the promotion to be seen", async () => {
          const page = await probe(exporter, "prod2", { named });
          return page.value("pgrepl_role", { role: "primary" }) === 1;
        });
        await untilHolds("the split brain to be known", async () => {
          const pages = await probeAll(exporter, { named });
          assertEquals(pages.prod1.values(CLUSTER.slice(0, 4)), [2, 1, 1, 1]);
          assertEquals(pages.stage1.values(CLUSTER.slice(0, 4)), [1, 0, 0, 0]);
          assert(pages.prod1.findings.includes("split_brain critical"), pages.prod1.findings.join());
          assertEquals(pages.stage1.findings, named ? ["shared_origin info"] : []);
        });
      }
    });
  });
});
