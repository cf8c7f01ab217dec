import { assertEquals } from "@std/assert";
import { sync } from "../../src/collectors/sync.ts";
import type { Row } from "../../src/postgres/decode.ts";
import { factsOf, linesOf, linesOfRows } from "./collecting.ts";

const WAITING: Row = {
  standby_names: "FIRST 1 (a, b)",
  synchronous_commit: "on",
  waiting: "3",
  oldest_wait: "12.5",
};

const LEVELS = [
  'pgrepl_synchronous_commit{instance="a",level="local"} 0',
  'pgrepl_synchronous_commit{instance="a",level="off"} 0',
  'pgrepl_synchronous_commit{instance="a",level="on"} 1',
  'pgrepl_synchronous_commit{instance="a",level="remote_apply"} 0',
  'pgrepl_synchronous_commit{instance="a",level="remote_write"} 0',
];

Deno.test("sync publishes waiting commits and the oldest wait", async () => {
  assertEquals(await linesOfRows(sync, [WAITING]), [
    'pgrepl_sync_configured{instance="a"} 1',
    'pgrepl_sync_oldest_wait_seconds{instance="a"} 12.5',
    'pgrepl_sync_waiting_commits{instance="a"} 3',
    ...LEVELS,
  ]);
  assertEquals((await factsOf(sync, [WAITING]))[0]?.standbyNames, "FIRST 1 (a, b)");
});

Deno.test("sync publishes no wait when none waits", async () => {
  const idle = { ...WAITING, standby_names: "", waiting: "0", oldest_wait: null };
  assertEquals(await linesOfRows(sync, [idle]), [
    'pgrepl_sync_configured{instance="a"} 0',
    'pgrepl_sync_waiting_commits{instance="a"} 0',
    ...LEVELS,
  ]);
});

Deno.test("sync without facts publishes nothing", () => {
  assertEquals(linesOf(sync, []), []);
});
