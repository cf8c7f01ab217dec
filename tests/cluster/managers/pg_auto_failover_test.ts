import { assertEquals, assertStringIncludes } from "@std/assert";
import { pgAutoFailoverSpeech } from "../../../src/cluster/managers/pg_auto_failover.ts";
import { INTENTS, PLACE } from "./intents.ts";

Deno.test("pg_auto_failover: the monitor promotes, and maintenance mode comes before a restart", () => {
  assertStringIncludes(
    pgAutoFailoverSpeech.get_primary(INTENTS.get_primary, PLACE),
    "pg_autoctl perform promotion",
  );
  const restart = pgAutoFailoverSpeech.set(INTENTS.set, PLACE);
  assertStringIncludes(restart, "pg_autoctl enable maintenance");
  assertEquals(restart.includes("pg_reload_conf"), false, restart);
});
