import { assert, assertEquals, assertRejects } from "@std/assert";
import { startCluster } from "../../compose/lab/cluster.ts";
import type { Server } from "../../compose/lab/server.ts";
import type { Cluster } from "../../compose/lab/topology.ts";
import { until } from "../../compose/lab/until.ts";
import { deriveSlotWal } from "../../src/collectors/slot_wal.ts";
import { collectors } from "../../src/collectors/registry.ts";
import type { SlotFact } from "../../src/domain/facts.ts";
import { parseLsn } from "../../src/domain/lsn.ts";
import { majorOf } from "../../src/domain/pg_version.ts";
import { requireText } from "../../src/postgres/decode.ts";
import { takeWal } from "./wal_client.ts";
import { watch, type Watched } from "./watching.ts";

const SETTINGS = {
  wal_level: "logical",
  archive_mode: "on",
  archive_command: "false",
  hot_standby_feedback: "on",
  max_slot_wal_keep_size: "80MB",
  max_wal_size: "1GB",
  min_wal_size: "32MB",
};

const SEGMENT = 16 * 1024 * 1024;

for (const major of [13, 14, 15, 16, 17, 18]) {
  Deno.test(`collectors on PostgreSQL ${major}: primary, standby, cascading standby, promotion`, async (t) => {
    await using cluster = await startCluster({ major, standbys: 2, cascade: true, settings: SETTINGS });
    const [standby, cascading] = cluster.standbys;
    assert(standby !== undefined && cascading !== undefined);
    await t.step("every statement works in every role, as monitor and as plain login", async () => {
      for (const server of cluster.servers) await checkAllStatements(server, major);
    });
    await t.step("primary", () => checkPrimary(cluster.primary, standby));
    await t.step("standby", () => checkStandby(cluster, standby, { downstream: cascading }));
    await t.step("cascading standby", () => checkStandby(cluster, cascading, {}));
    await t.step("slots and senders agree with the views", () => checkViews(cluster.primary));
    await t.step("twins, and one that never replays", () => checkTwins(cluster.primary));
    await t.step("replay paused and delayed", () => checkRecovery(standby));
    await t.step("commits that wait", () => checkSync(cluster.primary));
    await t.step("slots run out of WAL, on the primary and on a standby", () => checkSlots(cluster, standby));
    await t.step("promotion on a kept session", () => checkPromotion(standby, cascading));
  });
}

async function checkAllStatements(server: Server, major: number): Promise<void> {
  {
    using watched = await watch(server, "monitor");
    const facts = await watched.collect();
    assertEquals(majorOf(watched.versionNum), major);
    assertEquals(Object.keys(facts).length, collectors.length);
    assertEquals(facts.server?.[0]?.canReadStatistics, true);
    assertEquals(facts.server?.[0]?.canReadWalDirectory, true);
    assertEquals(facts.wal_directory?.[0]?.bytes, (facts.wal_directory?.[0]?.files ?? 0) * SEGMENT);
    // A second time, when the statements are prepared.
    assertEquals(Object.keys(await watched.collect()), Object.keys(facts));
  }
  using plain = await watch(server, "plain");
  const facts = await plain.collect({ without: ["wal_directory", "archive_queue"] });
  const [fact] = facts.server ?? [];
  assertEquals([fact?.canReadStatistics, fact?.canReadWalDirectory], [false, false]);
  assertEquals(facts.senders?.map(({ state }) => state).filter((state) => state !== null), []);
  assertEquals(facts.receiver?.map(({ status }) => status).filter((status) => status !== null), []);
  for (const name of ["senders", "receiver"] as const) {
    const collector = collectors.find((each) => each.name === name);
    const lines = [...collector?.measure(facts[name] ?? [], { instance: "a" }) ?? []];
    const unknown = (facts[name] ?? []).length > 0;
    if (unknown) assertEquals(lines, [], `${name} as a plain login`);
  }
  await assertRejects(() => plain.collect(), Error, "pg_monitor");
}

async function checkPrimary(primary: Server, standby: Server): Promise<void> {
  using watched = await watch(primary, "monitor");
  const facts = await watched.collect();
  const [server] = facts.server ?? [];
  assert(server !== undefined && server.writePosition !== null);
  assertEquals([server.inRecovery, server.timeline, server.clusterName], [false, 1, "primary"]);
  assertEquals([server.receivePosition, server.replayPosition], [null, null]);
  assertEquals(
    server.systemIdentifier,
    await primary.text("SELECT system_identifier FROM pg_control_system()"),
  );
  const sender = facts.senders?.find((each) => each.applicationName === standby.name);
  assert(sender !== undefined);
  assertEquals(
    [
      sender.standby,
      sender.kind,
      sender.state,
      sender.syncState,
      sender.slot,
      sender.clientAddress,
      sender.user,
    ],
    [standby.name, "standby", "streaming", "async", standby.slot, "127.0.0.1", "replicator"],
  );
  assert(sender.serverPosition !== null && sender.replayPosition !== null);
  assert(sender.serverPosition >= sender.replayPosition);
  const slot = facts.slots?.find((each) => each.slot === standby.slot);
  assertEquals([slot?.type, slot?.active, slot?.walStatus], ["physical", true, "reserved"]);
  assertEquals(slot?.maxKeepBytes, 5 * SEGMENT);
  assertEquals([facts.receiver, facts.recovery, facts.prefetch], [[], [], []]);
  assertEquals(facts.wal?.[0]?.level, "logical");
  assertEquals([facts.archiver?.[0]?.mode, facts.sync?.[0]?.waitingCommits], ["on", 0]);
  await primary.sql("SELECT pg_switch_wal()");
  await until("a file to wait for the archiver", async () => {
    return ((await watched.collect()).archive_queue?.[0]?.readyFiles ?? 0) > 0;
  });
}

async function checkStandby(
  cluster: Cluster,
  standby: Server,
  { downstream }: { readonly downstream?: Server },
): Promise<void> {
  await cluster.untilCaughtUp();
  using watched = await watch(standby, "monitor");
  const facts = await watched.collect();
  const [server] = facts.server ?? [];
  assert(server !== undefined && server.replayPosition !== null);
  assertEquals([server.inRecovery, server.timeline, server.clusterName], [true, 1, standby.name]);
  assertEquals([server.writePosition, server.insertPosition, server.flushPosition], [null, null, null]);
  const [receiver] = facts.receiver ?? [];
  assertEquals([receiver?.status, receiver?.slot, receiver?.receivedTimeline], [
    "streaming",
    standby.slot,
    1,
  ]);
  assertEquals([receiver?.senderHost, facts.receiver?.length], ["127.0.0.1", 1]);
  const [recovery] = facts.recovery ?? [];
  assertEquals(
    [
      recovery?.pauseState,
      recovery?.applyDelaySeconds,
      recovery?.primarySlotName,
      recovery?.hasRestoreCommand,
    ],
    ["not paused", 0, standby.slot, false],
  );
  assertEquals(recovery?.hotStandbyFeedback, true);
  assertEquals(facts.conflicts?.length, majorOf(watched.versionNum) >= 16 ? 6 : 5);
  assertEquals(facts.prefetch?.length, majorOf(watched.versionNum) >= 15 ? 1 : 0);
  assertEquals(
    facts.senders?.map((sender) => [sender.standby, sender.kind]),
    downstream === undefined ? [] : [
      [downstream.name, "standby"],
    ],
  );
  for (const sender of facts.senders ?? []) {
    assert(sender.serverPosition !== null && sender.serverPosition >= server.replayPosition);
  }
}

/** The functions are asked instead of the views: they must say the same; and our own reckoning as the primary does. */
async function checkViews(primary: Server): Promise<void> {
  await primary.sql("SELECT pg_create_logical_replication_slot('logical', 'pgoutput')");
  using watched = await watch(primary, "monitor");
  const facts = await watched.collect();
  const senders = await watched.query(
    "SELECT pid, application_name, usename, host(client_addr) AS client_addr, state, sync_state, " +
      "extract(epoch FROM backend_start) AS backend_start FROM pg_stat_replication ORDER BY backend_start, pid",
  );
  assertEquals(
    facts.senders?.map((sender) => [sender.pid, sender.applicationName, sender.user, sender.clientAddress]),
    senders.map((row) => [Number(row.pid), row.application_name, row.usename, row.client_addr]),
  );
  assertEquals(
    facts.senders?.map((sender) => [sender.state, sender.syncState, sender.backendStartUnixSeconds]),
    senders.map((row) => [row.state, row.sync_state, Number(row.backend_start)]),
  );
  const rows = await watched.query(
    "SELECT slot_name, slot_type, database, plugin, active, wal_status FROM pg_replication_slots ORDER BY slot_name",
  );
  const sorted = (facts.slots ?? []).toSorted((a, b) => a.slot < b.slot ? -1 : 1);
  assertEquals(
    sorted.map((slot) => [slot.slot, slot.type, slot.database, slot.plugin, slot.active, slot.walStatus]),
    rows.map((row) => [
      row.slot_name,
      row.slot_type,
      row.database ?? "",
      row.plugin ?? "",
      row.active === "t",
      row.wal_status,
    ]),
  );
  const logical = facts.slots?.find(({ slot }) => slot === "logical");
  assertEquals([logical?.type, logical?.database, logical?.plugin], ["logical", "postgres", "pgoutput"]);
  assert(logical?.confirmedFlushPosition !== null);
  await primary.sql("SELECT pg_drop_replication_slot('logical')");
}

/** Two clients of one name, as `pg_receivewal` behaves: they report what they wrote and never what they replayed. */
async function checkTwins(primary: Server): Promise<void> {
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

async function checkRecovery(standby: Server): Promise<void> {
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

async function checkSync(primary: Server): Promise<void> {
  using watched = await watch(primary, "monitor");
  const sync = async () => (await watched.collect()).sync?.[0];
  assertEquals([(await sync())?.waitingCommits, (await sync())?.oldestWaitSeconds], [0, null]);
  await primary.set("synchronous_standby_names", "ANY 1 (nobody)");
  await using writer = primary.connect("postgres");
  // The setting reaches each session by itself: a commit before that does not wait.
  await until("the setting to be in force", async () => (await sync())?.standbyNames === "ANY 1 (nobody)");
  const commit = writer.query("INSERT INTO test_data (data) VALUES ('waits')", 60);
  try {
    await until("the commit to wait", async () => (await sync())?.waitingCommits === 1);
    const before = (await sync())?.oldestWaitSeconds ?? NaN;
    const after = (await sync())?.oldestWaitSeconds ?? NaN;
    assert(after > before && before > 0 && after < 60, `waits ${before} s, then ${after} s`);
  } finally {
    await primary.set("synchronous_standby_names", null);
    await commit;
  }
  await until("nobody to wait", async () => (await sync())?.waitingCommits === 0);
}

/** Both slots must go the same way: what the primary's view says, we reckon on the standby. */
async function checkSlots(cluster: Cluster, standby: Server): Promise<void> {
  const servers = [cluster.primary, standby];
  using onPrimary = await watch(cluster.primary, "monitor");
  using onStandby = await watch(standby, "monitor");
  for (const server of servers) {
    await server.sql("SELECT pg_create_physical_replication_slot('unused', true)");
  }
  const bothSlots = async () => await Promise.all([slotOf(onPrimary, "unused"), slotOf(onStandby, "unused")]);
  const statuses = async () => (await bothSlots()).map((slot) => slot?.walStatus);
  const writeSegments = async (count: number) => {
    for (let segment = 0; segment < count; segment++) await writeSegment(cluster.primary);
    await cluster.untilCaughtUp(standby);
    await checkReckoning(onPrimary);
    const [primarySlot, standbySlot] = await bothSlots();
    assertEquals(primarySlot?.walStatus, standbySlot?.walStatus);
    // Made at different moments, so in neighbouring segments at most.
    const apart = (primarySlot?.safeWalBytes ?? NaN) - (standbySlot?.safeWalBytes ?? NaN);
    assert(Math.abs(apart) <= SEGMENT, `safe on the primary less safe on the standby: ${apart}`);
  };
  await writeSegments(0);
  assertEquals(await statuses(), ["reserved", "reserved"]);
  await writeSegments(4);
  assertEquals(await statuses(), ["reserved", "reserved"]);

  for (const server of servers) await server.set("max_wal_size", "32MB");
  await until("both to be extended", async () => (await statuses()).every((status) => status === "extended"));
  for (const server of servers) await server.set("max_wal_size", "1GB");
  await until("both to be reserved", async () => (await statuses()).every((status) => status === "reserved"));
  // No checkpoint of the smaller size may be under way when the limit is passed.
  for (const server of servers) await server.sql("CHECKPOINT");

  await writeSegments(3);
  assertEquals(await statuses(), ["unreserved", "unreserved"]);
  for (const slot of await bothSlots()) assert((slot?.safeWalBytes ?? 1) <= 0);

  await cluster.primary.sql("CHECKPOINT");
  await cluster.untilCaughtUp(standby);
  await standby.sql("CHECKPOINT");
  await until("both to be lost", async () => (await statuses()).every((status) => status === "lost"));
  for (const slot of await bothSlots()) {
    assertEquals([slot?.active, slot?.retainedBytes, slot?.safeWalBytes], [false, null, null]);
    assertEquals(slot?.invalidationReason, majorOf(onPrimary.versionNum) >= 17 ? "wal_removed" : null);
  }
  for (const server of servers) await server.sql("SELECT pg_drop_replication_slot('unused')");
}

/** What we reckon for a standby, reckoned for the primary, is what the primary's view says. */
async function checkReckoning(watched: Watched): Promise<void> {
  const [row] = await watched.query(
    "SELECT restart_lsn, wal_status, safe_wal_size, pg_current_wal_lsn() AS position FROM pg_replication_slots " +
      "WHERE slot_name = 'unused'",
  );
  assert(row !== undefined);
  const derived = deriveSlotWal({
    restartPosition: parseLsn(requireText(row, "restart_lsn")),
    serverPosition: parseLsn(requireText(row, "position")),
    segmentBytes: SEGMENT,
    maxKeepBytes: 5 * SEGMENT,
    keepBytes: 0,
    maxWalBytes: 64 * SEGMENT,
  });
  assertEquals(derived.status, row.wal_status);
  // The position is read after the view and may have moved on.
  const moved = Number(row.safe_wal_size) - (derived.safeBytes ?? NaN);
  assert(moved >= 0 && moved < 65536, `the view says ${row.safe_wal_size}, we ${derived.safeBytes}`);
}

async function slotOf(watched: Watched, slot: string): Promise<SlotFact | undefined> {
  return (await watched.collect()).slots?.find((each) => each.slot === slot);
}

async function writeSegment(primary: Server): Promise<void> {
  await primary.sql("INSERT INTO test_data (data) VALUES ('segment')");
  await primary.sql("SELECT pg_switch_wal()");
  await primary.sql("INSERT INTO test_data (data) VALUES ('segment')");
}

async function checkPromotion(standby: Server, cascading: Server): Promise<void> {
  using watched = await watch(standby, "monitor");
  using downstream = await watch(cascading, "monitor");
  assertEquals((await watched.collect({ role: "standby" })).server?.[0]?.inRecovery, true);
  const promoted = standby.text("SELECT pg_promote()");
  // All the while planned for a standby: nothing fails, and no row is half of one role and half of the other.
  const deadline = performance.now() + 20_000;
  for (let inRecovery: boolean | undefined = true; inRecovery !== false;) {
    assert(performance.now() < deadline, "the promotion was not seen in 20 s");
    const [fact] = (await watched.collect({ role: "standby" })).server ?? [];
    inRecovery = fact?.inRecovery;
    assertEquals([fact?.writePosition === null, fact?.replayPosition === null], [inRecovery, !inRecovery]);
  }
  assertEquals(await promoted, "true");
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
