import { assertEquals, assertMatch } from "@std/assert";
import { startCluster } from "../../compose/lab/cluster.ts";
import { DEBIAN_15, isInstalled, reasonToSkip, until, untilHolds } from "./support.ts";
import { commitThatWaits } from "./waiting_commit.ts";
import { valueOf, watchCluster } from "./watching.ts";

const ignore = reasonToSkip() !== null || !isInstalled(DEBIAN_15);

Deno.test(
  { name: "a synchronous client that never replays cannot confirm remote_apply", ignore },
  async () => {
    await using cluster = await startCluster({ binaries: DEBIAN_15, standbys: 1 });
    const { primary } = cluster;
    await using watching = watchCluster(cluster, { collect: { intervalSeconds: 0.3, maxAgeSeconds: 0 } });
    const directory = await Deno.makeTempDir({ prefix: "pgrepl-receivewal-" });
    const receiving = new Deno.Command(`${DEBIAN_15}/pg_receivewal`, {
      args: [
        "-D",
        directory,
        "--synchronous",
        "-w",
        "-d",
        primary.dsn({ user: "replicator", withoutPassword: true }),
      ],
      env: { PGPASSWORD: cluster.passwords.replicator },
      stdout: "null",
      stderr: "null",
    }).spawn();
    try {
      await until("pg_receivewal to stream", async () =>
        await primary.text(
          "SELECT state FROM pg_stat_replication WHERE application_name = 'pg_receivewal'",
        ) ===
          "streaming");
      await primary.set("synchronous_standby_names", "pg_receivewal");
      await primary.sql("INSERT INTO test_data (data) VALUES ('flushed')");
      const met = async () => valueOf(await watching.service.scrape(), "pgrepl_sync_standbys_met");
      await until("the standing with on", async () => await met() === 1);

      await primary.set("synchronous_commit", "remote_apply");
      await using writer = primary.connect("postgres");
      const commit = await commitThatWaits(primary, writer);
      await untilHolds("the reason", async () => {
        assertEquals(await met(), 0);
        const short = watching.service.view()?.findings.find(({ check }) => check === "sync_short");
        assertEquals(short?.severity, "critical");
        assertMatch(short?.evidence ?? "", /0 of 1 required.*pg_receivewal never reports a replay position/);
        assertMatch(short?.advice ?? "", /name a standby that replays instead of pg_receivewal/);
      });

      // The advice, carried out.
      await primary.set("synchronous_standby_names", "standby");
      await commit.ended;
      await untilHolds("nothing to be left", async () => {
        assertEquals(await met(), 1);
        assertEquals(watching.service.view()?.findings.some(({ check }) => check === "sync_short"), false);
      });
    } finally {
      receiving.kill("SIGKILL");
      await receiving.status;
      await Deno.remove(directory, { recursive: true });
    }
  },
);
