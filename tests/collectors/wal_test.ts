import { assertEquals, assertRejects } from "@std/assert";
import { wal } from "../../src/collectors/wal.ts";
import type { Row } from "../../src/postgres/decode.ts";
import { factsOf, linesOf, linesOfRows, nullExcept } from "./collecting.ts";

const SETTINGS: Row = {
  segment_bytes: "16777216",
  max_senders: "10",
  max_slots: "12",
  keep_bytes: "0",
  max_wal_bytes: "1073741824",
  level: "replica",
};

Deno.test("wal publishes settings in base units", async () => {
  assertEquals(await linesOfRows(wal, [SETTINGS]), [
    'pgrepl_slots_limit{instance="a"} 12',
    'pgrepl_wal_keep_size_bytes{instance="a"} 0',
    'pgrepl_wal_level{instance="a",level="logical"} 0',
    'pgrepl_wal_level{instance="a",level="minimal"} 0',
    'pgrepl_wal_level{instance="a",level="replica"} 1',
    'pgrepl_wal_max_size_bytes{instance="a"} 1073741824',
    'pgrepl_wal_segment_size_bytes{instance="a"} 16777216',
    'pgrepl_wal_senders_limit{instance="a"} 10',
  ]);
});

Deno.test("wal without facts publishes nothing, and settings are never NULL", async () => {
  assertEquals(linesOf(wal, []), []);
  await assertRejects(() => factsOf(wal, [nullExcept(SETTINGS)]), TypeError, "expected a value, got NULL");
});
