import { assertEquals } from "@std/assert";
import { archiveQueue } from "../../src/collectors/archive_queue.ts";
import { linesOf, linesOfRows } from "./collecting.ts";

Deno.test("archive_queue publishes the number of waiting files", async () => {
  assertEquals(await linesOfRows(archiveQueue, [{ ready_files: "7" }]), [
    'pgrepl_archive_ready_files{instance="a"} 7',
  ]);
});

Deno.test("archive_queue without facts publishes nothing", () => {
  assertEquals(linesOf(archiveQueue, []), []);
});
