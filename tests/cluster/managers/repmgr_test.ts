import { assertEquals, assertStringIncludes } from "@std/assert";
import { inConfigurationFile, repmgrSpeech } from "../../../src/cluster/managers/repmgr.ts";
import { INTENTS, PLACE } from "./intents.ts";

Deno.test("inConfigurationFile() quotes as postgresql.conf does", () => {
  assertEquals(
    inConfigurationFile([["fsync", "on"], ["archive_command", "cp %p /a"]], "db1"),
    `in postgresql.conf of "db1" set fsync = on, archive_command = 'cp %p /a', then SELECT pg_reload_conf()`,
  );
});

Deno.test("repmgr pauses its daemon before a restart, and tries a rejoin before it is done", () => {
  const restart = repmgrSpeech.set(INTENTS.set, PLACE);
  assertEquals(restart.includes("pg_reload_conf"), false, restart);
  assertStringIncludes(restart, "repmgr service pause");
  assertStringIncludes(repmgrSpeech.rejoin(INTENTS.rejoin, PLACE), "--force-rewind --dry-run");
});
