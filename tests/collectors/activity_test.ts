import { assertEquals } from "@std/assert";
import { activity } from "../../src/collectors/activity.ts";
import { linesOfRows } from "./collecting.ts";

Deno.test("activity publishes the age of the oldest snapshot, and nothing when there is none", async () => {
  assertEquals(await linesOfRows(activity, [{ oldest_snapshot: "12.5" }]), [
    'pgrepl_oldest_snapshot_age_seconds{instance="a"} 12.5',
  ]);
  assertEquals(await linesOfRows(activity, [{ oldest_snapshot: null }]), []);
  assertEquals(await linesOfRows(activity, []), []);
});
