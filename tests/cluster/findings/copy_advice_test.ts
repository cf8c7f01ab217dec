import { assertEquals, assertStringIncludes } from "@std/assert";
import { adviseOnCopy, COPY_FAULTS, missingSettings } from "../../../src/cluster/findings/copy_advice.ts";
import { COPY_OBSTACLES, type SlotCopy } from "../../../src/domain/slot_copy.ts";

const copy = (...obstacles: SlotCopy["obstacles"]): SlotCopy => ({
  server: "primary",
  cluster: "",
  slot: "orders",
  standby: "pg-2",
  failover: true,
  survives: false,
  obstacles,
  copy: null,
  lagBytes: null,
  lagSeconds: null,
  isAwaited: false,
});

Deno.test("faults are in the order of the obstacles, and each has advice", () => {
  assertEquals(Object.keys(COPY_FAULTS), [...COPY_OBSTACLES]);
  for (const each of COPY_OBSTACLES) assertEquals(adviseOnCopy(copy(each)).length > 10, true, each);
});

Deno.test("everything that is missing in one go, with a name that a slot may have", () => {
  const advice = adviseOnCopy(copy("sync_off", "no_slot", "no_feedback"));
  assertStringIncludes(advice, "On \"primary\": SELECT pg_create_physical_replication_slot('pg_2', true);");
  assertStringIncludes(
    advice,
    'On "pg-2": ALTER SYSTEM SET sync_replication_slots = on; ALTER SYSTEM SET hot_standby_feedback = on; ALTER SYSTEM SET ' +
      "primary_slot_name = 'pg_2'; SELECT pg_reload_conf();",
  );
});

Deno.test("a manager sets what is not its own", () => {
  assertEquals(missingSettings(copy("sync_off", "no_slot")), [["sync_replication_slots", "on"]]);
  assertEquals(missingSettings(copy("temporary")), []);
});
