import { assertEquals } from "@std/assert";
import { describedView, samplesOf } from "./described.ts";

const view = describedView();

Deno.test("pgexporter: labels are written with _ for a dot, and n/a for none", () => {
  assertEquals(samplesOf(view, "pgexporter_pg_replication_slots_active"), [
    '{instance="primary",server="primary",slot_name="decoding",slot_type="logical",database="app_db"} 0',
    '{instance="primary",server="primary",slot_name="s_1",slot_type="physical",database="n/a"} 1',
  ]);
  assertEquals(samplesOf(view, "pgexporter_pg_wal_last_received"), [
    '{instance="standby",server="standby",sender="10_0_0_1:5432",database="postgres"} 1500',
  ]);
});

Deno.test("pgexporter: only senders that stream are counted", () => {
  assertEquals(samplesOf(view, "pgexporter_pg_stat_replication"), [
    '{instance="primary",server="primary",application_name="standby",database="postgres"} 1',
  ]);
});

Deno.test("pgexporter: its alert of the lag fires by the truth", () => {
  const values = samplesOf(view, "pgexporter_alert_replication_lag").map((
    line,
  ) => [/server="(\w+)"/.exec(line)?.[1], line.split(" ").at(-1)]);
  assertEquals(values, [["down", "1"], ["primary", "0"], ["standby", "0"]]);
  const cut = describedView({ standbys: { standby: { connected: false } } });
  assertEquals(samplesOf(cut, "pgexporter_alert_wal_receiver_down").map((line) => line.split(" ").at(-1)), [
    "0",
    "1",
  ]);
});
