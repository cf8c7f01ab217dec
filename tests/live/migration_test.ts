import { assertEquals } from "@std/assert";
import { startCluster } from "../../compose/lab/cluster.ts";
import { catalogue } from "../../src/cli/catalogue.ts";
import { FROM_SOURCE, ServeProcess } from "../serve_process.ts";
import { OtherExporter, WITHOUT_OTHER_EXPORTER } from "./other_exporter.ts";
import { Prometheus, WITHOUT_PROMETHEUS } from "./prometheus.ts";
import { DEBIAN_15, isInstalled, reasonToSkip, untilHolds } from "./support.ts";

const missing = WITHOUT_PROMETHEUS || WITHOUT_OTHER_EXPORTER;
const page = await Deno.readTextFile(new URL("../../docs/migration/postgres_exporter.md", import.meta.url));

/** The value of each `job` of an instant query that groups by it. */
async function byJob(prometheus: Prometheus, query: string): Promise<Readonly<Record<string, number>>> {
  const series = await prometheus.query(`count by (job) (${query})`);
  return Object.fromEntries(
    series.map((line) => [/"job":"([^"]+)"/.exec(line)?.[1] ?? "", Number(line.split(" ").at(-1))]),
  );
}

Deno.test({
  name:
    `beside postgres_exporter, as its page says: what clashes, what is dropped, what it calls what${missing}`,
  ignore: missing !== "" || reasonToSkip() !== null,
  async fn() {
    await using cluster = await startCluster({
      standbys: 1,
      ...isInstalled(DEBIAN_15) ? { binaries: DEBIAN_15 } : { major: 15 },
    });
    const args = cluster.servers.map((server) => `--server=${server.name}=${server.dsn()}`);
    await using exporter = await ServeProcess.start(FROM_SOURCE, {
      args: [...args, "--collect.deadline=30s"],
    });
    await using other = OtherExporter.start(cluster.primary.dsn());
    const block = /^```yaml\n([\s\S]*?)^```/m.exec(page)?.[1] ?? "";
    const config = "global:\n  scrape_interval: 1s\n" +
      block.replace("127.0.0.1:9187", other.address)
        .replace("127.0.0.1:9188", exporter.url.replace("http://", ""));
    const withoutDrop = config.replace(/ {4}metric_relabel_configs:[\s\S]*/, "");
    await using dropping = await Prometheus.start(config);
    await using keeping = await Prometheus.start(withoutDrop);
    const slots = "pg_replication_slots_active";
    await untilHolds("both to be scraped, and to keep and drop what the page says", async () => {
      for (const prometheus of [dropping, keeping]) {
        assertEquals(await byJob(prometheus, "pgrepl_up == 1"), { "pg-replication": 2 });
        assertEquals(await byJob(prometheus, "pg_up == 1"), { postgres: 1 });
      }
      // The same name with two meanings: theirs is 0 or 1 for the one slot, ours a count for each of two servers.
      assertEquals(await byJob(keeping, slots), { "pg-replication": 2, postgres: 1 });
      assertEquals(await byJob(dropping, slots), { postgres: 1 });
      assertEquals(await byJob(dropping, "pg_replication_lag_seconds"), {});
      assertEquals(await byJob(keeping, `${slots} == 0`), { "pg-replication": 1 });
      assertEquals(await byJob(dropping, "pgrepl_slot_active"), { "pg-replication": 1 });
    });

    // No other name is shared.
    const response = await fetch(`http://${other.address}/metrics`);
    const theirs = new Set(
      [...(await response.text()).matchAll(/^# TYPE (pg\w+)/gm)].map(([, name]) => name),
    );
    const ours = catalogue.map(({ name }) => name);
    assertEquals(ours.filter((name) => theirs.has(name)), [slots]);
    // The metrics that the page lists for this version exist.
    for (
      const name of [
        slots,
        "pg_up",
        "pg_replication_slots_pg_wal_lsn_diff",
        "pg_stat_replication_pg_wal_lsn_diff",
        "pg_stat_replication_pg_current_wal_lsn_bytes",
        "pg_stat_replication_reply_time",
        "pg_stat_archiver_archived_count",
        "pg_stat_archiver_last_archive_age",
        "pg_stat_database_conflicts_confl_lock",
      ]
    ) {
      assertEquals([name, theirs.has(name), page.includes(name.replace(/_lock$/, ""))], [name, true, true]);
    }
  },
});
