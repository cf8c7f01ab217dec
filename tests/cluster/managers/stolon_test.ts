import { assertEquals, assertStringIncludes } from "@std/assert";
import { stolonSpeech } from "../../../src/cluster/managers/stolon.ts";
import { INTENTS, PLACE } from "./intents.ts";

Deno.test("Stolon: changes are patches of its specification, as JSON", () => {
  const [, patch = ""] = /--patch '([^']*)'/.exec(stolonSpeech.set(INTENTS.set, PLACE)) ?? [];
  assertEquals(JSON.parse(patch), {
    pgParameters: { max_wal_senders: "20", archive_command: "cp %p /a/%f" },
  });
  assertStringIncludes(stolonSpeech.get_primary(INTENTS.get_primary, PLACE), "stolonctl failkeeper");
});
