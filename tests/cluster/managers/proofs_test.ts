import { assertEquals, assertStringIncludes } from "@std/assert";
import {
  copyAgain,
  dropLostSlot,
  dropUnusedSlot,
  promoteAnyway,
  replaceLogicalSlot,
} from "../../../src/cluster/managers/proofs.ts";
import type { SlotConsumer } from "../../../src/domain/slot.ts";
import { unprovenIn } from "../../checks/destructive_statements.ts";

const place = { slot: "it's", server: "db1", consumer: "standby" } as const;
const copy = "pg_16404_sync_16397_77";

for (
  const [text, step] of [
    [dropUnusedSlot(place), `Then on "db1": SELECT pg_drop_replication_slot('it''s');`],
    [dropUnusedSlot({ ...place, step: "stolonctl removekeeper K" }), "Then stolonctl removekeeper K."],
    [
      dropUnusedSlot({ ...place, before: "undo it where it is set; otherwise " }),
      `Then undo it where it is set; otherwise on "db1": SELECT pg_drop_replication_slot('it''s');`,
    ],
    [dropLostSlot(place), `Then on "db1": SELECT pg_drop_replication_slot('it''s');`],
    [
      replaceLogicalSlot({ ...place, consumer: "subscription" }),
      "Then on the subscriber: ALTER SUBSCRIPTION NAME DISABLE;",
    ],
    [replaceLogicalSlot({ ...place, consumer: "change_data_capture" }), "Then end its consumer"],
    [
      replaceLogicalSlot({ ...place, slot: copy, consumer: "table_copy" }),
      'Then on "db1": ALTER PUBLICATION PUBNAME DROP TABLE TABLENAME;',
    ],
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

Deno.test("dropUnusedSlot() says how to see that nobody uses it, and what a consumer that comes back must do", () => {
  const says = (consumer: SlotConsumer, ...texts: readonly string[]) => {
    const text = dropUnusedSlot({ ...place, slot: copy, consumer });
    for (const each of texts) assertStringIncludes(text, each);
  };
  says("standby", "no standby may have it as primary_slot_name", "a standby that comes back must be rebuilt");
  says("subscription", `WHERE subslotname = '${copy}'; has no row`, "must copy all its tables again");
  says("table_copy", "WHERE oid = 16404; has no row", "the table must be copied again");
  says("change_data_capture", "no CDC connector or other program", "must take a new snapshot");
  assertStringIncludes(dropUnusedSlot({ ...place, return: "be cloned again" }), "must be cloned again");
});

Deno.test("replaceLogicalSlot() names the table and the subscription of an initial copy", () => {
  const text = replaceLogicalSlot({ ...place, slot: copy, consumer: "table_copy" });
  assertStringIncludes(text, "SELECT subname, 16397::regclass FROM pg_subscription WHERE oid = 16404;");
});
