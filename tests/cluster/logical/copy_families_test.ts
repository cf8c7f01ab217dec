import { assertEquals } from "@std/assert";
import { measureCopies } from "../../../src/cluster/logical/copy_families.ts";
import { copyScene } from "./copies.ts";

function samples(view: ReturnType<typeof copyScene>) {
  return [...measureCopies(view.slotCopies)].map(({ family, labels, value }) =>
    `${family.name} ${labels["instance"]} ${labels["slot"]} ${labels["standby"]} ${value}`
  );
}

Deno.test("a slot and its copy, on the instance of the primary", () => {
  assertEquals(samples(copyScene()), [
    "pgrepl_slot_survives_failover primary app_sub standby 1",
    "pgrepl_slot_copy_lag_bytes primary app_sub standby 0",
  ]);
  assertEquals(samples(copyScene({ copy: null })), [
    "pgrepl_slot_survives_failover primary app_sub standby 0",
  ]);
});

Deno.test("no sample of what is unknown, and none before 17", () => {
  assertEquals(samples(copyScene({ standbySnapshot: { up: false } })), [
    "pgrepl_slot_copy_lag_bytes primary app_sub standby 0",
  ]);
  assertEquals(samples(copyScene({ version: 160004, copy: null })), []);
});
