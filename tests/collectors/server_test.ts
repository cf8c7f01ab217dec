import { assertEquals, assertRejects } from "@std/assert";
import { server } from "../../src/collectors/server.ts";
import type { Row } from "../../src/postgres/decode.ts";
import { factsOf, linesOf, linesOfRows, nullExcept } from "./collecting.ts";

const PRIMARY: Row = {
  version_num: "180004",
  version: "18.4",
  system_identifier: "7710525323197650345",
  in_recovery: "f",
  timeline: "3",
  write_lsn: "16/B374D848",
  insert_lsn: "16/B374D850",
  flush_lsn: "16/B374D840",
  receive_lsn: null,
  replay_lsn: null,
  recovery_end_lsn: "16/B0000000",
  last_replayed_transaction: null,
  clock: "1795247365.300186",
  start: "1795246574.644449",
  cluster_name: "",
  can_read_statistics: "t",
  can_read_wal_directory: "f",
  has_subscriptions: "t",
  has_logical_slots: "t",
  can_read_origins: "f",
};

const STANDBY: Row = {
  ...PRIMARY,
  in_recovery: "t",
  write_lsn: null,
  insert_lsn: null,
  flush_lsn: null,
  recovery_end_lsn: null,
  has_subscriptions: null,
  receive_lsn: "0/5000000",
  replay_lsn: "0/5057AF0",
  last_replayed_transaction: "1795246694.442294",
};

Deno.test("server decodes a primary", async () => {
  assertEquals(await factsOf(server, [PRIMARY]), [{
    versionNum: 180004,
    version: "18.4",
    systemIdentifier: "7710525323197650345",
    inRecovery: false,
    timeline: 3,
    writePosition: 0x16B374D848n,
    insertPosition: 0x16B374D850n,
    flushPosition: 0x16B374D840n,
    receivePosition: null,
    replayPosition: null,
    recoveryEndPosition: 0x16B0000000n,
    lastReplayedTransactionUnixSeconds: null,
    clockUnixSeconds: 1795247365.300186,
    startUnixSeconds: 1795246574.644449,
    clusterName: "",
    canReadStatistics: true,
    canReadWalDirectory: false,
    hasSubscriptions: true,
    hasLogicalSlots: true,
    canReadOrigins: false,
  }]);
});

Deno.test("server publishes a primary", async () => {
  assertEquals(await linesOfRows(server, [PRIMARY]), [
    'pgrepl_role{instance="a",role="primary"} 1',
    'pgrepl_role{instance="a",role="standby"} 0',
    'pgrepl_server_info{instance="a",version="18.4",system_identifier="7710525323197650345"} 1',
    'pgrepl_server_start_timestamp_seconds{instance="a"} 1795246574.644449',
    'pgrepl_timeline{instance="a"} 3',
    'pgrepl_wal_position_bytes{instance="a",position="flush"} 97500059712',
    'pgrepl_wal_position_bytes{instance="a",position="insert"} 97500059728',
    'pgrepl_wal_position_bytes{instance="a",position="write"} 97500059720',
  ]);
});

Deno.test("server publishes a standby", async () => {
  assertEquals(await linesOfRows(server, [STANDBY]), [
    'pgrepl_last_replayed_transaction_timestamp_seconds{instance="a"} 1795246694.442294',
    'pgrepl_role{instance="a",role="primary"} 0',
    'pgrepl_role{instance="a",role="standby"} 1',
    'pgrepl_server_info{instance="a",version="18.4",system_identifier="7710525323197650345"} 1',
    'pgrepl_server_start_timestamp_seconds{instance="a"} 1795246574.644449',
    'pgrepl_timeline{instance="a"} 3',
    'pgrepl_wal_position_bytes{instance="a",position="receive"} 83886080',
    'pgrepl_wal_position_bytes{instance="a",position="replay"} 84245232',
  ]);
});

Deno.test("server publishes the cluster that its labels name", async () => {
  const facts = await factsOf(server, [PRIMARY]);
  const labels = { instance: "a", cluster: "c" };
  const [first] = [...server.measure(facts, labels)];
  assertEquals(first?.labels, {
    instance: "a",
    cluster: "c",
    version: "18.4",
    system_identifier: "7710525323197650345",
  });
});

Deno.test("server publishes nothing of what is NULL", async () => {
  const known = ["version_num", "version", "in_recovery", "clock", "start", "can_read_statistics"];
  const row = nullExcept(PRIMARY, ...known, "can_read_wal_directory");
  assertEquals(await linesOfRows(server, [row]), [
    'pgrepl_role{instance="a",role="primary"} 1',
    'pgrepl_role{instance="a",role="standby"} 0',
    'pgrepl_server_info{instance="a",version="18.4"} 1',
    'pgrepl_server_start_timestamp_seconds{instance="a"} 1795246574.644449',
  ]);
});

Deno.test("server without facts publishes nothing", () => {
  assertEquals(linesOf(server, []), []);
});

Deno.test("server fails when the role is NULL rather than guess one", async () => {
  await assertRejects(
    () => factsOf(server, [{ ...PRIMARY, in_recovery: null }]),
    TypeError,
    'Cannot decode column "in_recovery": expected a value, got NULL',
  );
});
