import { assertEquals } from "@std/assert";
import { describedView, samplesOf } from "./described.ts";

const view = describedView();

Deno.test("postgres_exporter: the lag is the truth, not 0 for a standby that is down", () => {
  const expected = ['{instance="down"} 400', '{instance="primary"} 0', '{instance="standby"} 12.5'];
  assertEquals(samplesOf(view, "pg_replication_lag_seconds"), expected);
  assertEquals(samplesOf(view, "pg_up"), [
    '{instance="down"} 0',
    '{instance="primary"} 1',
    '{instance="standby"} 1',
  ]);
});

Deno.test("postgres_exporter: twins among the senders are numbered, and what was never reported has no sample", () => {
  assertEquals(samplesOf(view, "pg_stat_replication_pg_current_wal_lsn_bytes").length, 2);
  assertEquals(samplesOf(view, "pg_stat_replication_pg_wal_lsn_diff"), [
    '{instance="primary",application_name="standby",client_addr="10.0.0.2",server="10.0.0.1:5432",slot_name="s.1",' +
    'state="streaming"} 100',
  ]);
});

Deno.test("postgres_exporter: both names of its own collector of slots", () => {
  for (const prefix of ["pg_replication_slot", "pg_replication_slots"]) {
    assertEquals(samplesOf(view, `${prefix}_wal_status`), [
      '{instance="primary",slot_name="decoding",slot_type="logical",wal_status="lost"} 1',
      '{instance="primary",slot_name="s.1",slot_type="physical",wal_status="reserved"} 1',
    ]);
    // Only of an active slot, and theirs of a physical one is always 0.
    assertEquals(samplesOf(view, `${prefix}_slot_confirmed_flush_lsn`), []);
  }
});

Deno.test("postgres_exporter: positions of the receiver without the bits above 52", () => {
  assertEquals(samplesOf(view, "pg_stat_wal_receiver_flushed_lsn").map((line) => line.split(" ").at(-1)), [
    "5",
  ]);
  assertEquals(samplesOf(view, "pg_stat_wal_receiver_upstream_node").map((line) => line.split(" ").at(-1)), [
    "7",
  ]);
});
