import { assertEquals, assertMatch } from "@std/assert";
import { adviseOnInactive, isCopying } from "../../../src/cluster/findings/slot_consumers.ts";
import type { SlotFact } from "../../../src/domain/facts.ts";
import type { View } from "../../../src/domain/view.ts";
import { unprovenIn } from "../../checks/destructive_statements.ts";
import { buildView } from "../build_view.ts";
import { reached, sender, server, slot } from "../fixtures.ts";
import { serverIn } from "../view.ts";

const COPY = "pg_16404_sync_16397_77";
const logical = (fact: Partial<SlotFact> = {}) =>
  slot({ slot: "s1", type: "logical", plugin: "pgoutput", database: "shop", active: false, ...fact });

function viewWith(
  subscriber: { readonly hasSubscriptions: boolean; readonly systemIdentifier: string },
): View {
  const senders = [sender({ applicationName: COPY, kind: "logical", state: "startup" })];
  return buildView({
    snapshots: [
      reached("primary", { readAt: 1, facts: { server: [server()], senders } }),
      reached("sub", { readAt: 1, facts: { server: [server(subscriber)] } }),
    ],
  });
}

const view = viewWith({ hasSubscriptions: true, systemIdentifier: "77" });
const advise = (fact: Partial<SlotFact>, seen = view) =>
  adviseOnInactive(logical(fact), { view: seen, server: { ...serverIn(seen, "primary"), up: true } });

Deno.test("isCopying() is whether the sender of the copy is connected, and nothing of other slots", () => {
  const primary = serverIn(view, "primary");
  assertEquals(isCopying(logical({ slot: COPY }), primary), true);
  assertEquals(isCopying(logical({ slot: "pg_1_sync_2_3" }), primary), false);
  assertEquals(isCopying(logical({ slot: "s1" }), primary), false);
  assertEquals(isCopying(logical({ slot: COPY }), { ...primary, facts: {} }), null);
});

Deno.test("a consumer is brought back before any slot is dropped, under a manager too", () => {
  for (
    const [fact, text] of [
      [
        {},
        /^Most likely a subscription reads it\. On the subscriber \(perhaps "sub"\): SELECT subname, subenabled/,
      ],
      [{ plugin: "wal2json" }, /^A CDC connector or another program reads it with wal2json/],
      [
        { slot: COPY },
        /^It belongs to the initial copy .* On "sub", in the database of the subscription: SELECT/,
      ],
      [{ slot: "pg_1_sync_2_3" }, /On the subscriber \(system identifier 3\), in the database/],
      [
        { synced: true },
        /^It was synchronized before "primary" was promoted, and its consumer has not followed/,
      ],
    ] as const
  ) {
    const { advice, remedy } = advise(fact);
    assertMatch(advice, text);
    assertMatch(advice, /Only if that \w+ is gone for good .* Check first: .* If that is wrong, /);
    assertEquals(unprovenIn(advice), []);
    assertMatch(remedy.before ?? "", text);
  }
});

Deno.test("a subscriber that is not watched is not named, nor one that has no subscription", () => {
  const { advice } = advise({}, viewWith({ hasSubscriptions: false, systemIdentifier: "77" }));
  assertMatch(advice, /^Most likely a subscription reads it\. On the subscriber: SELECT/);
});

Deno.test("where the senders are unknown, a copy may run", () => {
  const { advice } = adviseOnInactive(logical({ slot: COPY }), {
    view,
    server: { ...serverIn(view, "primary"), facts: {} },
  });
  assertMatch(advice, /^While rows are copied, it is inactive and all is well\./);
});

Deno.test("the standby of a physical slot is the manager's to bring back", () => {
  const { advice, remedy } = adviseOnInactive(slot({ slot: "s1", active: false }), {
    view,
    server: serverIn(view, "primary"),
  });
  assertMatch(advice, /^Bring its standby back\. Only if that standby is gone for good/);
  assertEquals(remedy, { intent: { kind: "drop_slot", slot: "s1", consumer: "standby" } });
});
