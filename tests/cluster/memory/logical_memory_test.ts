import { assertEquals } from "@std/assert";
import { keyOf, LogicalMemory } from "../../../src/cluster/memory/logical_memory.ts";
import { PositionHistory } from "../../../src/cluster/lag/position_history.ts";
import type { SubscriptionFact } from "../../../src/domain/facts.ts";
import { decoding, server, subscription, subscriptionSlot } from "../fixtures.ts";

const KEY = "app/app_sub";

/** A memory that has read the subscription at these moments. */
function remembered(...facts: readonly (readonly [at: number, fact: Partial<SubscriptionFact>])[]) {
  const memory = new LogicalMemory();
  for (const [at, fact] of facts) memory.observe({ subscriptions: [subscription(fact)] }, at);
  return memory;
}

Deno.test("keyOf() tells subscriptions of two databases apart", () => {
  assertEquals(keyOf({ database: "app", name: "app_sub" }), KEY);
});

Deno.test("LogicalMemory keeps confirmed positions of slots that are there", () => {
  const memory = new LogicalMemory();
  assertEquals(memory.confirmedOf("app_sub"), null);
  memory.observe({ slots: [subscriptionSlot({ confirmedFlushPosition: 100n })] }, 0);
  memory.sample({ confirmed: new Map([["app_sub", 200n]]), at: 1 });
  memory.sample({ at: 2 });
  memory.observe({}, 3);
  assertEquals(memory.confirmedOf("app_sub")?.newest, { position: 200n, at: 1 });
  memory.observe({ slots: [subscriptionSlot({ confirmedFlushPosition: null })] }, 4);
  assertEquals(memory.confirmedOf("app_sub"), null);
});

Deno.test("LogicalMemory.confirmedSince() begins when there was WAL to confirm", () => {
  const memory = new LogicalMemory();
  const wal = new PositionHistory();
  const slot = subscriptionSlot({ restartPosition: 100n, confirmedFlushPosition: 100n, retainedBytes: 0 });
  assertEquals(memory.confirmedSince([slot], wal).size, 0);
  for (const at of [0, 10, 20]) {
    memory.observe({ slots: [slot] }, at);
    wal.add({ at, position: at < 20 ? 100n : 300n });
  }
  assertEquals(memory.confirmedSince([slot], wal).size, 0, "all is confirmed");
  const behind = { ...slot, retainedBytes: 200 };
  assertEquals([...memory.confirmedSince([behind], wal)], [["app_sub", 10]]);
  memory.sample({ confirmed: new Map([["app_sub", 200n]]), at: 25 });
  assertEquals([...memory.confirmedSince([{ ...behind, confirmedFlushPosition: 200n }], wal)], [[
    "app_sub",
    25,
  ]]);
  assertEquals(memory.confirmedSince([{ ...behind, slot: "other" }], wal).size, 0);
});

Deno.test("LogicalMemory counts errors, conflicts, and what is decoded; a conflict that is an error is no conflict", () => {
  const memory = remembered(
    [0, {
      applyErrorsTotal: 5,
      syncErrorsTotal: null,
      conflictsTotal: { insert_exists: 1, update_missing: 2, delete_missing: 1 },
    }],
    [10, {
      applyErrorsTotal: 7,
      syncErrorsTotal: null,
      conflictsTotal: { insert_exists: 9, update_missing: 4, delete_missing: 2 },
    }],
  );
  memory.observe({ decoding: [decoding({ decodedTransactionsTotal: 3, spilledBytesTotal: null })] }, 10);
  memory.observe({ decoding: [decoding({ decodedTransactionsTotal: 9, spilledBytesTotal: null })] }, 20);
  assertEquals(memory.increaseOf("apply_errors", KEY, 0), 2);
  assertEquals(memory.increaseOf("apply_errors", KEY, 10), 0);
  assertEquals(memory.increaseOf("copy_errors", KEY, 0), null);
  assertEquals(memory.increaseOf("conflicts", KEY, 0), 3);
  assertEquals(memory.increaseOf("decoded", "app_sub", 10), 6);
  assertEquals(memory.increaseOf("spilled", "app_sub", 10), null);
});

Deno.test("LogicalMemory: what was not read is as it was; what is gone is forgotten", () => {
  const memory = remembered([0, { applyErrorsTotal: 1 }], [1, { applyErrorsTotal: 4 }]);
  memory.observe({ decoding: [decoding()] }, 1);
  memory.rememberPublisher(subscription(), { server: "pub", clusterKey: "1" });
  memory.observe({}, 2);
  assertEquals(memory.subscription(subscription())?.publisher?.server, "pub");
  assertEquals(memory.increaseOf("apply_errors", KEY, 0), 3);
  assertEquals(memory.increaseOf("spilled", "app_sub", 0), 0);
  memory.observe({ decoding: [] }, 3);
  assertEquals(memory.increaseOf("spilled", "app_sub", 0), null);
  // Without subscriptions there is no statement.
  memory.observe({ server: [server({ hasSubscriptions: false })] }, 4);
  assertEquals(memory.subscription(subscription()), null);
  assertEquals(memory.increaseOf("apply_errors", KEY, 0), null);
});

Deno.test("LogicalMemory.rememberPublisher() needs a subscription, and follows it", () => {
  const memory = new LogicalMemory();
  memory.rememberPublisher(subscription(), { server: "pub", clusterKey: "1" });
  assertEquals(memory.subscription(subscription()), null);
  memory.observe({ subscriptions: [subscription()] }, 0);
  memory.rememberPublisher(subscription(), { server: "pub", clusterKey: "1" });
  memory.rememberPublisher(subscription(), { server: "pub2", clusterKey: "1" });
  assertEquals(memory.subscription(subscription())?.publisher?.server, "pub2");
});

for (
  const [what, expected, ...facts] of [
    ["by an error", true, [0, {}], [10, { enabled: false, applyErrorsTotal: 1 }]],
    ["by an error of a copy", true, [0, {}], [10, { enabled: false, syncErrorsTotal: 1 }]],
    ["by hand", false, [0, {}], [10, { enabled: false }]],
    ["by hand, long after errors", false, [0, {}], [10, { applyErrorsTotal: 3 }], [
      100,
      { enabled: false, applyErrorsTotal: 3 },
    ]],
    ["not seen", null, [0, { enabled: false, applyErrorsTotal: 3 }], [10, {
      enabled: false,
      applyErrorsTotal: 3,
    }]],
    ["and stays so", true, [0, {}], [10, { enabled: false, applyErrorsTotal: 1 }], [500, {
      enabled: false,
      applyErrorsTotal: 1,
    }]],
    ["enabled again", null, [0, {}], [10, { enabled: false, applyErrorsTotal: 1 }], [20, {
      applyErrorsTotal: 1,
    }]],
  ] as const
) {
  Deno.test(`LogicalMemory: disabled ${what}`, () => {
    assertEquals(remembered(...facts).subscription(subscription())?.disabledAfterErrors, expected);
  });
}
