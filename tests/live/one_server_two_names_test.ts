import { assert, assertEquals, assertLess } from "@std/assert";
import { startCluster } from "../../compose/lab/cluster.ts";
import { Proxy } from "../../compose/lab/proxy.ts";
import type { View } from "../../src/domain/view.ts";
import { readReport } from "../../src/report/read_report.ts";
import { serverIn, strandedIn } from "../cluster/view.ts";
import { FakeClock } from "../fixtures/fake_clock.ts";
import { FROM_SOURCE, ServeProcess } from "../serve_process.ts";
import { bareEnvironment } from "./canary_runs.ts";
import { Page } from "./page_values.ts";
import { type Cluster, inTime, reasonToSkip, type Server, untilHolds } from "./support.ts";
import { valueOf, watchCluster, type Watching } from "./watching.ts";

const ignore = reasonToSkip() !== null;
/** Of which nothing is to be found. */
const SAFE = { fsync: "on", full_page_writes: "on", max_connections: "100", max_slot_wal_keep_size: "1GB" };

/** A virtual address: one port that leads to a server, and to another after it was moved. */
class VirtualAddress implements AsyncDisposable {
  readonly #proxy: Proxy;
  #leadsTo: Server;

  constructor(leadsTo: Server) {
    this.#leadsTo = leadsTo;
    this.#proxy = new Proxy(() => this.#leadsTo.port);
  }

  get port(): number {
    return this.#proxy.port;
  }

  moveTo(server: Server): void {
    this.#leadsTo = server;
    this.#proxy.reset();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#proxy[Symbol.asyncDispose]();
  }
}

/** A second later by the test's clock: the view right after one collection of every server that may be tried. */
async function freshView({ service }: Watching, clock: FakeClock): Promise<View> {
  await clock.advance(1);
  await inTime("a scrape", service.scrape());
  const view = service.view();
  assert(view !== null, "every server has been tried");
  // At no reading is a server taken for two.
  const [cluster, ...others] = view.clusters;
  assertEquals(others, []);
  assertLess(cluster?.primaries.length ?? 0, 2);
  assertEquals([cluster?.servers.length, cluster?.expectedStandbys], [2, 1]);
  assertEquals([strandedIn(view), cluster?.strandedServers], [[], 0]);
  assertEquals(view.findings.filter(({ check }) => ["split_brain", "foreign_server"].includes(check)), []);
  return view;
}

/** What is known of the cluster: who is the primary, how many standbys are connected, how many failovers there were. */
function standingOf({ clusters: [cluster] }: View): readonly unknown[] {
  return [cluster?.primary, cluster?.primaries, cluster?.connectedStandbys, cluster?.failovers];
}

/** The findings; the test's clock is not that of the servers. */
function findingsOf({ findings }: View): readonly unknown[] {
  return findings.filter(({ check }) => check !== "clock_off");
}

/** What has happened to the cluster. */
function eventsOf({ events }: View): readonly string[] {
  return events.map(({ kind, server }) => `${kind} ${server}`)
    .filter((event) => /^(promoted|demoted|split_brain|stranded)/.test(event));
}

/** Each name with its role, whether it is up, and the server it is an alias of. */
function namesOf(view: View): readonly unknown[] {
  return view.servers.map(({ server, role, up, aliasOf }) => [server, role, up, aliasOf]);
}

Deno.test({ name: "one server under two names: a virtual address through failovers", ignore }, async (t) => {
  await using cluster = await startCluster({ standbys: 1, load: 20, settings: SAFE });
  const { primary } = cluster;
  const standby = cluster.server("standby");
  await using vip = new VirtualAddress(primary);
  const clock = new FakeClock();
  await using watching = watchCluster(cluster, {
    clock,
    also: { vip: vip.port },
    collect: { maxAgeSeconds: 0, intervalSeconds: 1 },
  });
  await inTime("the first scrape", watching.service.scrape());

  await t.step("is counted once, without a finding, and both names have their series", async () => {
    await untilHolds("all to be known", async () => {
      const view = await freshView(watching, clock);
      assertEquals(namesOf(view), [
        ["vip", "primary", true, null],
        ["primary", "primary", true, "vip"],
        ["standby", "standby", true, null],
      ]);
      assertEquals(standingOf(view), ["vip", ["vip"], 1, 0]);
      assertEquals(view.standbys.map(({ name, upstream }) => [name, upstream]), [["standby", "vip"]]);
      assertEquals(findingsOf(view), []);
      const families = await watching.service.scrape();
      for (const name of ["vip", "primary", "standby"]) {
        const labels = { instance: name };
        assertEquals(valueOf(families, "pgrepl_up", labels), 1, name);
        assertLess(valueOf(families, "pg_replication_lag_seconds", labels) ?? Infinity, 2, name);
        assertEquals(valueOf(families, "pgrepl_server_stranded", labels), 0, name);
      }
      assertEquals(valueOf(families, "pgrepl_rejected_samples"), 0);
    });
  });

  /** Restarts the primary, which two names lead to. */
  const restart = async () => {
    const before = await freshView(watching, clock);
    await cluster.faults.restart(cluster.primary);
    await untilHolds("both names to be up again", async () => {
      const view = await freshView(watching, clock);
      assertEquals(namesOf(view), namesOf(before));
      assertEquals(standingOf(view), standingOf(before));
      assertEquals(eventsOf(view), eventsOf(before));
    });
  };

  await t.step("a restart is not a second server", restart);

  await t.step("a failover is one: the name that moved with it is no second primary", async () => {
    await cluster.faults.stop(primary);
    await untilHolds("both of its names to be down", async () => {
      const view = await freshView(watching, clock);
      assertEquals(view.servers.map(({ up }) => up), [false, false, true]);
      assertEquals(standingOf(view), ["vip", [], 0, 0]);
    });
    await cluster.faults.promote(standby);
    await untilHolds("the promotion to be known", async () => {
      assertEquals(standingOf(await freshView(watching, clock)), ["standby", ["standby"], 0, 1]);
    });
    vip.moveTo(standby);
    await untilHolds("the address to lead to the new primary", async () => {
      const view = await freshView(watching, clock);
      assertEquals(namesOf(view), [
        ["vip", "primary", true, "standby"],
        ["primary", "primary", false, null],
        ["standby", "primary", true, null],
      ]);
      assertEquals(standingOf(view), ["standby", ["standby"], 0, 1]);
    });
  });

  await t.step("the old primary returns as a standby", async () => {
    await cluster.faults.rebuild(primary);
    await untilHolds("it to be followed", async () => {
      const view = await freshView(watching, clock);
      assertEquals(namesOf(view), [
        ["vip", "primary", true, "standby"],
        ["primary", "standby", true, null],
        ["standby", "primary", true, null],
      ]);
      assertEquals(standingOf(view), ["standby", ["standby"], 1, 1]);
      assertLess(serverIn(view, "primary").lag?.seconds ?? Infinity, 2);
      assertEquals(findingsOf(view), []);
    });
  });

  await t.step("a second failover, with the address moved before the promotion was read", async () => {
    await cluster.faults.stop(standby);
    await untilHolds("both names of the primary to be down", async () => {
      const view = await freshView(watching, clock);
      assertEquals(view.servers.map(({ up }) => up), [false, true, false]);
      assertEquals(standingOf(view).slice(1), [[], 0, 1]);
    });
    await cluster.faults.promote(primary);
    vip.moveTo(primary);
    await untilHolds("the address to lead back", async () => {
      const view = await freshView(watching, clock);
      assertEquals(namesOf(view), [
        ["vip", "primary", true, "primary"],
        ["primary", "primary", true, null],
        ["standby", "primary", false, null],
      ]);
      assertEquals(standingOf(view), ["primary", ["primary"], 0, 2]);
      assertEquals(eventsOf(view), ["promoted standby", "demoted primary", "promoted primary"]);
    });
  });

  await t.step("a restart behind an address that has moved is none either", restart);
});

/** The environment of an exporter whose `PRIMARY_HOST` is the virtual address and whose `STANDBY_HOST` names the nodes. */
function classicEnvironment(cluster: Cluster, vip: VirtualAddress): Readonly<Record<string, string>> {
  return bareEnvironment({
    PRIMARY_HOST: "127.0.0.1",
    PRIMARY_PORT: String(vip.port),
    STANDBY_HOST: cluster.servers.map(() => "127.0.0.1").join(),
    STANDBY_PORT: cluster.servers.map(({ port }) => port).join(),
    POSTGRES_USER: "monitor",
    POSTGRES_PASSWORD: cluster.passwords.monitor,
    POSTGRES_DB: "postgres",
  });
}

Deno.test({
  name: "PRIMARY_HOST is a virtual address, STANDBY_HOST names the nodes: a failover",
  ignore,
  async fn() {
    await using cluster = await startCluster({ standbys: 1, load: 20, settings: SAFE });
    const [first, second] = [cluster.primary, cluster.server("standby")];
    await using vip = new VirtualAddress(first);
    await using exporter = await ServeProcess.start(FROM_SOURCE, {
      args: [
        "--management.socket=none",
        "--collect.max-age=0s",
        "--collect.interval=1s",
        "--collect.deadline=30s",
      ],
      env: classicEnvironment(cluster, vip),
    });
    /** A reading: at none is a server taken for two. */
    const read = async () => {
      const page = new Page(await exporter.scrape());
      for (
        const name of [
          "pgrepl_cluster_split_brain",
          "pgrepl_server_stranded",
          "pgrepl_cluster_stranded_servers",
        ]
      ) {
        for (const { labels, value } of page.samples(name)) {
          assertEquals([name, labels, value], [name, labels, 0]);
        }
      }
      assertLess(page.value("pgrepl_cluster_failovers_total") ?? 0, 2);
      return page;
    };
    const COUNTS = [
      "pgrepl_cluster_primaries",
      "pgrepl_cluster_expected_standbys",
      "pgrepl_cluster_connected_standbys",
    ];
    const readAliases = async () => {
      const report = readReport(await (await exporter.fetch("/api/v1/report")).text());
      return report.clusters.flatMap(({ servers }) => servers.map(({ name, alias_of }) => [name, alias_of]));
    };
    // The names are primary (the address), standby (the first node) and standby2 (the second).
    await untilHolds("two servers to be known under three names", async () => {
      const page = await read();
      assertEquals(page.values(COUNTS), [1, 1, 1]);
      assertEquals(page.samples("pgrepl_up").map(({ value }) => value), [1, 1, 1]);
      assertEquals(
        page.samples("pg_replication_lag_seconds").map(({ labels: { instance } }) => instance).toSorted(),
        ["primary", "standby", "standby2"],
      );
      assertEquals(page.findings, []);
      assertEquals(await readAliases(), [["primary", null], ["standby", "primary"], ["standby2", null]]);
      for (const [path, status] of [["primary", 200], ["standby", 200], ["standby2", 503]] as const) {
        const response = await exporter.fetch(`/servers/${path}/primary`);
        assertEquals([path, response.status], [path, status], await response.text());
      }
    });

    let isOver = false;
    const failures: unknown[] = [];
    const reading = (async () => {
      while (!isOver) await read().catch((error) => failures.push(error));
    })();
    try {
      await cluster.faults.stop(first);
      await cluster.faults.promote(second);
      vip.moveTo(second);
      await untilHolds("the address to be the new primary", async () => {
        const page = await read();
        assertEquals(page.values([...COUNTS, "pgrepl_cluster_failovers_total"]), [1, 1, 0, 1]);
        const isPrimary = (instance: string) => page.value("pgrepl_role", { instance, role: "primary" });
        assertEquals(["primary", "standby", "standby2"].map(isPrimary), [1, null, 1]);
        for (const name of ["primary", "standby2"]) {
          const response = await exporter.fetch(`/servers/${name}/primary`);
          assertEquals([name, response.status], [name, 200], await response.text());
        }
      });
      await cluster.faults.rebuild(first);
      await untilHolds("the first node to follow the second", async () => {
        const page = await read();
        assertEquals(page.values([...COUNTS, "pgrepl_cluster_failovers_total"]), [1, 1, 1, 1]);
        assertLess(page.value("pgrepl_standby_lag_seconds", { instance: "standby" }) ?? Infinity, 2);
        assertEquals(page.findings, []);
        assertEquals(await readAliases(), [["primary", "standby2"], ["standby", null], ["standby2", null]]);
      });
    } finally {
      isOver = true;
      await reading;
    }
    assertEquals(failures, []);
  },
});
