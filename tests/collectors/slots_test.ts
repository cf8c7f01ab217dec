import { assertEquals, assertStringIncludes } from "@std/assert";
import { slots } from "../../src/collectors/slots.ts";
import type { Row } from "../../src/postgres/decode.ts";
import { type Asked, factsOf, linesOf, linesOfRows, nullExcept } from "./collecting.ts";

const MIB = 1024 * 1024;

const PHYSICAL: Row = {
  slot_name: "s1",
  slot_type: "physical",
  plugin: null,
  temporary: "f",
  active: "t",
  active_pid: "100",
  database: null,
  xmin_age: "7",
  catalog_xmin_age: null,
  restart_lsn: "0/5000000",
  confirmed_flush_lsn: null,
  wal_status: "extended",
  safe_wal_size: String(16 * MIB),
  conflicting: null,
  inactive_since: null,
  invalidation_reason: null,
  failover: "f",
  synced: "f",
  in_recovery: "f",
  server_lsn: "0/8000010",
  max_keep_bytes: String(64 * MIB),
  keep_bytes: "0",
  max_wal_bytes: String(32 * MIB),
  segment_bytes: String(16 * MIB),
};

const LOGICAL: Row = {
  ...PHYSICAL,
  slot_name: "l1",
  slot_type: "logical",
  plugin: "pgoutput",
  database: "shop",
  active: "f",
  active_pid: null,
  xmin_age: null,
  catalog_xmin_age: "9",
  confirmed_flush_lsn: "0/5000100",
  conflicting: "f",
  inactive_since: "1795246575.5",
};

const LOST: Row = {
  ...PHYSICAL,
  active: "f",
  active_pid: null,
  xmin_age: null,
  restart_lsn: null,
  wal_status: "lost",
  safe_wal_size: null,
  inactive_since: "1795246575.5",
  invalidation_reason: "wal_removed",
};

Deno.test("slots publishes a physical slot", async () => {
  assertEquals(await linesOfRows(slots, [PHYSICAL]), [
    'pgrepl_slot_active{instance="a",slot="s1"} 1',
    'pgrepl_slot_failover{instance="a",slot="s1"} 0',
    'pgrepl_slot_headroom_ratio{instance="a",slot="s1"} 0.25',
    'pgrepl_slot_info{instance="a",slot="s1",slot_type="physical"} 1',
    'pgrepl_slot_invalidation{instance="a",slot="s1",reason="idle_timeout"} 0',
    'pgrepl_slot_invalidation{instance="a",slot="s1",reason="rows_removed"} 0',
    'pgrepl_slot_invalidation{instance="a",slot="s1",reason="wal_level_insufficient"} 0',
    'pgrepl_slot_invalidation{instance="a",slot="s1",reason="wal_removed"} 0',
    'pgrepl_slot_retained_bytes{instance="a",slot="s1"} 50331664',
    'pgrepl_slot_safe_wal_bytes{instance="a",slot="s1"} 16777216',
    'pgrepl_slot_synced{instance="a",slot="s1"} 0',
    'pgrepl_slot_wal_status{instance="a",slot="s1",status="extended"} 1',
    'pgrepl_slot_wal_status{instance="a",slot="s1",status="lost"} 0',
    'pgrepl_slot_wal_status{instance="a",slot="s1",status="reserved"} 0',
    'pgrepl_slot_wal_status{instance="a",slot="s1",status="unreserved"} 0',
    'pgrepl_slot_xmin_age_transactions{instance="a",slot="s1"} 7',
  ]);
});

Deno.test("slots publishes what only a logical slot has", async () => {
  const physical = await linesOfRows(slots, [{ ...PHYSICAL, slot_name: "l1" }]);
  const lines = await linesOfRows(slots, [LOGICAL]);
  assertEquals(lines.filter((line) => !physical.includes(line)), [
    'pgrepl_slot_active{instance="a",slot="l1"} 0',
    'pgrepl_slot_catalog_xmin_age_transactions{instance="a",slot="l1"} 9',
    'pgrepl_slot_conflicting{instance="a",slot="l1"} 0',
    'pgrepl_slot_inactive_since_timestamp_seconds{instance="a",slot="l1"} 1795246575.5',
    'pgrepl_slot_info{instance="a",slot="l1",slot_type="logical",database="shop",plugin="pgoutput"} 1',
    'pgrepl_slot_unconfirmed_bytes{instance="a",slot="l1"} 50331408',
  ]);
});

Deno.test("slots keeps the series of a lost slot, without the unknown bytes", async () => {
  assertEquals(await linesOfRows(slots, [LOST]), [
    'pgrepl_slot_active{instance="a",slot="s1"} 0',
    'pgrepl_slot_failover{instance="a",slot="s1"} 0',
    'pgrepl_slot_inactive_since_timestamp_seconds{instance="a",slot="s1"} 1795246575.5',
    'pgrepl_slot_info{instance="a",slot="s1",slot_type="physical"} 1',
    'pgrepl_slot_invalidation{instance="a",slot="s1",reason="idle_timeout"} 0',
    'pgrepl_slot_invalidation{instance="a",slot="s1",reason="rows_removed"} 0',
    'pgrepl_slot_invalidation{instance="a",slot="s1",reason="wal_level_insufficient"} 0',
    'pgrepl_slot_invalidation{instance="a",slot="s1",reason="wal_removed"} 1',
    'pgrepl_slot_synced{instance="a",slot="s1"} 0',
    'pgrepl_slot_wal_status{instance="a",slot="s1",status="extended"} 0',
    'pgrepl_slot_wal_status{instance="a",slot="s1",status="lost"} 1',
    'pgrepl_slot_wal_status{instance="a",slot="s1",status="reserved"} 0',
    'pgrepl_slot_wal_status{instance="a",slot="s1",status="unreserved"} 0',
  ]);
  const onStandby = await factsOf(slots, [{ ...LOST, in_recovery: "t" }]);
  assertEquals(onStandby, await factsOf(slots, [LOST]));
});

Deno.test("slots publishes nothing for NULL, and no invalidation before 17", async () => {
  const row = nullExcept(PHYSICAL, "slot_name", "slot_type", "temporary", "active", "in_recovery");
  assertEquals(await linesOfRows(slots, [row], { versionNum: 130023 }), [
    'pgrepl_slot_active{instance="a",slot="s1"} 1',
    'pgrepl_slot_info{instance="a",slot="s1",slot_type="physical"} 1',
  ]);
  assertEquals(linesOf(slots, []), []);
});

Deno.test("slots publishes headroom from negative up to 1, and none where the limit is 0 or absent", async () => {
  const ratioOf = async (safe: number | null, limit: number | null) => {
    const row = {
      ...PHYSICAL,
      safe_wal_size: safe === null ? null : String(safe),
      max_keep_bytes: limit === null ? null : String(limit),
    };
    const lines = await linesOfRows(slots, [row]);
    return lines.find((line) => line.includes("headroom"))?.split(" ")[1];
  };
  assertEquals(await ratioOf(80 * MIB, 64 * MIB), "1");
  assertEquals(await ratioOf(-96 * MIB, 64 * MIB), "-1.5");
  assertEquals(await ratioOf(0, 64 * MIB), "0");
  assertEquals(await ratioOf(16 * MIB, 0), undefined);
  assertEquals(await ratioOf(null, null), undefined);
});

Deno.test("slots recalculates on a standby, where the view calculates from position 0", async () => {
  const view = { wal_status: "reserved", safe_wal_size: String(0xA000000) };
  const [fact] = await factsOf(slots, [{ ...PHYSICAL, ...view, in_recovery: "t", server_lsn: "0/B000010" }]);
  assertEquals(fact?.walStatus, "unreserved");
  assertEquals(fact?.safeWalBytes, -16 * MIB - 16);
  const [unknown] = await factsOf(slots, [{ ...PHYSICAL, ...view, in_recovery: "t", server_lsn: null }]);
  assertEquals([unknown?.walStatus, unknown?.safeWalBytes, unknown?.retainedBytes], [null, null, null]);
});

Deno.test("slots puts no process id into a label, and keeps two backups apart", async () => {
  const rows = [
    { ...PHYSICAL, slot_name: "pg_basebackup_100", temporary: "t", active_pid: "100" },
    { ...PHYSICAL, slot_name: "pg_basebackup_200", temporary: "t", active_pid: "200" },
  ];
  const lines = await linesOfRows(slots, rows);
  assertEquals(lines.filter((line) => line.startsWith("pgrepl_slot_active")), [
    'pgrepl_slot_active{instance="a",slot="pg_basebackup"} 1',
    'pgrepl_slot_active{instance="a",slot="pg_basebackup#2"} 1',
  ]);
});

Deno.test("slots gives an unknown reason a series of its own", async () => {
  const lines = await linesOfRows(slots, [{ ...LOST, invalidation_reason: "bored" }]);
  assertEquals(lines.filter((line) => line.includes("_invalidation{") && line.endsWith(" 1")), [
    'pgrepl_slot_invalidation{instance="a",slot="s1",reason="bored"} 1',
  ]);
});

Deno.test("slots selects columns only where they exist", async () => {
  const sqlOf = async (versionNum: number) => {
    const asked: Asked[] = [];
    await factsOf(slots, [], { versionNum, asked });
    return asked[0]?.sql ?? "";
  };
  assertStringIncludes(await sqlOf(159999), "NULL AS conflicting, NULL AS inactive_since");
  assertStringIncludes(await sqlOf(169999), " conflicting, NULL AS inactive_since");
  assertStringIncludes(await sqlOf(170000), "EXTRACT(epoch FROM inactive_since)");
});
