import { assert, assertEquals, assertLess, assertStringIncludes } from "@std/assert";
import { startCluster } from "../../compose/lab/cluster.ts";
import { FROM_SOURCE, ServeProcess } from "../serve_process.ts";
import { bareEnvironment } from "./canary_runs.ts";
import { runCommand } from "./command.ts";
import { Page } from "./page_values.ts";
import { type Cluster, DEBIAN_15, isInstalled, reasonToSkip, until, untilHolds } from "./support.ts";
import { watchCluster } from "./watching.ts";

const ignore = reasonToSkip() !== null || !isInstalled(DEBIAN_15);
const OPTIONS = { binaries: DEBIAN_15, directLinks: true, standbys: 2, load: 20 };

/** The exporter with only the first server named. */
function startExporter(cluster: Cluster, flags: readonly string[]): Promise<ServeProcess> {
  return ServeProcess.start(FROM_SOURCE, {
    args: [
      "--management.socket=none",
      "--collect.max-age=0s",
      "--collect.interval=1s",
      "--collect.deadline=30s",
      `--server=primary=${cluster.server("primary").dsn({ withoutPassword: true })}`,
      "--discover-standbys",
      ...flags,
    ],
    env: bareEnvironment({ PGPASSWORD: cluster.passwords.monitor }),
  });
}

/** One postmaster at a time, each server once, under the same names, with everything known of it. */
async function assertFollowed(
  exporter: ServeProcess,
  { primary, upstreams }: { readonly primary: string; readonly upstreams: Readonly<Record<string, string>> },
): Promise<void> {
  await untilHolds(`all to be followed, ${primary} as the primary`, async () => {
    const page = new Page(await exporter.scrape());
    const of = (name: string) => page.samples(name);
    const names = [primary, ...Object.keys(upstreams)].sort();
    assertEquals(
      of("pgrepl_up").map(({ labels, value }) => [labels["instance"], value]).sort(),
      names.map((name) => [name, 1]),
    );
    assertEquals(of("pgrepl_cluster_primaries").map(({ value }) => value), [1]);
    assertEquals(page.value("pgrepl_role", { instance: primary, role: "primary" }), 1);
    const edges = of("pgrepl_cluster_edge").map(({ labels }) => [labels["downstream"], labels["upstream"]]);
    assertEquals(Object.fromEntries(edges), upstreams);
    for (const name of Object.keys(upstreams)) {
      assertLess(page.value("pgrepl_standby_lag_seconds", { instance: name }) ?? Infinity, 2, name);
      const response = await fetch(`${exporter.url}/servers/${name}/replica?max_lag=5s`);
      await response.body?.cancel();
      assertEquals(response.status, 200, name);
    }
    assertEquals(of("pgrepl_finding").filter(({ labels }) => labels["severity"] === "critical"), []);
  });
}

/** `standby` becomes the primary; the old one and `standby2` follow. */
async function switchOver(cluster: Cluster): Promise<void> {
  await cluster.server("primary").stop();
  await cluster.faults.promote("standby");
  await cluster.faults.repoint("standby2", "standby");
  await cluster.faults.rebuild("primary");
  await cluster.untilStreaming();
}

Deno.test(
  { name: "discovery on one host, over a switchover and a restart of the exporter", ignore },
  async () => {
    await using cluster = await startCluster(OPTIONS);
    const flags = cluster.standbys.map(({ port }) => `--discover-port=${port}`);
    const before = { primary: "primary", upstreams: { standby: "primary", standby2: "primary" } };
    const after = { primary: "standby", upstreams: { primary: "standby", standby2: "standby" } };
    {
      await using exporter = await startExporter(cluster, flags);
      await assertFollowed(exporter, before);
      await switchOver(cluster);
      await assertFollowed(exporter, after);
    }
    await using exporter = await startExporter(cluster, flags);
    await assertFollowed(exporter, after);
    // The named server is a standby: everything else is found from it.
    const { stdout } = await runCommand(
      cluster,
      ["report", "--json", "--sample=2s", "--discover-standbys", ...flags],
      { only: ["primary"] },
    );
    const report: {
      readonly clusters: readonly { readonly servers: readonly { readonly name: string }[] }[];
    } = JSON.parse(stdout);
    assertEquals(report.clusters.map(({ servers }) => servers.map(({ name }) => name).sort()), [
      ["primary", "standby", "standby2"],
    ]);
  },
);

Deno.test({ name: "discovery finds a cascade from its last standby", ignore }, async () => {
  await using cluster = await startCluster({ ...OPTIONS, cascade: true });
  await using exporter = await ServeProcess.start(FROM_SOURCE, {
    args: [
      "--management.socket=none",
      "--collect.max-age=0s",
      "--collect.interval=1s",
      "--collect.deadline=30s",
      `--server=last=${cluster.server("standby2").dsn({ withoutPassword: true })}`,
      "--discover-standbys",
    ],
    env: bareEnvironment({ PGPASSWORD: cluster.passwords.monitor }),
  });
  await untilHolds("both upstreams to be found", async () => {
    const page = new Page(await exporter.scrape());
    const edges = page.samples("pgrepl_cluster_edge").map(({ labels }) =>
      `${labels["upstream"]} > ${labels["downstream"]}`
    );
    assertEquals(edges.sort(), ["primary > standby", "standby > last"]);
    assertLess(page.value("pgrepl_standby_lag_seconds", { instance: "last" }) ?? Infinity, 2);
  });
});

Deno.test(
  { name: "the name of a server is picked out of its primary_conninfo, and no secret", ignore },
  async () => {
    await using cluster = await startCluster({ binaries: DEBIAN_15, standbys: 0 });
    const { primary } = cluster;
    const cases: readonly (readonly [conninfo: string, name: string | null])[] = [
      ["host=a application_name=db2", "db2"],
      ["application_name = 'pg-2' host=a", "pg-2"],
      ["password='x application_name=s3cret' application_name=db2", "db2"],
      ["password='application_name=s3cret' host=a", null],
      ["password=application_name=s3cret", null],
      ["password= application_name=s3cret", null],
      ["application_name=old application_name=new", "new"],
      [String.raw`password='it\'s application_name=s3cret' host=a`, null],
      ["postgresql://u:s3cret@a/?application_name=db2", null],
      ["", null],
    ];
    await using watching = watchCluster(cluster, { collect: { maxAgeSeconds: 0 } });
    for (const [conninfo, name] of cases) {
      await primary.set("primary_conninfo", conninfo);
      await until(
        "the setting",
        async () => (await primary.text("SELECT current_setting('primary_conninfo')") ?? "") === conninfo,
      );
      await watching.service.scrape();
      const facts = watching.service.view({ maxAgeSeconds: 0 })?.servers[0]?.facts;
      assertEquals(facts?.settings?.[0]?.standbyName ?? null, name, conninfo);
    }
  },
);

Deno.test(
  { name: "discovery finds an upstream over a socket, and of several hosts the one in use", ignore },
  async () => {
    await using cluster = await startCluster({ ...OPTIONS, standbys: 1 });
    const { primary } = cluster;
    const standby = cluster.server("standby");
    const login =
      `port=${primary.port} user=replicator password=${cluster.passwords.replicator} application_name=standby`;
    const sockets = (await primary.text("SHOW unix_socket_directories"))?.split(",")[0]?.trim() ?? "";
    for (const host of ["127.0.0.1,127.0.0.2", ...sockets === "" ? [] : [sockets]]) {
      await standby.set("primary_conninfo", `host=${host} ${login}`);
      const from = host.split(",")[0] ?? "";
      await until(
        `it to stream from ${host}`,
        async () =>
          await standby.text("SELECT sender_host FROM pg_stat_wal_receiver WHERE status = 'streaming'") ===
            from,
      );
      await using watching = watchCluster(cluster, { only: ["standby"], discovery: {} });
      await until(`${host} to be found`, () =>
        watching.service.view()?.clusters[0]?.primary === "primary" &&
        watching.service.view()?.servers.length === 2);
    }
  },
);

Deno.test({ name: "what discovery cannot reach is told, and unknown is not fine", ignore }, async (t) => {
  await using cluster = await startCluster({ ...OPTIONS, standbys: 2 });
  const doctor = async (only: string, ...flags: string[]) =>
    (await runCommand(cluster, ["doctor", "--sample=1s", ...flags], { only: [only] })).stdout;
  const fine = (stdout: string) => /\nFINE\n(?<names>[\s\S]*?)\n\n/.exec(stdout)?.groups?.["names"] ?? "";

  await t.step("standbys on the host of the primary, whose ports nobody named", async () => {
    const stdout = await doctor("primary", "--discover-standbys");
    assertStringIncludes(stdout, '"standby", "standby2" of "primary" cannot be watched');
    assertStringIncludes(stdout.replaceAll(/\s+/g, " "), "Its port is unknown");
    assertStringIncludes(stdout, "--discover-port");
  });
  await t.step("a standby alone, without discovery", async () => {
    const stdout = await doctor("standby");
    assertStringIncludes(stdout.replaceAll(/\s+/g, " "), "the primary is unknown");
    for (const check of ["no_primary", "few_standbys"]) assert(!fine(stdout).includes(check), stdout);
  });
  await t.step("an upstream that rejects the login", async () => {
    const hba = `${cluster.primary.dataDir}/pg_hba.conf`;
    const rules = await Deno.readTextFile(hba);
    await Deno.writeTextFile(hba, `host all monitor all reject\n${rules}`);
    await cluster.primary.sql("SELECT pg_reload_conf()");
    const stdout = await doctor("standby", "--discover-standbys");
    assertStringIncludes(stdout, 'The upstream of "standby" cannot be watched');
    assertStringIncludes(stdout.replaceAll(/\s+/g, " "), "pg_hba.conf");
    for (const check of ["no_primary", "few_standbys"]) assert(!fine(stdout).includes(check), stdout);
    await Deno.writeTextFile(hba, rules);
    await cluster.primary.sql("SELECT pg_reload_conf()");
    await until(
      "it to be watched again",
      async () => (await doctor("standby", "--discover-standbys")).includes("The upstream of") === false,
    );
  });
});
