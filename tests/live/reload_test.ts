import { assert, assertEquals, assertGreater, assertMatch, assertStringIncludes } from "@std/assert";
import { startCluster } from "../../compose/lab/cluster.ts";
import { FROM_SOURCE, ServeProcess } from "../serve_process.ts";
import { ExporterFiles, serversYaml } from "./exporter_files.ts";
import { reasonToSkip, until, untilHolds } from "./support.ts";

const ignore = reasonToSkip() !== null;
// A busy machine must not make a server look down.
const FAST = "collect:\n  interval: 1s\n  deadline: 30s\n";

/** The value of a sample in a scrape; `undefined` when there is none. */
function valueOn(page: string, series: string): number | undefined {
  const line = page.split("\n").find((each) => each.startsWith(`${series} `));
  return line === undefined ? undefined : Number(line.slice(series.length + 1));
}

async function reload(url: string): Promise<{ readonly status: number; readonly body: string }> {
  const response = await fetch(`${url}/-/reload`, { method: "POST" });
  return { status: response.status, body: await response.text() };
}

async function starting(config: string): Promise<ServeProcess> {
  return await ServeProcess.start(FROM_SOURCE, {
    args: [
      `--config.file=${config}`,
      "--management.socket=none",
      "--web.enable-management",
      "--web.allow-plain-management",
    ],
  });
}

Deno.test({ name: "a reload under load drops no scrape and no session", ignore }, async () => {
  await using cluster = await startCluster({ standbys: 2, load: 10 });
  await using files = await ExporterFiles.open();
  const [primary, standby, third] = cluster.servers.map(({ name }) => name);
  assert(primary !== undefined && standby !== undefined && third !== undefined);
  const both = [primary, standby];
  const config = await files.write("exporter.yml", FAST + serversYaml(cluster, both));
  await using exporter = await starting(config);
  const connects = (page: string, name: string) => valueOn(page, `pgrepl_connects_total{instance="${name}"}`);
  await until("both servers to be up", async () => {
    const page = await exporter.scrape();
    return both.every((name) => valueOn(page, `pgrepl_up{instance="${name}"}`) === 1);
  });
  const closed = `host=127.0.0.1 port=1 user=nobody`;
  const variants = [
    FAST + serversYaml(cluster, [...both, third]),
    `${FAST}${serversYaml(cluster, both)}  - name: unreachable\n    dsn: ${closed}\n`,
    FAST + serversYaml(cluster, both).replace("servers:", "serverz:"),
    `health:\n  warning_bytes: 2MiB\n${FAST}${serversYaml(cluster, both)}`,
  ];
  let [scrapes, reloads, isOver] = [0, 0, false];
  const failures: string[] = [];
  const scraping = Array.from({ length: 4 }, async () => {
    while (!isOver) {
      const response = await exporter.fetch("/metrics");
      const page = await response.text();
      scrapes++;
      if (response.status !== 200) failures.push(`${response.status} ${page}`);
      // Every scrape is of one configuration, and always contains the servers that never change.
      for (const name of both) {
        if (valueOn(page, `pgrepl_up{instance="${name}"}`) !== 1) failures.push(`${name} is missing`);
      }
    }
  });
  try {
    while (reloads < 24 || scrapes < 1000) {
      await files.write("exporter.yml", variants[reloads % variants.length] ?? "");
      const { status } = await reload(exporter.url);
      if (status !== (reloads % variants.length === 2 ? 422 : 200)) {
        failures.push(`reload ${reloads}: ${status}`);
      }
      reloads++;
    }
  } finally {
    isOver = true;
    await Promise.all(scraping);
  }
  assertEquals(failures.slice(0, 5), []);
  assertGreater(scrapes, 999);
  const page = await exporter.scrape();
  assertEquals(both.map((name) => connects(page, name)), [1, 1]);
  const { code } = await exporter.stop();
  assertEquals(code, 0);
});

Deno.test({ name: "a reload changes only what has changed", ignore }, async (t) => {
  await using cluster = await startCluster({ standbys: 2 });
  await using files = await ExporterFiles.open();
  const [primary = "", standby = "", third = ""] = cluster.servers.map(({ name }) => name);
  const write = (text: string) => files.write("exporter.yml", text);
  const config = await write(FAST + serversYaml(cluster, [primary, standby]));
  await using exporter = await starting(config);
  const up = (page: string, name: string) => valueOn(page, `pgrepl_up{instance="${name}"}`);
  await until("both servers to be up", async () => {
    const page = await exporter.scrape();
    return up(page, primary) === 1 && up(page, standby) === 1;
  });

  await t.step("an invalid file changes nothing, and every problem is in the response", async () => {
    await write(FAST + serversYaml(cluster, [primary]) + "colect:\n  interval: 2s\nlog:\n  level: loud\n");
    const { status, body } = await reload(exporter.url);
    assertEquals(status, 422);
    const { successful, problems } = JSON.parse(body);
    assertEquals([successful, problems.length], [false, 2]);
    assertMatch(problems.join("\n"), /exporter\.yml:\d+:\d+.*colect/);
    assertEquals(body.includes(cluster.passwords.monitor), false);
    const page = await exporter.scrape();
    assertEquals(valueOn(page, "pgrepl_config_last_reload_successful"), 0);
    assertEquals([up(page, primary), up(page, standby)], [1, 1]);
  });

  await t.step("SIGHUP loads a valid file with one more server", async () => {
    const before = valueOn(await exporter.scrape(), "pgrepl_config_last_reload_success_timestamp_seconds") ??
      0;
    await write(FAST + serversYaml(cluster, [primary, standby, third]));
    exporter.signal("SIGHUP");
    await untilHolds("the third server to be watched, as the reload wanted", async () => {
      const page = await exporter.scrape();
      assertEquals(up(page, third), 1);
      assertEquals(valueOn(page, "pgrepl_config_last_reload_successful"), 1);
      assertGreater(valueOn(page, "pgrepl_config_last_reload_success_timestamp_seconds") ?? 0, before);
    });
  });

  await t.step(
    "the lag of a standby goes on when its server is reached in another way",
    async () => {
      await cluster.faults.pauseReplay(cluster.server(standby));
      await cluster.server(primary).sql("SELECT pg_logical_emit_message(true, 'test', 'x')").catch(() => {});
      const lag = async () =>
        valueOn(await exporter.scrape(), `pg_replication_lag_seconds{instance="${standby}"}`) ?? 0;
      await until("the standby to lag", async () => await lag() > 2);
      const before = await lag();
      const yaml = FAST + serversYaml(cluster, [primary, standby, third]);
      await write(yaml.replaceAll("127.0.0.1", "localhost"));
      const { status, body } = await reload(exporter.url);
      assertEquals(status, 200, body);
      assertEquals(
        JSON.parse(body).changes,
        [primary, standby, third].map((name) => `server "${name}" changed`),
      );
      assertGreater(await lag(), before);
      await cluster.faults.resumeReplay(cluster.server(standby));
    },
  );

  await t.step("a removed server is gone", async () => {
    await write(FAST + serversYaml(cluster, [primary, standby]));
    assertEquals((await reload(exporter.url)).status, 200);
    const page = await exporter.scrape();
    // It still streams, so its upstream still reports it.
    assertEquals(up(page, third), undefined);
    assertEquals(page.includes(`pgrepl_collector_success{instance="${third}"`), false);
  });

  await t.step("collectors, thresholds and intervals take effect; addresses need a restart", async () => {
    await write(
      `collect:\n  interval: 2s\n  deadline: 30s\ncollector:\n  slots: false\nhealth:\n  warning_bytes: 3MiB\nlog:\n  level: debug\n` +
        `web:\n  listen_address: ["127.0.0.1:1"]\n${serversYaml(cluster, [primary, standby])}`,
    );
    const { status, body } = await reload(exporter.url);
    assertEquals(status, 200, body);
    const { changes } = JSON.parse(body);
    for (const part of ["collect", "collectors", "health", "log"]) {
      assertStringIncludes(changes.join(), `${part} changed`);
    }
    await until(
      "slots to be off the page",
      async () => !(await exporter.scrape()).includes("pgrepl_slot_active"),
    );
  });

  await t.step("concurrent reloads run one after the other", async () => {
    const answers = await Promise.all(Array.from({ length: 20 }, () => reload(exporter.url)));
    assertEquals(answers.map(({ status }) => status), answers.map(() => 200));
  });

  assertEquals((await exporter.stop()).code, 0);
  const log = await exporter.log();
  assertStringIncludes(log, "The new configuration cannot be used; the previous one stays in effect");
  assertStringIncludes(log, "by=SIGHUP");
  assertEquals(log.includes(cluster.passwords.monitor), false);
});
