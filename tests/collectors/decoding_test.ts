import { assert, assertEquals, assertRejects } from "@std/assert";
import { decoding } from "../../src/collectors/decoding.ts";
import type { Row } from "../../src/postgres/decode.ts";
import { server } from "../cluster/fixtures.ts";
import { type Asked, factsOf, linesOf, linesOfRows, nullExcept } from "./collecting.ts";

const ROW: Row = {
  slot_name: "app_sub",
  total_txns: "100",
  spill_txns: "2",
  spill_bytes: "4600000",
  stream_txns: "3",
  stream_bytes: "9000000",
  waits_for_standby: null,
  writer: "4242",
  is_prepared: "f",
  writer_database: null,
  writer_user: "alice",
  writer_application: "psql",
  writer_age: "61.5",
};

Deno.test("decoding publishes what was spilled and streamed by slot, and the oldest writer once", async () => {
  assertEquals(await linesOfRows(decoding, [ROW, { ...ROW, slot_name: "cdc", spill_bytes: "0" }]), [
    'pgrepl_oldest_writer_age_seconds{instance="a"} 61.5',
    'pgrepl_slot_spilled_bytes_total{instance="a",slot="app_sub"} 4600000',
    'pgrepl_slot_spilled_bytes_total{instance="a",slot="cdc"} 0',
    'pgrepl_slot_spilled_transactions_total{instance="a",slot="app_sub"} 2',
    'pgrepl_slot_spilled_transactions_total{instance="a",slot="cdc"} 2',
    'pgrepl_slot_streamed_bytes_total{instance="a",slot="app_sub"} 9000000',
    'pgrepl_slot_streamed_bytes_total{instance="a",slot="cdc"} 9000000',
    'pgrepl_slot_streamed_transactions_total{instance="a",slot="app_sub"} 3',
    'pgrepl_slot_streamed_transactions_total{instance="a",slot="cdc"} 3',
  ]);
});

Deno.test("decoding reads whether a sender waits for a standby, where that can be known", async () => {
  const read = async (waits: string | null) =>
    (await factsOf(decoding, [{ ...ROW, waits_for_standby: waits }]))[0]?.waitsForStandby;
  assertEquals([await read("t"), await read("f"), await read(null)], [true, false, null]);
});

Deno.test("decoding decodes a session and a prepared transaction", async () => {
  const [fact] = await factsOf(decoding, [ROW]);
  assertEquals(fact?.oldestWriter, {
    by: "4242",
    isPrepared: false,
    database: "",
    user: "alice",
    applicationName: "psql",
    seconds: 61.5,
  });
  const [prepared] = await factsOf(decoding, [{
    ...ROW,
    writer: "it's left",
    is_prepared: "t",
    writer_database: "app",
    writer_application: null,
  }]);
  assertEquals(prepared?.oldestWriter, {
    by: "it's left",
    isPrepared: true,
    database: "app",
    user: "alice",
    applicationName: "",
    seconds: 61.5,
  });
});

Deno.test("decoding: NULL everywhere publishes nothing, and a slot has a name", async () => {
  assertEquals(await linesOfRows(decoding, [nullExcept(ROW, "slot_name")]), []);
  assertEquals(linesOf(decoding, []), []);
  await assertRejects(() => factsOf(decoding, [nullExcept(ROW)]), TypeError, '"slot_name"');
});

Deno.test("decoding asks for statistics from 14 on, and only who has logical slots", async () => {
  for (
    const [versionNum, reads] of [[130000, false], [139999, false], [140000, true], [180004, true]] as const
  ) {
    const asked: Asked[] = [];
    await factsOf(decoding, [], { versionNum, asked });
    assertEquals(asked.map(({ sql }) => sql.includes("pg_stat_get_replication_slot(")), [reads]);
  }
  assertEquals(decoding.applies?.(server({ hasLogicalSlots: true })), true);
  assertEquals(decoding.applies?.(server({ hasLogicalSlots: false })), false);
  assertEquals(decoding.applies?.(server()), false);
  assert(decoding.roles.includes("standby"), "from 16 on a standby has logical slots");
});
