/**
 * What changes on running servers: takers of WAL, replay, conflicts, waiting commits, a promotion.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { holdConflict } from "../../compose/lab/conflict.ts";
import type { Server } from "../../compose/lab/server.ts";
import type { Cluster } from "../../compose/lab/topology.ts";
import { until } from "../../compose/lab/until.ts";
import { parseLsn } from "../../src/domain/lsn.ts";
import { majorOf } from "../../src/domain/pg_version.ts";
import { commitThatWaits } from "../live/waiting_commit.ts";
import { takeWal } from "./wal_client.ts";
import { watch } from "./watching.ts";

/** Two clients of one name, as `pg_receivewal` behaves: they report what they wrote and never what they replayed. */
export async function checkTwins(primary: Server): Promise<void> {
  using watched = await watch(primary, "monitor");
  const twins = async () =>
    ((await watched.collect()).senders ?? []).filter(({ applicationName }) => applicationName === "twin");
  await using older = await takeWal(primary, "twin");
  await until("the older twin", async () => (await twins()).length === 1);
  const [first] = await twins();
  await using newer = await takeWal(primary, "twin");
  await until("both twins to stream", async () => {
    return (await twins()).filter(({ state }) => state === "streaming").length === 2;
  });
  assertEquals((await twins()).map(({ standby, kind }) => [standby, kind]), [
    ["twin", "standby"],
    ["twin#2", "standby"],
  ]);
  older.report(parseLsn("0/1000000"));
  newer.report(parseLsn("0/1000100"));
  await until("both to have reported", async () => {
    return (await twins()).every(({ writePosition }) => writePosition !== null);
  });
  const facts = await twins();
  assertEquals(facts.map(({ standby, writePosition }) => [standby, writePosition]), [
    ["twin", 0x1000000n],
    ["twin#2", 0x1000100n],
  ]);
  assertEquals(facts[0]?.pid, first?.pid);
  for (const fact of facts) {
    assertEquals([fact.kind, fact.flushPosition, fact.replayPosition], ["receivewal", null, null]);
    assertEquals([fact.flushLagSeconds, fact.replayLagSeconds], [null, null]);
  }
}

/** Pause state, apply delay in every unit, and whether there is an archive, as they change. */
export async function checkRecovery(standby: Server): Promise<void> {
  using watched = await watch(standby, "monitor");
  const recovery = async () => (await watched.collect()).recovery?.[0];
  await standby.sql("SELECT pg_wal_replay_pause()");
  await until("replay to be paused", async () => (await recovery())?.pauseState === "paused");
  await standby.sql("SELECT pg_wal_replay_resume()");
  assertEquals((await recovery())?.pauseState, "not paused");
  for (
    const [setting, seconds] of [["250ms", 0.25], ["90s", 90], ["240s", 240], ["36h", 129600], ["2d", 172800]]
  ) {
    await standby.set("recovery_min_apply_delay", String(setting));
    await until(`a delay of ${setting}`, async () => (await recovery())?.applyDelaySeconds === seconds);
  }
  // 13 takes a new restore_command at a restart only.
  if (majorOf(watched.versionNum) >= 14) {
    await standby.set("restore_command", "false");
    await until("restore_command to be seen", async () => (await recovery())?.hasRestoreCommand === true);
    await standby.set("restore_command", null);
  }
  await standby.set("recovery_min_apply_delay", null);
  await until("no delay", async () => (await recovery())?.applyDelaySeconds === 0);
}

/** A commit that waits for a standby that does not exist. */
export async function checkSync(primary: Server): Promise<void> {
  using watched = await watch(primary, "monitor");
  const sync = async () => (await watched.collect()).sync?.[0];
  assertEquals([(await sync())?.waitingCommits, (await sync())?.oldestWaitSeconds], [0, null]);
  await primary.set("synchronous_standby_names", "ANY 1 (nobody)");
  await using writer = primary.connect("postgres");
  // The setting reaches each session by itself: a commit before that does not wait.
  await until("the setting to be in force", async () => (await sync())?.standbyNames === "ANY 1 (nobody)");
  const commit = await commitThatWaits(primary, writer);
  try {
    await until("the commit to wait", async () => (await sync())?.waitingCommits === 1);
    const before = (await sync())?.oldestWaitSeconds ?? NaN;
    const after = (await sync())?.oldestWaitSeconds ?? NaN;
    assert(after > before && before > 0 && after < 60, `waits ${before} s, then ${after} s`);
  } finally {
    await primary.set("synchronous_standby_names", null);
    await commit.ended;
  }
  await until("nobody to wait", async () => (await sync())?.waitingCommits === 0);
}

/** A query on the standby that blocks replay is cancelled at once, and counted. */
export async function checkConflicts(cluster: Cluster, standby: Server): Promise<void> {
  using onPrimary = await watch(cluster.primary, "monitor");
  using onStandby = await watch(standby, "monitor");
  const snapshotConflicts = async () =>
    (await onStandby.collect()).conflicts?.find(({ cause }) => cause === "snapshot")?.total;
  assertEquals(await snapshotConflicts(), 0);
  await standby.set("hot_standby_feedback", "off");
  await until("the slot to hold back no vacuum", async () => {
    const slot = (await onPrimary.collect()).slots?.find((each) => each.slot === standby.slot);
    return slot?.xminAgeTransactions === null;
  });
  await using _conflict = await holdConflict(cluster, { standby, cancelAfterSeconds: 0 });
  await until("the conflict to be counted", async () => await snapshotConflicts() === 1);
}

/** A promotion as seen by a session that survives it, and by the standby downstream. */
export async function checkPromotion(standby: Server, cascading: Server): Promise<void> {
  using watched = await watch(standby, "monitor");
  using downstream = await watch(cascading, "monitor");
  assertEquals((await watched.collect({ role: "standby" })).server?.[0]?.inRecovery, true);
  const promoted = standby.sql("SELECT pg_promote() AS is_promoted", 90);
  // Always planned for a standby: nothing fails, and no row is half of one role and half of the other.
  const deadline = performance.now() + 60_000;
  for (let inRecovery: boolean | undefined = true; inRecovery !== false;) {
    assert(performance.now() < deadline, "the promotion was not seen in 60 s");
    const [fact] = (await watched.collect({ role: "standby" })).server ?? [];
    inRecovery = fact?.inRecovery;
    assertEquals([fact?.writePosition === null, fact?.replayPosition === null], [inRecovery, !inRecovery]);
  }
  assertEquals((await promoted)[0]?.["is_promoted"], true);
  // Planned for a standby, on statements prepared before the promotion.
  const facts = await watched.collect({ role: "standby" });
  const [server] = facts.server ?? [];
  assert(server !== undefined);
  assertEquals([server.inRecovery, server.timeline], [false, 2]);
  assertEquals([server.receivePosition, server.replayPosition], [null, null]);
  assertEquals(server.lastReplayedTransactionUnixSeconds, null);
  assert(server.writePosition !== null && server.insertPosition !== null && server.flushPosition !== null);
  assertEquals([facts.receiver, facts.recovery, facts.prefetch], [[], [], []]);
  const slot = facts.slots?.find((each) => each.slot === cascading.slot);
  assert((slot?.retainedBytes ?? -1) >= 0);

  await standby.sql("INSERT INTO test_data (data) VALUES ('after promotion')");
  await until("the cascading standby to follow to timeline 2", async () => {
    const followed = await downstream.collect();
    return followed.server?.[0]?.timeline === 2 && followed.receiver?.[0]?.receivedTimeline === 2;
  });
  // Without a receiver the timeline comes from the control file, which a restartpoint brings up to date.
  await standby.sql("CHECKPOINT");
  const position = await standby.text("SELECT pg_current_wal_lsn()");
  await until("the checkpoint to be replayed", async () => {
    return await cascading.text(`SELECT pg_last_wal_replay_lsn() >= '${position}'`) === "true";
  });
  await cascading.sql("CHECKPOINT");
  await cascading.set("primary_conninfo", "");
  await until("the receiver to end", async () => (await downstream.collect()).receiver?.length === 0);
  const [alone] = (await downstream.collect()).server ?? [];
  assertEquals([alone?.inRecovery, alone?.timeline], [true, 2]);
}
