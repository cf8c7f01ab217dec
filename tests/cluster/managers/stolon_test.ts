import { assertEquals, assertStringIncludes } from "@std/assert";
import { stolonSpeech } from "../../../src/cluster/managers/stolon.ts";
import { INTENTS, PLACE } from "./intents.ts";

Deno.test("Stolon: changes are patches of its specification, as JSON", () => {
  const [, patch = ""] = /--patch '([^']*)'/.exec(stolonSpeech.set(INTENTS.set, PLACE)) ?? [];
  assertEquals(JSON.parse(patch), {
    pgParameters: { max_wal_senders: "20", archive_command: "cp %p /a/%f" },
  });
  const [, access = ""] = /--patch '([^']*)'/.exec(stolonSpeech.admit(INTENTS.admit, PLACE)) ?? [];
  assertEquals(JSON.parse(access).pgHBA.slice(-2), ["host all all 0.0.0.0/0 md5", "host all all ::0/0 md5"]);
  assertStringIncludes(
    stolonSpeech.give_slot(INTENTS.give_slot, PLACE),
    "put every name that is there into the patch",
  );
  assertStringIncludes(stolonSpeech.get_primary(INTENTS.get_primary, PLACE), "stolonctl failkeeper");
});
