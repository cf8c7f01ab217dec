import { assertEquals, assertStringIncludes } from "@std/assert";
import { inConfigurationFile, repmgrSpeech } from "../../../src/cluster/managers/repmgr.ts";
import { INTENTS, PLACE } from "./intents.ts";

Deno.test("inConfigurationFile() quotes as postgresql.conf does", () => {
  assertEquals(
    inConfigurationFile([["fsync", "on"], ["archive_command", "cp %p '/a b'"]], { server: "db1" }),
    `in postgresql.conf of "db1" set fsync = on, archive_command = 'cp %p ''/a b''' (postgresql.auto.conf wins where it has ` +
      "fsync, archive_command, too), then SELECT pg_reload_conf()",
  );
  const unquoted = { kind: "add_synchronous", required: 1, standbys: ["pg-node-2", "n3"] } as const;
  assertStringIncludes(repmgrSpeech.add_synchronous(unquoted, PLACE), `'ANY 1 ("pg-node-2", n3, another)'`);
});

Deno.test("repmgr pauses its daemon before a restart, and tries a rejoin before it is done", () => {
  const restart = repmgrSpeech.set(INTENTS.set, PLACE);
  assertEquals(restart.includes("pg_reload_conf"), false, restart);
  assertStringIncludes(restart, "repmgr service pause");
  assertStringIncludes(repmgrSpeech.rejoin(INTENTS.rejoin, PLACE), "--force-rewind --dry-run");
  const clone = "--action=stop, then repmgr -h PRIMARY -U repmgr -d repmgr standby clone --force, start it";
  assertStringIncludes(repmgrSpeech.rebuild(INTENTS.rebuild, PLACE), clone);
  assertStringIncludes(repmgrSpeech.rejoin(INTENTS.rejoin, PLACE), clone);
  assertStringIncludes(repmgrSpeech.replace_slot(INTENTS.replace_slot, PLACE), clone);
});
