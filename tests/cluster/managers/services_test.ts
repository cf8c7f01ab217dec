import { assertEquals, assertStringIncludes } from "@std/assert";
import {
  alloyDbSpeech,
  azureSpeech,
  cloudSqlSpeech,
  rdsSpeech,
  SERVICE_PROMOTIONS,
} from "../../../src/cluster/managers/services.ts";
import { INTENTS, PLACE } from "./intents.ts";

Deno.test("services: settings, promotions and access are theirs", () => {
  assertStringIncludes(rdsSpeech.set(INTENTS.set, PLACE), "DB parameter group");
  assertStringIncludes(cloudSqlSpeech.set(INTENTS.set, PLACE), "--database-flags='max_wal_senders=20,");
  assertStringIncludes(azureSpeech.set(INTENTS.set, PLACE), "--name max_wal_senders --value 20");
  assertStringIncludes(
    alloyDbSpeech.get_primary(INTENTS.get_primary, PLACE),
    SERVICE_PROMOTIONS.alloydb.failover,
  );
  assertEquals(rdsSpeech.admit(INTENTS.admit, PLACE).includes("pg_hba"), false);
});
