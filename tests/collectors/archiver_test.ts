import { assertEquals } from "@std/assert";
import { archiver } from "../../src/collectors/archiver.ts";
import { linesOf, linesOfRows } from "./collecting.ts";

const MODES = [
  'pgrepl_archive_mode{instance="a",mode="always"} 0',
  'pgrepl_archive_mode{instance="a",mode="off"} 0',
  'pgrepl_archive_mode{instance="a",mode="on"} 1',
];

Deno.test("archiver publishes totals and ages", async () => {
  const row = {
    mode: "on",
    archived_count: "42",
    failed_count: "2",
    last_archived_age: "61.5",
    last_failed_age: "3600",
  };
  assertEquals(await linesOfRows(archiver, [row]), [
    ...MODES,
    'pgrepl_archiver_archived_total{instance="a"} 42',
    'pgrepl_archiver_failed_total{instance="a"} 2',
    'pgrepl_archiver_last_archived_age_seconds{instance="a"} 61.5',
    'pgrepl_archiver_last_failed_age_seconds{instance="a"} 3600',
  ]);
});

Deno.test("archiver publishes no age of what never happened", async () => {
  const row = {
    mode: "on",
    archived_count: "0",
    failed_count: "0",
    last_archived_age: null,
    last_failed_age: null,
  };
  assertEquals(await linesOfRows(archiver, [row]), [
    ...MODES,
    'pgrepl_archiver_archived_total{instance="a"} 0',
    'pgrepl_archiver_failed_total{instance="a"} 0',
  ]);
});

Deno.test("archiver without facts publishes nothing", () => {
  assertEquals(linesOf(archiver, []), []);
});
