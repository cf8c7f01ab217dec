import { assertEquals, assertStringIncludes } from "@std/assert";
import {
  copyAgain,
  dropLostSlot,
  dropUnusedSlot,
  promoteAnyway,
} from "../../../src/cluster/managers/proofs.ts";
import { unprovenIn } from "../../checks/destructive_statements.ts";

const place = { slot: "it's", server: "db1" };

for (
  const [text, step] of [
    [dropUnusedSlot(place), `Then on "db1": SELECT pg_drop_replication_slot('it''s');`],
    [dropUnusedSlot({ ...place, step: "stolonctl removekeeper K" }), "Then stolonctl removekeeper K."],
    [dropLostSlot(place), `Then on "db1": SELECT pg_drop_replication_slot('it''s');`],
    [copyAgain({ shows: "patronictl list", step: "patronictl reinit a b" }), "Then patronictl reinit a b."],
    [promoteAnyway("patronictl failover a"), "Then patronictl failover a."],
  ] as const
) {
  Deno.test(`a step of a manager comes with what to check first and what is lost: ${step}`, () => {
    assertStringIncludes(text, ". Check first: ");
    assertStringIncludes(text, step);
    assertStringIncludes(text, " If that is wrong, ");
    assertEquals(unprovenIn(text), []);
  });
}

Deno.test("dropUnusedSlot() says what a consumer that comes back must do", () => {
  assertStringIncludes(
    dropUnusedSlot(place),
    "a consumer that comes back must be rebuilt, or, as a subscriber,",
  );
  assertStringIncludes(
    dropUnusedSlot({ ...place, type: "physical" }),
    "a standby that comes back must be rebuilt",
  );
  assertStringIncludes(dropUnusedSlot({ ...place, type: "logical" }), "no subscription may use it");
  assertStringIncludes(dropUnusedSlot({ ...place, return: "be cloned again" }), "must be cloned again");
});
