import { assertEquals } from "@std/assert";
import {
  describeCatchUpOf,
  describeErrors,
  describeHindrances,
  describeSlotOf,
  describeSource,
  describeTables,
  reasonsOfSubscription,
  stateOfSubscription,
} from "../../src/report/subscription_words.ts";
import { DISABLED, SUBSCRIPTION } from "./subscription_views.ts";

const HOLDER = { by: "5151", is_prepared: false, user: "batch", application_name: "nightly", seconds: 130 };

Deno.test("reasonsOfSubscription() has each sentence once, and none of one that streams", () => {
  assertEquals(reasonsOfSubscription(SUBSCRIPTION), []);
  assertEquals(reasonsOfSubscription(DISABLED), ["It is disabled (ALTER SUBSCRIPTION ... DISABLE)"]);
  const copying = { ...SUBSCRIPTION, reason: "copying", reason_text: "It copies" };
  assertEquals(reasonsOfSubscription({ ...copying, publisher: null, publisher_unknown_because: "No slot" }), [
    "It copies",
    "No slot",
  ]);
});

Deno.test("describeSource() names the database and some publications", () => {
  assertEquals(describeSource(SUBSCRIPTION), "database app, publication orders_tables");
  assertEquals(
    describeSource({ ...SUBSCRIPTION, publications: ["a", "b", "c", "d"] }),
    "database app, publications a, b, c and 1 more",
  );
});

Deno.test("describeTables(), describeErrors() and stateOfSubscription() know what is unknown", () => {
  assertEquals(describeTables(SUBSCRIPTION), "4 of 4");
  assertEquals(describeTables({ ...SUBSCRIPTION, total_tables: null, ready_tables: null }), null);
  assertEquals(describeErrors(SUBSCRIPTION), "no error");
  assertEquals(
    describeErrors({ ...SUBSCRIPTION, apply_errors: 3, copy_errors: 1, total_conflicts: 2 }),
    "3 apply errors, 1 copy error, 2 conflicts",
  );
  assertEquals(describeErrors({ ...SUBSCRIPTION, apply_errors: null, copy_errors: null }), null);
  assertEquals([stateOfSubscription({ reason: "apply_error" }), stateOfSubscription({ reason: null })], [
    "apply error",
    null,
  ]);
});

Deno.test("describeSlotOf() tells what is retained, and when it is lost", () => {
  const slot = (changes: Partial<typeof SUBSCRIPTION>) => describeSlotOf({ ...SUBSCRIPTION, ...changes });
  assertEquals(slot({}), "slot orders retains 1.0 MiB");
  assertEquals(
    slot({ slot_lost_in_seconds: 60 }),
    "slot orders retains 1.0 MiB, lost in 1 min at the current rate",
  );
  assertEquals(slot({ slot_lost_in_seconds: 0, slot_retained_bytes: null }), "slot orders is lost");
  assertEquals(slot({ slot_retained_bytes: null }), null);
});

Deno.test("describeHindrances() names copies and holders, unless the reason has them", () => {
  const copy = { table: "16501", rows: 12, bytes: 1024, seconds: 1, blocked_by: HOLDER };
  const held = {
    ...SUBSCRIPTION,
    blocked_by: HOLDER,
    held_by: { ...HOLDER, is_prepared: true },
    copies: [copy, copy, copy],
  };
  const who = "5151 (batch, nightly, open for 2 min 10 s)";
  assertEquals(describeHindrances(held), [
    `copies table 16501: 12 rows, 1.0 KiB, blocked by process ${who}`,
    `copies table 16501: 12 rows, 1.0 KiB, blocked by process ${who}`,
    "copies 1 more table",
    `blocked by process ${who}`,
    `slot held by prepared transaction ${who}`,
  ]);
  assertEquals(describeHindrances({ ...held, copies: [], reason: "blocked", held_by: null }), []);
  assertEquals(describeHindrances({ ...held, copies: [], blocked_by: null, reason: "long_transaction" }), []);
});

Deno.test("describeCatchUpOf() forecasts nothing of one that applies nothing", () => {
  assertEquals(describeCatchUpOf({ ...SUBSCRIPTION, catch_up_seconds: 30 }), "will catch up in 30.0 s");
  const behind = { catch_up_seconds: null, falling_behind: true };
  assertEquals(describeCatchUpOf({ ...SUBSCRIPTION, ...behind }), "is falling behind");
  assertEquals(describeCatchUpOf({ ...DISABLED, ...behind }), "");
});
