import { assertEquals, assertStringIncludes } from "@std/assert";
import {
  crunchySpeech,
  patroniOptions,
  patroniSpeech,
  yaml,
  zalandoSpeech,
} from "../../../src/cluster/managers/patroni.ts";
import { INTENTS, PLACE } from "./intents.ts";

Deno.test("patroniOptions() quotes for a shell what needs it", () => {
  assertEquals(
    patroniOptions([["fsync", "on"], ["synchronous_standby_names", "ANY 1 (a, b)"], [
      "archive_command",
      "cp %p /a",
    ]]),
    "-p fsync=on -p 'synchronous_standby_names=ANY 1 (a, b)' -p 'archive_command=cp %p /a'",
  );
});

Deno.test("Patroni restarts standbys first, and quotes names of members as PostgreSQL wants them", () => {
  assertStringIncludes(
    patroniSpeech.set(INTENTS.set, PLACE),
    "patronictl restart shop --role replica --pending, and after that patronictl restart shop --role leader --pending",
  );
  assertStringIncludes(
    patroniSpeech.add_synchronous(INTENTS.add_synchronous, PLACE),
    `-p 'synchronous_standby_names=ANY 1 (n2, "n-3")'`,
  );
  assertStringIncludes(
    patroniSpeech.add_synchronous({ ...INTENTS.add_synchronous, standbys: ["n2"] }, PLACE),
    "ANY 1 (n2, ANOTHER)",
  );
});

Deno.test("operators that run Patroni undo its edit-config: their manifest is changed", () => {
  for (const speech of [crunchySpeech, zalandoSpeech]) {
    for (
      const say of [speech.set(INTENTS.set, PLACE), speech.release_commits(INTENTS.release_commits, PLACE)]
    ) {
      assertEquals(say.includes("edit-config"), false, say);
    }
    assertStringIncludes(speech.set(INTENTS.set, PLACE), yaml(INTENTS.set.settings));
  }
});
