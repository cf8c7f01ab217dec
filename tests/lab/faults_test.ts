/** Every fault of the lab, asserted by what PostgreSQL itself shows. */
import { assert, assertEquals, assertRejects } from "@std/assert";
import { startCluster } from "../../compose/lab/cluster.ts";
import type { Server } from "../../compose/lab/server.ts";
import { sqlStateOf } from "../../compose/lab/sql_client.ts";
import { until } from "../../compose/lab/until.ts";

async function untilText(server: Server, query: string, expected: string | null): Promise<void> {
  let last: string | null = null;
  try {
    await until(`${query} on ${server.name}`, async () => (last = await server.text(query)) === expected);
  } catch (error) {
    assertEquals(last, expected, String(error));
    throw error;
  }
}

const RECEIVERS = "SELECT count(*) FROM pg_stat_wal_receiver";
// The receiver answers every second (wal_receiver_status_interval); this long without an answer is no accident.
const SILENT =
  "SELECT now() - reply_time > interval '1.5 s' FROM pg_stat_replication WHERE application_name = 'standby'";
// On a link that is stalled before the first answer, there is no time of one, and so no silence.
const ANSWERED = "SELECT reply_time IS NOT NULL FROM pg_stat_replication WHERE application_name = 'standby'";
const STARTUP = "SELECT wait_event FROM pg_stat_activity WHERE backend_type = 'startup'";
const LAG = "SELECT sent_lsn - replay_lsn > 0 FROM pg_stat_replication WHERE application_name = 'standby'";
const WRITE = "INSERT INTO test_data (data) SELECT 'x' FROM generate_series(1, 100)";

for (const major of [13, 18]) {
  Deno.test(`faults of links, replay, slots, connections and passwords on PostgreSQL ${major}`, async (t) => {
    await testFaults(t, major);
  });
}

async function testFaults(t: Deno.TestContext, major: number): Promise<void> {
  await using cluster = await startCluster({ major, standbys: 2 });
  const { primary, faults } = cluster;
  const standby = cluster.server("standby");
  const slotActive = "SELECT active FROM pg_replication_slots WHERE slot_name = 'standby'";

  await t.step("cutLink() ends the receiver, healLink() brings it back", async () => {
    await faults.cutLink("standby");
    await untilText(standby, RECEIVERS, "0");
    await untilText(primary, slotActive, "false");
    assertEquals(cluster.linkState("standby"), "cut");
    await primary.sql(WRITE);
    await faults.healLink("standby");
    await cluster.untilCaughtUp("standby");
    assertEquals(await primary.text(slotActive), "true");
  });

  await t.step("refuseLink() leaves the present connection alone and refuses the next", async () => {
    await faults.refuseLink("standby");
    await primary.sql(WRITE);
    await cluster.untilCaughtUp("standby");
    assertEquals(await standby.text(RECEIVERS), "1");
    await assertRejects(
      () => Deno.connect({ hostname: "127.0.0.1", port: cluster.link("standby").port }),
      Deno.errors.ConnectionRefused,
    );
    cluster.link("standby").reset();
    await untilText(standby, RECEIVERS, "0");
    await faults.healLink("standby");
    await cluster.untilStreaming("standby");
  });

  await t.step("stallLink() leaves both ends connected while nothing arrives", async () => {
    await untilText(primary, ANSWERED, "true");
    await faults.stallLink("standby");
    const before = await standby.text("SELECT pg_last_wal_receive_lsn()");
    await primary.sql(WRITE);
    await untilText(primary, SILENT, "true");
    await untilText(primary, LAG, "true");
    assertEquals(await standby.text("SELECT status FROM pg_stat_wal_receiver"), "streaming");
    assertEquals(
      await primary.text("SELECT state FROM pg_stat_replication WHERE application_name = 'standby'"),
      "streaming",
    );
    assertEquals(await standby.text("SELECT pg_last_wal_receive_lsn()"), before);
    await faults.healLink("standby");
    await cluster.untilCaughtUp("standby");
  });

  await t.step("freezeReceiver() is a half-open link that still answers queries", async () => {
    await untilText(primary, ANSWERED, "true");
    await faults.freezeReceiver("standby");
    await primary.sql(WRITE);
    await untilText(primary, SILENT, "true");
    await untilText(primary, LAG, "true");
    assertEquals(await standby.text("SELECT status FROM pg_stat_wal_receiver"), "streaming");
    faults.thawReceiver("standby");
    await cluster.untilCaughtUp("standby");
  });

  await t.step("freeze() lets nothing answer, thaw() goes on where it stood", async () => {
    const pid = standby.pid;
    await faults.freeze("standby");
    await assertRejects(() => standby.sql("SELECT 1", 0.3), Error, "No answer");
    await faults.thaw("standby");
    assertEquals(await standby.text("SELECT 1"), "1");
    assertEquals(standby.pid, pid);
  });

  await t.step("pauseReplay() and resumeReplay()", async () => {
    await faults.pauseReplay("standby");
    assertEquals(await standby.text("SELECT pg_is_wal_replay_paused()"), "true");
    await primary.sql(WRITE);
    await untilText(standby, "SELECT pg_last_wal_receive_lsn() > pg_last_wal_replay_lsn()", "true");
    await untilText(standby, STARTUP, "RecoveryPause");
    await faults.resumeReplay("standby");
    await cluster.untilCaughtUp("standby");
    assertEquals(await standby.text("SELECT pg_is_wal_replay_paused()"), "false");
  });

  await t.step("delayApply() holds commits back", async () => {
    await faults.delayApply("standby", 60);
    await untilText(standby, "SHOW recovery_min_apply_delay", "1min");
    await primary.sql(WRITE);
    await untilText(standby, STARTUP, "RecoveryApplyDelay");
    await untilText(primary, LAG, "true");
    await faults.delayApply("standby", 0);
    await cluster.untilCaughtUp("standby");
  });

  await t.step("holdConflict() makes replay wait for a query", async () => {
    await faults.holdConflict("standby");
    await untilText(standby, STARTUP, "RecoveryConflictSnapshot");
    await untilText(primary, LAG, "true");
    await faults.releaseConflict("standby");
    await cluster.untilCaughtUp("standby");
  });

  await t.step("holdConflict() with a limit is counted when PostgreSQL cancels the query", async () => {
    await faults.holdConflict("standby", 0);
    const conflicts =
      "SELECT sum(confl_snapshot) > 0 FROM pg_stat_database_conflicts WHERE datname = 'postgres'";
    await untilText(standby, conflicts, "true");
    await faults.releaseConflict("standby");
    await cluster.untilCaughtUp("standby");
  });

  await t.step("dropSlot() leaves the standby without a slot, createSlot() lets it come back", async () => {
    await faults.dropSlot("standby");
    assertEquals(
      await primary.text("SELECT count(*) FROM pg_replication_slots WHERE slot_name = 'standby'"),
      "0",
    );
    await untilText(standby, RECEIVERS, "0");
    await faults.createSlot("standby");
    await cluster.untilStreaming("standby");
  });

  await t.step("exhaustConnections() shuts everybody out but the superuser", async () => {
    await faults.exhaustConnections("primary");
    await using late = primary.connect("monitor");
    const error = await assertRejects(() => late.query("SELECT 1"));
    assertEquals(sqlStateOf(error), "53300");
    assertEquals(await primary.text("SELECT 1"), "1");
    await faults.releaseConnections("primary");
    await until("monitor to get in", async () => await late.text("SELECT 1") === "1");
  });

  await t.step("changeMonitorPassword() and endSessions()", async () => {
    await using session = primary.connect("monitor");
    assertEquals(await session.text("SELECT 1"), "1");
    const before = primary.dsn();
    const sessions = "SELECT count(*) FROM pg_stat_activity WHERE usename = 'monitor'";
    await untilText(primary, sessions, "1"); // one that was closed is there until its server process has noticed
    await faults.changeMonitorPassword();
    assert(primary.dsn() !== before);
    assertEquals(await session.text("SELECT 1"), "1", "an open session goes on");
    assertEquals(await faults.endSessions("primary"), 1);
    await untilText(primary, sessions, "0");
    let error: unknown;
    await until("the old password to be refused", async () => {
      error = await session.query("SELECT 1").then(() => null, (reason) => reason); // first of all the lost connection
      return sqlStateOf(error) === "28P01";
    });
    assertEquals(sqlStateOf(error), "28P01");
    await faults.restoreMonitorPassword();
    assertEquals(primary.dsn(), before);
  });

  await t.step("repoint() turns the second standby into a cascading one", async () => {
    await faults.repoint("standby2", "standby");
    await cluster.untilStreaming("standby2");
    assertEquals(await standby.text("SELECT application_name FROM pg_stat_replication"), "standby2");
    assertEquals(await primary.text("SELECT count(*) FROM pg_stat_replication"), "1");
    assertEquals(
      await primary.text("SELECT string_agg(slot_name, ',') FROM pg_replication_slots"),
      "standby",
    );
  });

  await t.step("loseSlot() strands the standby, rebuild() saves it", async () => {
    await faults.loseSlot("standby2");
    const status = "SELECT wal_status FROM pg_replication_slots WHERE slot_name = 'standby2'";
    assertEquals(await standby.text(status), "lost");
    await untilText(cluster.server("standby2"), RECEIVERS, "0"); // now and then it tries, and ends again
    await faults.rebuild("standby2");
    assertEquals(
      await primary.text("SELECT state FROM pg_stat_replication WHERE application_name = 'standby2'"),
      "streaming",
    );
  });
}

Deno.test("faults of servers: kill, restart, promote, an old primary returns", async (t) => {
  await using cluster = await startCluster({
    major: 18,
    standbys: 2,
    synchronous: "ANY 1 (standby, standby2)",
  });
  const { faults } = cluster;
  const [old, standby, standby2] = [cluster.primary, cluster.server("standby"), cluster.server("standby2")];

  await t.step("a synchronous set shows as such", async () => {
    await untilText(old, "SELECT string_agg(DISTINCT sync_state, ',') FROM pg_stat_replication", "quorum");
    await old.sql(WRITE);
  });

  await t.step("kill() and start() on the same port", async () => {
    const { port, pid } = standby;
    await faults.kill("standby");
    assertEquals(standby.pid, null);
    await untilText(old, "SELECT count(*) FROM pg_stat_replication", "1");
    await faults.start("standby");
    await cluster.untilStreaming("standby");
    assertEquals(standby.port, port);
    assert(standby.pid !== pid);
  });

  await t.step("promote() moves the write load and leaves two primaries", async () => {
    await cluster.setLoad(50);
    await until("rows", () => (cluster.load?.written ?? 0) > 0);
    // The other standby must not receive what the promoted one did not, or it could not follow it.
    await faults.cutLink("standby2");
    await cluster.untilCaughtUp("standby");
    await faults.promote("standby");
    assertEquals(cluster.primary, standby);
    assertEquals(await standby.text("SELECT pg_is_in_recovery()"), "false");
    assertEquals(await old.text("SELECT pg_is_in_recovery()"), "false");
    const before = Number(await standby.text("SELECT count(*) FROM test_data"));
    await until("rows on the new primary", async () => {
      return Number(await standby.text("SELECT count(*) FROM test_data")) > before;
    });
    await cluster.setLoad(0);
  });

  await t.step("repoint() follows the new primary on its timeline", async () => {
    await faults.repoint("standby2", "standby");
    await cluster.untilStreaming("standby2");
    await cluster.untilCaughtUp("standby2");
    assertEquals(await standby2.text("SELECT received_tli FROM pg_stat_wal_receiver"), "2");
  });

  await t.step("rebuild() makes the old primary a standby of the new one", async () => {
    await faults.rebuild("primary");
    assertEquals(await old.text("SELECT pg_is_in_recovery()"), "true");
    assertEquals(cluster.upstreamOf("primary"), standby);
    await standby.sql(WRITE);
    await cluster.untilCaughtUp();
  });
});
