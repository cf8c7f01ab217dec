import { assertEquals } from "@std/assert";
import { describedView, samplesOf } from "./described.ts";

const view = describedView();

const STANDBY = 'instance="primary",appname="standby",usename="replicator",address="10.0.0.2/32",pid="71"';
const TWIN = 'instance="primary",appname="standby",usename="replicator",address="localhost",pid="72"';

Deno.test("pg_exporter: senders by address as inet::text writes it, and by process", () => {
  assertEquals(samplesOf(view, "pg_repl_state"), [`{${STANDBY}} 0`, `{${TWIN}} 2`]);
  assertEquals(samplesOf(view, "pg_repl_sync_state"), [`{${STANDBY}} 2`, `{${TWIN}} 0`]);
});

Deno.test("pg_exporter: a lag that is NULL is 0 only for a client that has everything", () => {
  assertEquals(samplesOf(view, "pg_repl_write_lag"), [`{${STANDBY}} 0`]);
  assertEquals(samplesOf(view, "pg_repl_flush_lag"), [`{${STANDBY}} 0.25`]);
  // 100 bytes behind, and the server says nothing of the time.
  assertEquals(samplesOf(view, "pg_repl_replay_lag"), []);
});
