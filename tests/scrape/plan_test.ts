import { assertEquals } from "@std/assert";
import { collectors } from "../../src/collectors/registry.ts";
import { planCollectors } from "../../src/scrape/plan.ts";
import { serverFact } from "../fixtures/server_fact.ts";

function plan(changes: Parameters<typeof serverFact>[0], versionNum = 180004) {
  const { planned, skipped } = planCollectors(collectors, {
    versionNum,
    known: serverFact(changes),
    user: "monitor",
  });
  return {
    planned: planned.map(({ name }) => name),
    skipped: new Map(skipped.map((run) => [run.collector, run])),
  };
}

Deno.test("planCollectors() plans only the server collector on a new session", () => {
  const { planned, skipped } = planCollectors(collectors, {
    versionNum: 180004,
    known: null,
    user: "monitor",
  });
  assertEquals([planned.map(({ name }) => name), skipped], [["server"], []]);
});

Deno.test("planCollectors() plans or skips each collector exactly once on every server", () => {
  for (const inRecovery of [true, false]) {
    for (const canReadStatistics of [true, false]) {
      const has = { hasSubscriptions: true, hasLogicalSlots: true, canReadOrigins: true };
      const { planned, skipped } = plan({
        inRecovery,
        canReadStatistics,
        canReadWalDirectory: false,
        ...has,
      });
      assertEquals([...planned, ...skipped.keys()].sort(), collectors.map(({ name }) => name).sort());
    }
  }
});

Deno.test("planCollectors() leaves out what the server has nothing for: no statement, no series", () => {
  const none = { hasSubscriptions: false, hasLogicalSlots: false, canReadOrigins: true };
  const { planned, skipped } = plan({ inRecovery: false, ...none });
  for (const name of ["subscriptions", "origins", "decoding"] as const) {
    assertEquals([planned.includes(name), skipped.has(name)], [false, false], name);
  }
  const standby = plan({ inRecovery: true, hasSubscriptions: null });
  assertEquals([standby.planned.includes("subscriptions"), standby.skipped.has("subscriptions")], [
    false,
    false,
  ]);
});

Deno.test("planCollectors() skips collectors of the other role", () => {
  assertEquals(plan({ inRecovery: false }).skipped.get("receiver")?.reason, "Does not apply to a primary");
  assertEquals(plan({ inRecovery: true }).skipped.get("sync")?.reason, "Does not apply to a standby");
});

Deno.test("planCollectors() skips what the version does not have", () => {
  assertEquals(
    plan({ inRecovery: true }, 140022).skipped.get("prefetch")?.reason,
    "Does not exist in PostgreSQL 14",
  );
  assertEquals(plan({ inRecovery: true }, 150018).planned.includes("prefetch"), true);
});

Deno.test("planCollectors() skips a collector without its right, and names the GRANT", () => {
  const { skipped } = plan({ canReadStatistics: false, canReadWalDirectory: false });
  for (const name of ["senders", "wal_directory"] as const) {
    assertEquals(skipped.get(name)?.outcome, "skipped");
    assertEquals(
      skipped.get(name)?.reason,
      'Role "monitor" may not read all statistics; run: GRANT pg_monitor TO monitor',
    );
  }
});
