import { assert, assertEquals, assertRejects } from "@std/assert";
import { startCluster } from "../../compose/lab/cluster.ts";
import type { Server } from "../../compose/lab/server.ts";
import type { Cluster } from "../../compose/lab/topology.ts";
import { until } from "../../compose/lab/until.ts";
import { collectors } from "../../src/collectors/registry.ts";
import { majorOf } from "../../src/domain/pg_version.ts";
import { checkConflicts, checkPromotion, checkRecovery, checkSync, checkTwins } from "./live_changes.ts";
import { checkSlots, SEGMENT } from "./live_slots.ts";
import { watch } from "./watching.ts";

const SETTINGS = {
  wal_level: "logical",
  archive_mode: "on",
  archive_command: "false",
  hot_standby_feedback: "on",
  max_slot_wal_keep_size: "80MB",
  max_wal_size: "1GB",
  min_wal_size: "32MB",
};

for (const major of [13, 14, 15, 16, 17, 18]) {
  Deno.test(`collectors on PostgreSQL ${major}: primary, standby, cascading standby, promotion`, async (t) => {
    await using cluster = await startCluster({ major, standbys: 2, cascade: true, settings: SETTINGS });
    const [standby, cascading] = cluster.standbys;
    assert(standby !== undefined && cascading !== undefined);
    await cluster.primary.sql(
      "GRANT EXECUTE ON FUNCTION pg_catalog.pg_show_replication_origin_status() TO monitor, plain",
    );
    await cluster.untilCaughtUp();
    await t.step("every statement works in every role, as monitor and as plain login", async () => {
      for (const server of cluster.servers) await checkAllStatements(server, major);
    });
    await t.step("primary", () => checkPrimary(cluster.primary, standby));
    await t.step("standby", () => checkStandby(cluster, standby, { downstream: cascading }));
    await t.step("cascading standby", () => checkStandby(cluster, cascading, {}));
    await t.step("slots and senders agree with the views", () => checkViews(cluster.primary));
    await t.step("twins, and one that never replays", () => checkTwins(cluster.primary));
    await t.step("replay paused and delayed", () => checkRecovery(standby));
    await t.step("a query cancelled by replay", () => checkConflicts(cluster, standby));
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
      recovery?.hasRecoveryTarget,
      recovery?.hasPrimaryConninfo,
    ],
    ["not paused", 0, standby.slot, false, false, true],
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

/** The functions are queried instead of the views: they must agree, and our own calculation must agree with the primary. */
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
