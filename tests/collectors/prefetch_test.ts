import { assertEquals, assertRejects } from "@std/assert";
import { prefetch } from "../../src/collectors/prefetch.ts";
import type { Row } from "../../src/postgres/decode.ts";
import { factsOf, linesOf, linesOfRows } from "./collecting.ts";

const ROW: Row = {
  prefetch: "10",
  hit: "70",
  skip_init: "9",
  skip_new: "71",
  skip_fpw: "29",
  skip_rep: "552",
  wal_distance: "4096",
  block_distance: "3",
  io_depth: "2",
};

Deno.test("prefetch publishes blocks by outcome and the distance", async () => {
  assertEquals(await linesOfRows(prefetch, [ROW]), [
    'pgrepl_prefetch_blocks_total{instance="a",outcome="hit"} 70',
    'pgrepl_prefetch_blocks_total{instance="a",outcome="prefetch"} 10',
    'pgrepl_prefetch_blocks_total{instance="a",outcome="skip_fpw"} 29',
    'pgrepl_prefetch_blocks_total{instance="a",outcome="skip_init"} 9',
    'pgrepl_prefetch_blocks_total{instance="a",outcome="skip_new"} 71',
    'pgrepl_prefetch_blocks_total{instance="a",outcome="skip_rep"} 552',
    'pgrepl_prefetch_distance_blocks{instance="a"} 3',
    'pgrepl_prefetch_distance_bytes{instance="a"} 4096',
    'pgrepl_prefetch_io_depth{instance="a"} 2',
  ]);
});

Deno.test("prefetch sends no statement before 15", async () => {
  assertEquals(await factsOf(prefetch, [ROW], { versionNum: 149999 }), []);
  assertEquals((await factsOf(prefetch, [ROW], { versionNum: 150000 })).length, 1);
});

Deno.test("prefetch without facts publishes nothing, and fails on NULL", async () => {
  assertEquals(linesOf(prefetch, []), []);
  await assertRejects(() => factsOf(prefetch, [{ ...ROW, hit: null }]), TypeError, 'column "hit"');
});
