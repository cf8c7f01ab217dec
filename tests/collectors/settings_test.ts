import { assertEquals, assertRejects } from "@std/assert";
import { settings } from "../../src/collectors/settings.ts";
import type { Row } from "../../src/postgres/decode.ts";
import { factsOf, linesOf, linesOfRows, nullExcept } from "./collecting.ts";

const SETTINGS: Row = {
  data_checksums: "f",
  fsync: "on",
  full_page_writes: "off",
  wal_log_hints: "off",
  max_connections: "100",
  max_worker_processes: "8",
  max_prepared_transactions: "0",
  max_locks_per_transaction: "64",
  wal_sender_timeout: "60.000000",
  wal_receiver_timeout: "0.000000",
  wal_receiver_status_interval: "10.000000",
  max_standby_streaming_delay: "-1.000000",
  synchronous_standby_names: "",
  max_slot_wal_keep: "-1",
  has_archive_command: "f",
  recovery_target_timeline: "latest",
  standby_name: null,
  own_address: null,
  own_port: null,
  sync_slots: null,
  names_database: null,
  runs_slot_sync: null,
  synchronized_standby_slots: null,
};

Deno.test("settings publishes the durability settings", async () => {
  assertEquals(await linesOfRows(settings, [SETTINGS]), [
    'pgrepl_data_checksums{instance="a"} 0',
    'pgrepl_fsync{instance="a"} 1',
    'pgrepl_full_page_writes{instance="a"} 0',
  ]);
});

Deno.test("settings reads a timeout of 0 as off, and a negative delay as unlimited", async () => {
  const read = async (changes: Row) => (await factsOf(settings, [{ ...SETTINGS, ...changes }]))[0];
  const fact = await read({});
  assertEquals([fact?.walSenderTimeoutSeconds, fact?.walReceiverTimeoutSeconds], [60, null]);
  assertEquals(fact?.maxStandbyStreamingDelaySeconds, null);
  assertEquals((await read({ max_standby_streaming_delay: "0" }))?.maxStandbyStreamingDelaySeconds, 0);
  assertEquals((await read({ wal_receiver_status_interval: "0" }))?.walReceiverStatusIntervalSeconds, null);
});

Deno.test("settings reads what a standby would do after a promotion", async () => {
  const read = async (changes: Row) => (await factsOf(settings, [{ ...SETTINGS, ...changes }]))[0];
  assertEquals((await read({}))?.maxSlotWalKeepBytes, null);
  const fact = await read({
    synchronous_standby_names: "ANY 1 (a, b)",
    max_slot_wal_keep: "1073741824",
    has_archive_command: "t",
    recovery_target_timeline: "3",
  });
  assertEquals(
    [fact?.synchronousStandbyNames, fact?.maxSlotWalKeepBytes, fact?.hasArchiveCommand],
    ["ANY 1 (a, b)", 1024 ** 3, true],
  );
  assertEquals(fact?.recoveryTargetTimeline, "3");
});

Deno.test("settings reads the name and the address of a server where they are known", async () => {
  const read = async (changes: Row) => (await factsOf(settings, [{ ...SETTINGS, ...changes }]))[0];
  const unknown = await read({ standby_name: null, own_address: null, own_port: null });
  assertEquals([unknown?.standbyName, unknown?.ownEndpoint], [undefined, undefined]);
  const fact = await read({ standby_name: "'pg-2'", own_address: "10.0.0.2", own_port: "5432" });
  assertEquals([fact?.standbyName, fact?.ownEndpoint], ["pg-2", { host: "10.0.0.2", port: 5432 }]);
});

Deno.test("settings reads how slots are synchronized, from 17 on", async () => {
  const read = async (changes: Row) => (await factsOf(settings, [{ ...SETTINGS, ...changes }]))[0];
  assertEquals((await read({}))?.slotSync, undefined);
  const fact = await read({
    sync_slots: "on",
    names_database: "t",
    runs_slot_sync: "f",
    synchronized_standby_slots: 'a, "B"',
  });
  assertEquals(fact?.slotSync, { isOn: true, hasDatabase: true, isRunning: false, awaited: ["a", "B"] });
  const primary = await read({ sync_slots: "off", synchronized_standby_slots: "" });
  assertEquals(primary?.slotSync, { isOn: false, hasDatabase: null, isRunning: null, awaited: [] });
});

Deno.test("settings without facts publishes nothing, and settings are never NULL", async () => {
  assertEquals(linesOf(settings, []), []);
  await assertRejects(
    () => factsOf(settings, [nullExcept(SETTINGS)]),
    TypeError,
    "expected a value, got NULL",
  );
});
