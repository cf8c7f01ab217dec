import { assert, assertEquals, assertThrows } from "@std/assert";
import { checks } from "../../../src/cluster/findings/checks.ts";
import { explainedBy } from "../../../src/report/alerts/alert.ts";

Deno.test("explainedBy() takes the text of the check, and adds what only the alert says", () => {
  const check = checks.find(({ name }) => name === "slot_lost");
  assert(check !== undefined);
  const { meaning, look = [], steps } = check;
  assertEquals(explainedBy("slot_lost"), { check: "slot_lost", meaning, look, steps });
  assertEquals(explainedBy("slot_lost", { meaning: "More.", look: ["first"], steps: ["last"] }), {
    check: "slot_lost",
    meaning: `${meaning} More.`,
    look: ["first", ...look],
    steps: [...steps, "last"],
  });
  assertThrows(() => explainedBy("no_such_check"), RangeError, '"no_such_check"');
});
