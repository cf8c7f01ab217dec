import { assertEquals } from "@std/assert";
import { walDirectory } from "../../src/collectors/wal_directory.ts";
import { factsOf, linesOf, linesOfRows } from "./collecting.ts";

const ROW = { files: "5", bytes: "83886080", oldest_file: "000000010000000000000005" };

Deno.test("wal_directory publishes number and size of the segments", async () => {
  assertEquals(await linesOfRows(walDirectory, [ROW]), [
    'pgrepl_wal_directory_bytes{instance="a"} 83886080',
    'pgrepl_wal_directory_files{instance="a"} 5',
  ]);
});

Deno.test("wal_directory knows the oldest segment, or that there is none", async () => {
  assertEquals((await factsOf(walDirectory, [ROW]))[0]?.oldestFile, "000000010000000000000005");
  const empty = { files: "0", bytes: "0", oldest_file: null };
  assertEquals((await factsOf(walDirectory, [empty]))[0]?.oldestFile, null);
});

Deno.test("wal_directory without facts publishes nothing", () => {
  assertEquals(linesOf(walDirectory, []), []);
});
