import { assertEquals, assertStringIncludes } from "@std/assert";
import { cloudNativePgSpeech } from "../../../src/cluster/managers/cloudnative_pg.ts";
import { INTENTS, PLACE } from "./intents.ts";

Deno.test("CloudNativePG: settings are in the manifest, an instance is destroyed to be made again", () => {
  assertStringIncludes(
    cloudNativePgSpeech.set(INTENTS.set, PLACE),
    'spec.postgresql.parameters: max_wal_senders: "20", archive_command: "cp %p /a/%f"',
  );
  assertStringIncludes(cloudNativePgSpeech.rebuild(INTENTS.rebuild, PLACE), "kubectl cnpg destroy shop n3");
  assertEquals(cloudNativePgSpeech.start(INTENTS.start, PLACE).startsWith("kubectl cnpg status shop"), true);
});
