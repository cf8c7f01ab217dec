import { assert, assertEquals, assertGreater } from "@std/assert";
import { startCluster } from "../../compose/lab/cluster.ts";
import { compatFamilies } from "../../src/cluster/compat/compat.ts";
import { COMPAT_EXPORTERS } from "../../src/domain/compat.ts";
import { runWithInput } from "../exposition/programs.ts";
import { FROM_SOURCE, ServeProcess } from "../serve_process.ts";
import {
  labelsIn,
  OtherExporter,
  type OtherPage,
  readLoosely,
  WITHOUT_OTHER_EXPORTER,
} from "./other_exporter.ts";
import { Prometheus, WITHOUT_PROMETHEUS } from "./prometheus.ts";
import { DEBIAN_15, isInstalled, reasonToSkip, until, untilHolds } from "./support.ts";

const missing = WITHOUT_OTHER_EXPORTER || WITHOUT_PROMETHEUS;

/** The lag that their users configure, until their program has one of its own in 0.13: by its formula. */
const QUERIES = `
pg_replication:
  query: "SELECT CASE WHEN NOT pg_is_in_recovery() OR pg_last_wal_receive_lsn() = pg_last_wal_replay_lsn() THEN 0
    ELSE EXTRACT(EPOCH FROM now() - pg_last_xact_replay_timestamp()) END AS lag"
  metrics:
    - lag: { usage: "GAUGE", description: "Replication lag behind master in seconds" }
`;

/** Values that change while nothing happens, with the most by which two readings may differ. */
const MOVING: Readonly<Record<string, number>> = {
  pg_stat_replication_reply_time: 30,
  pg_stat_archiver_last_archive_age: 30,
};

/** How many names 0.11 has on each server: its statements about slots fail on a standby, and one feeds nobody. */
const SHARED: Readonly<Record<string, number>> = { primary: 10, standby: 8, standby2: 5 };

/** Values of a family of a page by labels, those named left out. */
function valuesOf(page: OtherPage, name: string, without: readonly string[]): ReadonlyMap<string, number> {
  return new Map(
    [...page.get(name)?.samples ?? []].map(([text, value]) => {
      const labels = Object.entries(labelsIn(text)).filter(([label]) => !without.includes(label)).sort();
      return [JSON.stringify(labels), value];
    }),
  );
}

/** The series of one of our servers. */
function pageOf(server: string, page: OtherPage): OtherPage {
  return new Map(
    [...page].map(([name, family]) => [name, {
      ...family,
      samples: new Map([...family.samples].filter(([text]) => labelsIn(text)["instance"] === server)),
    }]),
  );
}

Deno.test({
  name:
    `--compat: same series, types and values as postgres_exporter, and the truth when a link is cut${missing}`,
  ignore: missing !== "" || reasonToSkip() !== null,
  async fn(t) {
    await using cluster = await startCluster({
      standbys: 2,
      cascade: true,
      settings: {
        max_slot_wal_keep_size: "1GB",
        wal_level: "logical",
        archive_mode: "on",
        archive_command: "true",
      },
      ...isInstalled(DEBIAN_15) ? { binaries: DEBIAN_15 } : { major: 15 },
    });
    await cluster.primary.sql("SELECT pg_create_physical_replication_slot('idle', true)");
    await cluster.primary.sql("SELECT pg_create_logical_replication_slot('decoding', 'pgoutput')");
    await cluster.primary.sql("SELECT pg_switch_wal()");
    const queries = await Deno.makeTempFile({ suffix: ".yaml" });
    await Deno.writeTextFile(queries, QUERIES);
    const others = new Map(
      cluster.servers.map((server) => [
        server.name,
        OtherExporter.start(server.dsn(), [`--extend.query-path=${queries}`]),
      ]),
    );
    await using cleanup = new AsyncDisposableStack();
    for (const other of others.values()) cleanup.use(other);
    cleanup.defer(() => Deno.remove(queries));
    const servers = cluster.servers.map((server) => `--server=${server.name}=${server.dsn()}`);
    await using exporter = await ServeProcess.start(FROM_SOURCE, {
      args: [
        ...servers,
        "--collect.deadline=30s",
        "--compat=postgres_exporter,pg_exporter",
        "--compat=pgexporter",
      ],
    });
    const readOurs = async () => {
      const text = await (await fetch(`${exporter.url}/metrics`)).text();
      return { text, page: readLoosely(text) };
    };
    const theirsOf = async (server: string) => {
      const other = others.get(server);
      assert(other !== undefined, server);
      return await other.read();
    };
    await until("their exporters", async () => {
      try {
        for (const { name } of cluster.servers) await theirsOf(name);
        return true;
      } catch {
        return false;
      }
    }, { seconds: 30 });
    const names = compatFamilies(["postgres_exporter"]).map(({ name }) => name);

    await t.step("while nothing is wrong: the same series, with the same HELP, type and value", async () => {
      await untilHolds("equal pages", async () => {
        for (const { name: server } of cluster.servers) {
          const theirs = await theirsOf(server);
          const ours = pageOf(server, (await readOurs()).page);
          const known = names.filter((name) => theirs.has(name));
          assertEquals(known.length, SHARED[server], `${server}: ${known.join(", ")}`);
          for (const name of known) {
            const without = [
              "instance",
              // Until 0.19 theirs is the process id, by mistake.
              ...name.startsWith("pg_stat_replication_") ? ["slot_name"] : [],
              ...name === "pg_up" ? ["server"] : [],
            ];
            const [own, other] = [valuesOf(ours, name, without), valuesOf(theirs, name, without)];
            const about = `${server} ${name}`;
            const metadata = (
              { type, help }: { type: string; help: string } = { type: "", help: "" },
            ) => [type, help];
            if (own.size > 0) assertEquals(metadata(ours.get(name)), metadata(theirs.get(name)), about);
            const numbers = [...other].filter(([, value]) => !Number.isNaN(value));
            for (const [labels, value] of numbers) {
              const mine = own.get(labels);
              assert(mine !== undefined, `${about} ${labels}: none of ours`);
              const tolerance = MOVING[name] ?? (name === "pg_replication_lag" ? 1.5 : 0);
              assert(Math.abs(mine - value) <= tolerance, `${about} ${labels}: ${mine}, theirs ${value}`);
            }
            // Theirs has NaN where it does not know, or cannot know on a standby.
            for (const labels of own.keys()) assert(other.has(labels), `${about} ${labels}: only ours`);
          }
        }
      });
    });

    await t.step("names of theirs replace the two classic families of the same name", async () => {
      const { page } = await readOurs();
      const active = valuesOf(page, "pg_replication_slots_active", ["server"]);
      const primary = pageOf("primary", page);
      assertEquals(valuesOf(primary, "pg_replication_slots_active", ["server"]).size, 3);
      assertGreater(active.size, 3);
      assertEquals([...valuesOf(primary, "pg_replication_lag_seconds", []).values()], [0]);
      assertEquals(valuesOf(page, "pgrepl_rejected_samples", []), new Map([["[]", 0]]));
    });

    await t.step("promtool reads the page, and remarks on nothing but names", async () => {
      const { text } = await readOurs();
      const { stdout, stderr } = await runWithInput("promtool", { args: ["check", "metrics"], input: text });
      const theirs = new Set(compatFamilies(COMPAT_EXPORTERS).map(({ name }) => name));
      const classic = ["pg_replication_lag_mb", "pg_replication_slots_total"];
      const remarks = `${stdout}${stderr}`.split("\n").filter((line) => line !== "");
      const others = remarks.filter((line) => {
        const [name = ""] = line.split(" ");
        return !classic.includes(name) && !theirs.has(name);
      });
      assertEquals(others, []);
    });

    await t.step("Prometheus reads the page as OpenMetrics", async () => {
      await using prometheus = await Prometheus.start(`global: { scrape_interval: 1s }
scrape_configs:
  - job_name: ours
    honor_labels: true
    static_configs: [{ targets: ["${exporter.url.replace("http://", "")}"] }]
`);
      await untilHolds("a scrape with all names", async () => {
        assertEquals((await prometheus.query("up == 1")).length, 1);
        assertEquals((await prometheus.query("pg_stat_archiver_archived_count")).length, 3);
        assertEquals((await prometheus.query("pg_repl_replay_diff")).length, 2);
        assertEquals((await prometheus.query("pgexporter_pg_replication_slots_active == 0")).length, 2);
      });
    });

    await t.step(
      "with the link cut and WAL missing theirs says 0, under the same name ours says the lag",
      async () => {
        const [standby] = cluster.standbys;
        assert(standby !== undefined);
        await cluster.link(standby).cut();
        await cluster.primary.sql(
          "INSERT INTO test_data (data) SELECT repeat('x', 1000) FROM generate_series(1, 5000)",
        );
        await untilHolds("ours to grow", async () => {
          const [lag] = valuesOf(pageOf("standby", (await readOurs()).page), "pg_replication_lag", [])
            .values();
          const [seconds] = valuesOf(pageOf("standby", (await readOurs()).page), "pg_lag", []).values();
          assertGreater(lag ?? 0, 5);
          assertGreater(seconds ?? 0, 5);
        });
        const theirs = valuesOf(await theirsOf("standby"), "pg_replication_lag", []);
        assertEquals([...theirs.values()], [0]);
      },
    );
  },
});
