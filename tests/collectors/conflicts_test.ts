import { assertEquals, assertStringIncludes } from "@std/assert";
import { conflicts } from "../../src/collectors/conflicts.ts";
import type { Row } from "../../src/postgres/decode.ts";
import { type Asked, factsOf, linesOf, linesOfRows, nullExcept } from "./collecting.ts";

const SUMS: Row = {
  tablespace: "0",
  lock: "1",
  snapshot: "22",
  bufferpin: "0",
  deadlock: "0",
  active_logicalslot: "3",
};

Deno.test("conflicts publishes a counter per cause", async () => {
  assertEquals(await linesOfRows(conflicts, [SUMS]), [
    'pgrepl_recovery_conflicts_total{instance="a",cause="active_logicalslot"} 3',
    'pgrepl_recovery_conflicts_total{instance="a",cause="bufferpin"} 0',
    'pgrepl_recovery_conflicts_total{instance="a",cause="deadlock"} 0',
    'pgrepl_recovery_conflicts_total{instance="a",cause="lock"} 1',
    'pgrepl_recovery_conflicts_total{instance="a",cause="snapshot"} 22',
    'pgrepl_recovery_conflicts_total{instance="a",cause="tablespace"} 0',
  ]);
});

Deno.test("conflicts publishes nothing for NULLs and nothing without facts", async () => {
  assertEquals(await linesOfRows(conflicts, [nullExcept(SUMS)]), []);
  assertEquals(linesOf(conflicts, []), []);
});

Deno.test("conflicts selects active_logicalslot from 16 on", async () => {
  const asked: Asked[] = [];
  await factsOf(conflicts, [], { versionNum: 159999, asked });
  await factsOf(conflicts, [], { versionNum: 160000, asked });
  assertEquals(asked[0]?.sql.includes("confl_active_logicalslot"), false);
  assertStringIncludes(asked[1]?.sql ?? "", "confl_active_logicalslot");
});
