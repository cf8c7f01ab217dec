import { assertEquals } from "@std/assert";
import { senders } from "../../src/collectors/senders.ts";
import type { Row } from "../../src/postgres/decode.ts";
import { factsOf, linesOf, linesOfRows, nullExcept } from "./collecting.ts";

const STREAMING: Row = {
  pid: "100",
  application_name: "standby1",
  client_addr: "10.0.0.1",
  client_hostname: null,
  usename: "replicator",
  backend_start: "1795246575.163966",
  age: "1.5",
  xmin_age: "7",
  slot_name: "s1",
  slot_type: "physical",
  datid: null,
  can_read_slots: "t",
  state: "streaming",
  sync_state: "quorum",
  sync_priority: "1",
  sent_lsn: "16/B374D840",
  write_lsn: "16/B374D800",
  flush_lsn: "16/B374D700",
  replay_lsn: "16/B374D000",
  write_lag: "0.000237",
  flush_lag: "0.5",
  replay_lag: "1.25",
  reply_age: "0.164293",
  server_lsn: "16/B374D848",
};

const NOT_REPLIED = {
  write_lsn: null,
  flush_lsn: null,
  replay_lsn: null,
  write_lag: null,
  flush_lag: null,
  replay_lag: null,
  reply_age: null,
};

Deno.test("senders publishes a streaming standby", async () => {
  const key = 'instance="a",standby="standby1",client_addr="10.0.0.1",slot="s1"';
  assertEquals(await linesOfRows(senders, [STREAMING]), [
    `pgrepl_sender_backend_start_timestamp_seconds{${key}} 1795246575.163966`,
    `pgrepl_sender_info{${key},kind="standby",user="replicator",application_name="standby1"} 1`,
    `pgrepl_sender_lag_bytes{${key},stage="flush"} 328`,
    `pgrepl_sender_lag_bytes{${key},stage="replay"} 2120`,
    `pgrepl_sender_lag_bytes{${key},stage="sent"} 8`,
    `pgrepl_sender_lag_bytes{${key},stage="write"} 72`,
    `pgrepl_sender_lag_seconds{${key},stage="flush"} 0.5`,
    `pgrepl_sender_lag_seconds{${key},stage="replay"} 1.25`,
    `pgrepl_sender_lag_seconds{${key},stage="write"} 0.000237`,
    `pgrepl_sender_reply_age_seconds{${key}} 0.164293`,
    `pgrepl_sender_state{${key},state="backup"} 0`,
    `pgrepl_sender_state{${key},state="catchup"} 0`,
    `pgrepl_sender_state{${key},state="startup"} 0`,
    `pgrepl_sender_state{${key},state="stopping"} 0`,
    `pgrepl_sender_state{${key},state="streaming"} 1`,
    `pgrepl_sender_sync_priority{${key}} 1`,
    `pgrepl_sender_sync_state{${key},sync_state="async"} 0`,
    `pgrepl_sender_sync_state{${key},sync_state="potential"} 0`,
    `pgrepl_sender_sync_state{${key},sync_state="quorum"} 1`,
    `pgrepl_sender_sync_state{${key},sync_state="sync"} 0`,
    `pgrepl_sender_xmin_age_transactions{${key}} 7`,
  ]);
});

Deno.test("senders publishes no lag when a frozen or idle standby reports none", async () => {
  const frozen = { ...STREAMING, write_lag: null, flush_lag: null, replay_lag: null };
  const lines = await linesOfRows(senders, [frozen]);
  assertEquals(lines.filter((line) => line.startsWith("pgrepl_sender_lag_seconds")), []);
  assertEquals(lines.filter((line) => line.startsWith("pgrepl_sender_lag_bytes")).length, 4);
});

Deno.test("senders publishes no replay lag for a client that never replays, although the view has one", async () => {
  const lines = await linesOfRows(senders, [{ ...STREAMING, flush_lsn: null, replay_lsn: null }]);
  assertEquals(lines.filter((line) => line.startsWith("pgrepl_sender_lag_seconds")), [
    'pgrepl_sender_lag_seconds{instance="a",standby="standby1",client_addr="10.0.0.1",slot="s1",stage="write"} ' +
    "0.000237",
  ]);
});

Deno.test("senders publishes nothing for a row of NULLs, as a login without rights sees it", async () => {
  const row = nullExcept(STREAMING, "pid", "application_name", "usename", "slot_name", "server_lsn");
  assertEquals((await factsOf(senders, [row])).length, 1);
  assertEquals(await linesOfRows(senders, [row]), []);
  assertEquals(await linesOfRows(senders, [nullExcept(STREAMING, "pid")]), []);
});

Deno.test("senders publishes only the state of one that has just connected", async () => {
  const row = { ...nullExcept(STREAMING, "pid", "application_name", "server_lsn"), state: "startup" };
  const lines = await linesOfRows(senders, [row]);
  assertEquals(lines.filter((line) => !line.startsWith("pgrepl_sender_state")), [
    'pgrepl_sender_info{instance="a",standby="standby1",kind="standby",application_name="standby1"} 1',
  ]);
});

Deno.test("senders without facts publishes nothing", () => {
  assertEquals(linesOf(senders, []), []);
});

Deno.test("senders publishes a downstream that is ahead of its restarted upstream as negative", async () => {
  const lines = await linesOfRows(senders, [{ ...STREAMING, server_lsn: "16/B374CFF0" }]);
  assertEquals(lines.filter((line) => line.includes('stage="replay"'))[0]?.split(" ")[1], "-16");
});

Deno.test("senders subtracts exactly beyond 2^53", async () => {
  const far = { ...STREAMING, server_lsn: "FFFFFFFF/FFFFFFFF", replay_lsn: "FFFFFFFF/FFFFFFFE" };
  const lines = await linesOfRows(senders, [far]);
  assertEquals(lines.filter((line) => line.includes('stage="replay"'))[0]?.split(" ")[1], "1");
});

Deno.test("senders distinguishes the kinds of client", async () => {
  const kindOf = async (changes: Row) => (await factsOf(senders, [{ ...STREAMING, ...changes }]))[0]?.kind;
  assertEquals(await kindOf({}), "standby");
  assertEquals(await kindOf({ slot_type: "logical" }), "logical");
  // Its database shows logical decoding where the slots may not be read, before it has a slot, and after.
  const withoutSlot = { slot_name: null, slot_type: null };
  const hidden = { ...withoutSlot, can_read_slots: "f" };
  assertEquals(await kindOf({ ...hidden, datid: "5" }), "logical");
  assertEquals(await kindOf(hidden), "standby");
  const sync = { ...NOT_REPLIED, ...withoutSlot, datid: "5", application_name: "pg_16404_sync_16397_77" };
  assertEquals(await kindOf({ ...sync, state: "startup" }), "logical", "an initial copy");
  assertEquals(await kindOf({ ...withoutSlot, datid: "5" }), "logical", "its slot was read later, and free");
  assertEquals(await kindOf({ datid: "5" }), "receivewal", "the receiver of a standby has no database");
  assertEquals(await kindOf({ ...NOT_REPLIED, datid: "5", state: "backup" }), "backup");
  assertEquals(await kindOf({ ...NOT_REPLIED, state: "backup", application_name: "mine" }), "backup");
  assertEquals(await kindOf({ ...NOT_REPLIED }), "standby", "it has yet to report");
  assertEquals(await kindOf({ ...NOT_REPLIED, state: "startup", application_name: null }), "standby");
  // Programs that speak the protocol: one that reports nothing of use, one that never reports, one without a name.
  assertEquals(await kindOf({ ...NOT_REPLIED, reply_age: "0.5", age: "9" }), "standby");
  assertEquals(await kindOf({ ...NOT_REPLIED, reply_age: "0.5", age: "11" }), "receivewal");
  assertEquals(await kindOf({ ...NOT_REPLIED, age: "61" }), "receivewal");
  assertEquals(await kindOf({ application_name: "" }), "receivewal");
  // The WAL stream of a base backup: nothing replayed, a temporary slot.
  const stream = { ...NOT_REPLIED, write_lsn: "16/B374D800" };
  assertEquals(await kindOf({ ...stream, application_name: "pg_basebackup" }), "backup");
  assertEquals(await kindOf({ ...stream, slot_name: "pg_basebackup_100" }), "backup");
  // pg_receivewal, whatever it calls itself, writes and maybe flushes, but never replays.
  assertEquals(await kindOf({ ...stream, application_name: "mine" }), "receivewal");
  assertEquals(await kindOf({ ...stream, flush_lsn: "16/B374D800", application_name: "mine" }), "receivewal");
  assertEquals(await kindOf({ ...NOT_REPLIED, application_name: "pg_receivewal" }), "receivewal");
  // A standby before its first reply, and one that took the name of a tool.
  assertEquals(await kindOf(NOT_REPLIED), "standby");
  assertEquals(await kindOf({ application_name: "pg_receivewal" }), "standby");
});

Deno.test("senders keeps the name of the older of two twins, regardless of order and process ids", async () => {
  const older = { ...STREAMING, slot_name: null, slot_type: null, pid: "900", backend_start: "1000" };
  const newer = { ...older, pid: "100", backend_start: "2000" };
  for (const rows of [[older, newer], [newer, older]]) {
    const facts = await factsOf(senders, rows);
    assertEquals(facts.map(({ standby, pid }) => [standby, pid]), [["standby1", 900], ["standby1#2", 100]]);
  }
});

Deno.test("senders numbers only twins with the same address and slot", async () => {
  const rows = [
    { ...STREAMING, pid: "1", backend_start: "1" },
    { ...STREAMING, pid: "2", backend_start: "2", slot_name: "s2" },
    { ...STREAMING, pid: "3", backend_start: "3", client_addr: "10.0.0.2" },
    { ...STREAMING, pid: "4", backend_start: "4", slot_name: "s2" },
  ];
  assertEquals((await factsOf(senders, rows)).map(({ standby }) => standby), [
    "standby1",
    "standby1",
    "standby1",
    "standby1#2",
  ]);
  // 21 lines each: none lost, none a duplicate (linesOf() fails on one).
  assertEquals((await linesOfRows(senders, rows)).length, 4 * 21);
});

Deno.test("senders puts no process id into a label when the slot is named after it", async () => {
  const row = { ...STREAMING, slot_name: "pg_walreceiver_100" };
  assertEquals((await factsOf(senders, [row]))[0]?.slot, "pg_walreceiver_100");
  assertEquals((await linesOfRows(senders, [row])).filter((line) => line.includes('100"')), []);
});
