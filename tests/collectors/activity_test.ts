import { assertEquals } from "@std/assert";
import { activity } from "../../src/collectors/activity.ts";
import { linesOfRows } from "./collecting.ts";

const WORKING = { oldest_snapshot: null, replay_wait_event_type: null, replay_wait_event: null };

Deno.test("activity publishes the age of the oldest snapshot, and nothing when there is none", async () => {
  assertEquals(await linesOfRows(activity, [{ ...WORKING, oldest_snapshot: "12.5" }]), [
    'pgrepl_oldest_snapshot_age_seconds{instance="a"} 12.5',
  ]);
  assertEquals(await linesOfRows(activity, [WORKING]), []);
  assertEquals(await linesOfRows(activity, []), []);
});
