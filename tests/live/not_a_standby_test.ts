import { assert, assertEquals } from "@std/assert";
import { startCluster } from "../../compose/lab/cluster.ts";
import { systemClock } from "../../src/domain/clock.ts";
import { runCommand } from "./command.ts";
import { DEBIAN_15, isInstalled, reasonToSkip, until, untilHolds } from "./support.ts";
import { startWalReader } from "./wal_reader.ts";
import { valueOf, watchCluster } from "./watching.ts";

const ignore = reasonToSkip() !== null || !isInstalled(DEBIAN_15);
const QUICK = { collect: { intervalSeconds: 0.3, maxAgeSeconds: 0 } };

Deno.test({ name: "programs that read WAL are no standbys", ignore }, async () => {
  await using cluster = await startCluster({ binaries: DEBIAN_15, standbys: 1 });
  const { primary } = cluster;
  const hba = `${primary.dataDir}/pg_hba.conf`;
  await Deno.writeTextFile(
    hba,
    `host all,replication reader 127.0.0.1/32 trust\n${await Deno.readTextFile(hba)}`,
  );
  await primary.sql("CREATE ROLE reader LOGIN REPLICATION");
  await primary.sql("SELECT pg_reload_conf()");
  const position = await primary.text("SELECT pg_current_wal_lsn()") ?? "";
  await using watching = watchCluster(cluster, QUICK);
  await primary.sql("SELECT pg_create_physical_replication_slot('jdbc', true)");
  for (
    const how of [
      { name: "" },
      { name: "proxy" },
      { name: "jdbc", database: "postgres", slot: "jdbc" },
    ]
  ) {
    await using _reader = await startWalReader({ port: primary.port, user: "reader", position, ...how });
    const rows = async () => Number(await primary.text("SELECT count(*) FROM pg_stat_replication"));
    await until("the reader to stream", async () => await rows() === 2);
    const isReported =
      "SELECT count(*) FROM pg_stat_replication WHERE usename = 'reader' AND reply_time IS NOT NULL";
    await until("it to have replied", async () => await primary.text(isReported) === "1");
    await untilHolds("it to be distinguished", async () => {
      const families = await watching.service.scrape();
      assertEquals(valueOf(families, "pgrepl_sender_info", { user: "reader", kind: "receivewal" }), 1);
      assertEquals(valueOf(families, "pgrepl_cluster_connected_standbys"), 1);
    });
    const { standbys, findings } = watching.service.view() ?? { standbys: [], findings: [] };
    assertEquals(standbys.map((each) => each.name), ["standby"]);
    assertEquals(findings.filter(({ check, subject }) => check === "no_slot" && subject !== "standby"), []);
    // It does not make up for the standby that is expected.
    await cluster.faults.cutLink("standby");
    await untilHolds("the missing standby", async () => {
      const { code, stdout } = await runCommand(cluster, ["doctor", "--expected-standbys=1"]);
      assertEquals(code, 2, stdout);
      assert(stdout.includes("No standby is connected"), stdout);
    });
    await cluster.faults.healLink("standby");
    await cluster.untilStreaming("standby");
  }
});

Deno.test({ name: "a receiver that waits does not stream, and has its slot", ignore }, async () => {
  await using cluster = await startCluster({
    binaries: DEBIAN_15,
    standbys: 2,
    cascade: true,
    settings: { wal_retrieve_retry_interval: "200ms", recovery_target_timeline: "current" },
  });
  const standby = cluster.server("standby");
  await using watching = watchCluster(cluster, QUICK);
  await until("the view", () => watching.service.view()?.standbys.length === 2);
  await standby.sql("SELECT pg_promote()");
  const row = "SELECT state FROM pg_stat_replication WHERE application_name = 'standby2'";
  await until("its sender to start up", async () => await standby.text(row) === "startup");
  // Until it is read again, what it last reported of its own receiver holds.
  const since = systemClock.monotonic();
  const readSince = ({ readAt }: { readonly readAt: number | null }) => (readAt ?? 0) > since;
  await until("both to be read since", () => watching.service.view()?.servers.filter(readSince).length === 3);
  let startups = 0;
  for (let n = 0; n < 30; n++) {
    const view = watching.service.view();
    assertEquals(view?.findings.filter(({ check }) => check === "no_slot").map(({ subject }) => subject), []);
    const follower = view?.standbys.find(({ name }) => name === "standby2");
    if (follower?.sender?.state === "startup") {
      startups++;
      assert(follower.connected !== true, "no sender that starts up feeds anybody");
    }
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  assert(startups > 0, "it was seen to start up");
});

Deno.test(
  { name: "a standby on the archive alone is not missed; a timeline never goes back", ignore },
  async () => {
    await using cluster = await startCluster({
      binaries: DEBIAN_15,
      standbys: 2,
      settings: { fsync: "on", bgwriter_lru_maxpages: "0", checkpoint_timeout: "1h" },
    });
    const standby2 = cluster.server("standby2");
    await using watching = watchCluster(cluster, QUICK);
    await cluster.faults.kill("primary");
    await cluster.faults.promote("standby");
    await cluster.faults.repoint("standby2", "standby");
    const timeline = async () =>
      valueOf(await watching.service.scrape(), "pgrepl_timeline", { instance: "standby2" });
    await until("standby2 to follow", async () => await timeline() === 2);
    await cluster.faults.cutLink("standby2");
    await until(
      "it to have no receiver",
      async () => await standby2.text("SELECT count(*) FROM pg_stat_wal_receiver") === "0",
    );
    for (let n = 0; n < 10; n++) {
      assertEquals(await timeline(), 2);
      await new Promise((resolve) => setTimeout(resolve, 200));
    }

    await standby2.sql("ALTER SYSTEM SET primary_conninfo = ''");
    await standby2.set("restore_command", "false");
    await cluster.faults.healLink("standby2");
    const { stdout } = await runCommand(cluster, ["doctor", "--sample=1s"], {
      only: ["standby", "standby2"],
    });
    assert(!/expected, \d connected/.test(stdout), stdout);
    assert(stdout.includes("Nothing if it should follow the archive only"), stdout);
  },
);
