import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { recovery } from "../../src/collectors/recovery.ts";
import type { Row } from "../../src/postgres/decode.ts";
import { PostgresError } from "../../src/postgres/errors.ts";
import { type Asked, factsOf, linesOf, linesOfRows, nullExcept } from "./collecting.ts";

const PAUSED: Row = {
  pause_state: "pause requested",
  apply_delay: "240.000000",
  hot_standby_feedback: "on",
  primary_slot_name: "s1",
  has_restore_command: "f",
  has_recovery_target: "t",
  has_primary_conninfo: null,
};

Deno.test("recovery publishes pause state, delay and settings", async () => {
  assertEquals(await linesOfRows(recovery, [PAUSED]), [
    'pgrepl_hot_standby_feedback{instance="a"} 1',
    'pgrepl_replay_apply_delay_seconds{instance="a"} 240',
    'pgrepl_replay_pause_state{instance="a",state="not_paused"} 0',
    'pgrepl_replay_pause_state{instance="a",state="pause_requested"} 1',
    'pgrepl_replay_pause_state{instance="a",state="paused"} 0',
    'pgrepl_restore_command_configured{instance="a"} 0',
  ]);
});

Deno.test("recovery reads whether it has a target and an upstream; without the right the latter is unknown", async () => {
  const [fact] = await factsOf(recovery, [PAUSED]);
  assertEquals([fact?.hasRecoveryTarget, fact?.hasPrimaryConninfo], [true, null]);
  const [other] = await factsOf(recovery, [{ ...PAUSED, has_primary_conninfo: "f" }]);
  assertEquals(other?.hasPrimaryConninfo, false);
});

Deno.test("recovery without facts publishes nothing", () => {
  assertEquals(linesOf(recovery, []), []);
});

Deno.test("recovery without the pause function knows the rest", async () => {
  const [fact] = await factsOf(recovery, [{ ...PAUSED, pause_state: null }]);
  assertEquals([fact?.pauseState, fact?.applyDelaySeconds], [null, 240]);
  const lines = await linesOfRows(recovery, [{ ...PAUSED, pause_state: null }]);
  assertEquals(lines.filter((each) => each.includes("pause_state")), []);
});

Deno.test("recovery fails on NULL and on an unknown pause state instead of guessing", async () => {
  await assertRejects(() => factsOf(recovery, [nullExcept(PAUSED)]), TypeError, 'column "apply_delay"');
  await assertRejects(
    () => factsOf(recovery, [{ ...PAUSED, pause_state: "napping" }]),
    TypeError,
    'expected one of not paused, pause requested, paused, got "napping"',
  );
});

Deno.test("recovery yields no fact for a server promoted in between", async () => {
  const trouble = { kind: "protocol", step: "query" } as const;
  const promoted = new PostgresError("Recovery is not in progress", { ...trouble, sqlstate: "55000" });
  assertEquals(await factsOf(recovery, promoted), []);
  const other = new PostgresError("Out of memory", { ...trouble, sqlstate: "53200" });
  await assertRejects(() => factsOf(recovery, other), PostgresError, "Out of memory");
});

Deno.test("recovery queries 13 with the only pause function it has", async () => {
  const asked: Asked[] = [];
  await factsOf(recovery, [], { versionNum: 130023, asked });
  await factsOf(recovery, [], { versionNum: 140000, asked });
  assertStringIncludes(asked[0]?.sql ?? "", "pg_is_wal_replay_paused");
  assertStringIncludes(asked[1]?.sql ?? "", "pg_get_wal_replay_pause_state");
});
