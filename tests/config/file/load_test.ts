import { assert, assertEquals, assertFalse } from "@std/assert";
import { messagesOf, problemsOf, readCorpus, runWith } from "./corpus.ts";

/** Whether the messages are written again: PGREPL_TEST_UPDATE=1. */
const isUpdating = Deno.env.get("PGREPL_TEST_UPDATE") === "1";

for (const specimen of await readCorpus("bad")) {
  Deno.test(`loadConfigFile() rejects bad/${specimen.name} with every problem and its place`, async () => {
    const outcome = await runWith(specimen);
    const problems = problemsOf(outcome);
    if (isUpdating) await Deno.writeTextFile(messagesOf(specimen.name), problems);
    assertEquals([outcome.code, outcome.served], [2, null]);
    assertEquals(problems, await Deno.readTextFile(messagesOf(specimen.name)));
    assertFalse(outcome.stderr.includes("canary"), "a secret is repeated");
  });
}

for (const specimen of await readCorpus("good")) {
  Deno.test(`loadConfigFile() accepts good/${specimen.name}.yml`, async () => {
    const { code, stderr, served } = await runWith(specimen);
    assertEquals([code, stderr], [0, ""]);
    assert(served !== null);
  });
}
