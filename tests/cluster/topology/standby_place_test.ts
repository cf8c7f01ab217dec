import { assertEquals } from "@std/assert";
import { slotOf } from "../../../src/cluster/topology/standby_place.ts";
import type { ServerSnapshot } from "../../../src/domain/view.ts";
import { primary, row, standby } from "../diagnosis/situations.ts";
import { recovery, slot } from "../fixtures.ts";

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
