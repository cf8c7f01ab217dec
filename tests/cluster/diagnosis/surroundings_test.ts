import { assertEquals } from "@std/assert";
import { joinSenders } from "../../../src/cluster/topology/join_senders.ts";
import { slotOf, surroundingsOf } from "../../../src/cluster/diagnosis/surroundings.ts";
import type { ServerSnapshot } from "../../../src/domain/view.ts";
import { CLUSTER, neverReached, receiver, recovery, slot } from "../fixtures.ts";
import { notReached, primary, row, standby } from "./situations.ts";

function scene(group: readonly ServerSnapshot[]) {
  return { systemIdentifier: CLUSTER, group, senders: joinSenders(group), remembered: [] };
}

const STANDBY = { name: "standby", configured: true, upstream: null };

Deno.test("surroundingsOf() a standby whose row is joined to it", () => {
  const sending = primary({ senders: [row()] });
  const around = surroundingsOf(
    STANDBY,
    scene([sending, standby({ receiver: [receiver({ slot: "standby" })] })]),
  );
  assertEquals([around.own?.server, around.upstream, around.sender?.slot], ["standby", sending, "standby"]);
});

Deno.test("surroundingsOf() a standby that is cut off: what it was connected to, else its slot, else the primary", () => {
  const cut = standby({ receiver: [] });
  const named = surroundingsOf({ ...STANDBY, upstream: "old" }, scene([primary(), neverReached("old"), cut]));
  assertEquals([named.upstream?.server, named.sender], ["old", null]);
  const keeper = { ...standby({ slots: [slot()], receiver: [] }), server: "keeper" };
  assertEquals(surroundingsOf(STANDBY, scene([primary(), keeper, cut])).upstream?.server, "keeper");
  assertEquals(surroundingsOf(STANDBY, scene([primary(), cut])).upstream?.server, "primary");
  assertEquals(surroundingsOf(STANDBY, scene([notReached("refused", primary()), cut])).upstream, null);
});

Deno.test("surroundingsOf() a standby that nobody configured", () => {
  const entry = {
    name: "standby",
    upstream: "primary",
    connected: true,
    row: row(),
    applied: null,
    isNew: false,
  };
  const known = { ...scene([primary()]), remembered: [entry] };
  const around = surroundingsOf({ name: "standby", configured: false, upstream: "primary" }, known);
  assertEquals([around.own, around.upstream?.server, around.sender], [null, "primary", entry.row]);
});

Deno.test("slotOf() is the slot in use, else the one last used, else the one it is set to use", () => {
  const upstream = primary({
    slots: ["standby", "b", "c"].map((name) => slot({ slot: name })),
  });
  const named = (
    sender: ReturnType<typeof row> | null,
    lastName: string | null,
    own: ServerSnapshot | null = standby(),
  ) => slotOf({ own, upstream, sender }, lastName)?.slot;
  assertEquals(named(row({ slot: "b" }), "c"), "b");
  assertEquals(named(null, "c"), "c");
  assertEquals(named(null, null, standby({ recovery: [recovery({ primarySlotName: "b" })] })), "b");
  assertEquals(named(null, null), "standby");
  assertEquals(named(null, null, null), undefined);
  assertEquals(named(null, "gone"), undefined);
  const logical = primary({ slots: [slot({ type: "logical" })] });
  assertEquals(slotOf({ own: standby(), upstream: logical, sender: null }, null), null);
});
