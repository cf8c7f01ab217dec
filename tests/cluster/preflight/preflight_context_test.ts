import { assertEquals } from "@std/assert";
import { lastRow, preflightContextOf, receivedOf } from "../../../src/cluster/preflight/preflight_context.ts";
import { sender } from "../fixtures.ts";
import { behind, contextAround, GONE, NEVER, trio, WRITTEN } from "./scenes.ts";

Deno.test("preflightContextOf finds the primary: who writes, who wrote last, who was never reached", () => {
  assertEquals([contextAround(trio()).primary?.server, contextAround(trio()).isPrimaryUp], ["primary", true]);
  for (const state of [GONE, NEVER]) {
    const context = contextAround(trio({ snapshots: { primary: state } }));
    assertEquals([context.primary?.server, context.isPrimaryUp], ["primary", false]);
  }
  // Of two that were never reached nobody knows which it is.
  assertEquals(contextAround(trio({ snapshots: { primary: NEVER, standby2: NEVER } })).primary, null);
  assertEquals(contextAround(trio()).others.map(({ name }) => name), ["standby2"]);
});

Deno.test("preflightContextOf has none for a server of no cluster", () => {
  const view = trio({ view: { clusters: [] } });
  const [, candidate] = view.servers;
  assertEquals(candidate === undefined ? "" : preflightContextOf(view, candidate), null);
});

Deno.test("receivedOf is the furthest that anybody knows", () => {
  const of = (changes: Parameters<typeof trio>[0]) => {
    const view = trio(changes);
    const [standby] = view.standbys;
    return standby === undefined ? null : receivedOf(view, standby);
  };
  const less = { standby: { server: behind(4096) }, standbys: { standby: { lastPosition: 1n } } };
  assertEquals(of({ ...less, primary: { senders: [] } }), WRITTEN - 4096n);
  const row = sender({ applicationName: "standby", slot: "standby", flushPosition: WRITTEN - 100n });
  assertEquals(of({ ...less, primary: { senders: [row] } }), WRITTEN - 100n);
  assertEquals(
    of({
      primary: { senders: [] },
      snapshots: { standby: NEVER },
      standbys: { standby: { lastPosition: null } },
    }),
    null,
  );
});

Deno.test("lastRow reads also what is no longer fresh, and nothing of nobody", () => {
  const [primary] = trio({ snapshots: { primary: GONE } }).servers;
  assertEquals([lastRow(primary ?? null, "wal")?.maxSlots, lastRow(null, "wal")], [10, null]);
});
