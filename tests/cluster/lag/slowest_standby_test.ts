import { assertEquals } from "@std/assert";
import { slowestOf } from "../../../src/cluster/lag/slowest_standby.ts";
import { reached, server } from "../fixtures.ts";

const facts = { server: [server({ writePosition: 500n })], senders: [] };
const primary = reached("primary", { readAt: 0, facts });
const blind = reached("primary", { readAt: 0, facts: { server: facts.server } });

Deno.test("slowestOf() is the largest known, and 0 only when all are known", () => {
  const lag = (seconds: number | null, bytes: number | null = 0) => ({ seconds, bytes });
  assertEquals(slowestOf([], primary), { seconds: 0, bytes: 0 });
  assertEquals(slowestOf([lag(1), lag(3, 30)], primary), { seconds: 3, bytes: 30 });
  assertEquals(slowestOf([lag(0), lag(null, null)], primary), { seconds: null, bytes: null });
  assertEquals(slowestOf([lag(2), lag(null, 9)], primary), { seconds: 2, bytes: 9 });
  assertEquals(slowestOf([lag(0)], blind), { seconds: null, bytes: null });
});
