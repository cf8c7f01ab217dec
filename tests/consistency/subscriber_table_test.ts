import { assertEquals } from "@std/assert";
import type { SubscriptionEnds } from "../../src/consistency/published_table.ts";
import { subscriberTable } from "../../src/consistency/subscriber_table.ts";
import type { Row } from "../../src/postgres/decode.ts";
import { TABLE } from "./model.ts";

/** Answers by the word that a statement contains. */
function endOf(where: string, answers: Readonly<Record<string, readonly Row[]>>) {
  const query = (sql: string) =>
    Promise.resolve(Object.entries(answers).find(([word]) => sql.includes(word))?.[1] ?? []);
  return { query, user: "monitor", where, versionNum: 150_000 };
}

function tableOf(
  { received = "0/20", slot = { confirmed: "0/10", insert_position: "0/30" } }: {
    readonly received?: string | null;
    readonly slot?: Row | null;
  },
) {
  const ends: SubscriptionEnds = {
    subscription: {
      ...{ name: "orders", oid: "5", database: "app", slot: "orders", publisherDatabase: "shop" },
      ...{ publications: ["pb"], origin: null },
    },
    publisher: endOf('"primary"', {
      pg_replication_slots: slot === null ? [] : [slot],
      pg_stat_activity: [{ xid: "7" }],
    }),
    subscriber: endOf('"sub"', { pg_stat_subscription: [{ in_recovery: "f", received }] }),
  };
  return subscriberTable(ends, TABLE);
}

Deno.test("a subscriber has applied what it received and confirmed", async () => {
  assertEquals(await tableOf({}).replayed(), { inRecovery: false, position: 0x10n });
  assertEquals((await tableOf({ received: "0/8" }).replayed()).position, 0x8n);
});

Deno.test("what it has applied is unknown without a worker that received anything", async () => {
  assertEquals((await tableOf({ received: null }).replayed()).position, null);
  assertEquals(
    (await tableOf({ slot: { confirmed: null, insert_position: "0/30" } }).replayed()).position,
    null,
  );
});

Deno.test("a subscription that reads another server's slot, or whose slot is gone, is not compared", async () => {
  for (
    const [scene, reason] of [
      [
        { received: "0/31" },
        'Subscription "orders" has received WAL that "primary" has not written: it reads another server',
      ],
      [{ slot: null }, 'Slot "orders" is gone from "primary"'],
    ] as const
  ) {
    const error = await tableOf(scene).replayed().catch((error) => error);
    assertEquals([error.verdict, error.message], ["skipped", reason]);
  }
});

Deno.test("it may show early what the publisher may be committing", async () => {
  assertEquals(await tableOf({}).shownEarly(["7", "8"]), ["7"]);
  assertEquals(await tableOf({}).shownEarly([]), []);
});
