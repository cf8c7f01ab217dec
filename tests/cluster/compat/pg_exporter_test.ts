import { assertEquals } from "@std/assert";
import { describedView, samplesOf } from "./described.ts";

const view = describedView();

Deno.test("pg_exporter: the lag is the truth, not 0 for a standby that is down", () => {
  const expected = ['{instance="down"} 400', '{instance="primary"} 0', '{instance="standby"} 12.5'];
  assertEquals(samplesOf(view, "pg_lag"), expected);
});

Deno.test("pg_exporter: a requested pause counts as paused, as with pg_is_wal_replay_paused()", () => {
  const expected = ['{instance="primary"} 0', '{instance="standby"} 1'];
  assertEquals(samplesOf(view, "pg_is_wal_replay_paused"), expected);
});

Deno.test("pg_exporter: states are codes", () => {
  const valuesOf = (name: string) => samplesOf(view, name).map((line) => Number(line.split(" ").at(-1)));
  assertEquals(valuesOf("pg_slot_wal_status"), [3, 0]);
  assertEquals(valuesOf("pg_slot_invalidation_reason"), [1, 0]);
  assertEquals(valuesOf("pg_recv_state"), [0]);
  assertEquals(samplesOf(view, "pg_downstream_count").filter((line) => line.includes('"primary"')), [
    '{instance="primary",state="backup"} 0',
    '{instance="primary",state="catchup"} 1',
    '{instance="primary",state="startup"} 0',
    '{instance="primary",state="stopping"} 0',
    '{instance="primary",state="streaming"} 1',
  ]);
});
