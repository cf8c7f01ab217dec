import { assertEquals } from "@std/assert";
import { slot } from "../fixtures.ts";
import { type CopyScene, copyScene } from "./copies.ts";

function copyIn(scene: CopyScene) {
  const [copy] = copyScene(scene).slotCopies;
  return [copy?.survives, copy?.obstacles.join(" ")] as const;
}

Deno.test("the criterion of the manual: synced, not temporary, not invalidated", () => {
  assertEquals(copyIn({}), [true, ""]);
  assertEquals(copyIn({ copy: { temporary: true } }), [false, "temporary"]);
  assertEquals(copyIn({ copy: { invalidationReason: "rows_removed" } }), [false, "invalidated"]);
  assertEquals(copyIn({ copy: { conflicting: true } }), [false, "invalidated"]);
  assertEquals(copyIn({ copy: null }), [false, "missing"]);
  assertEquals(copyIn({ slot: { failover: false }, copy: null }), [false, "not_failover missing"]);
  assertEquals(copyIn({ slot: { walStatus: "lost" } }), [true, "slot_lost"]);
});

Deno.test("each setting that is missing, also of a copy that is there", () => {
  assertEquals(copyIn({ sync: { isOn: false, isRunning: null } }), [true, "sync_off"]);
  assertEquals(copyIn({ recovery: { hotStandbyFeedback: false } }), [true, "no_feedback"]);
  assertEquals(copyIn({ recovery: { primarySlotName: "" } }), [true, "no_slot"]);
  assertEquals(copyIn({ sync: { hasDatabase: false, isRunning: false } }), [true, "no_database"]);
  assertEquals(copyIn({ sync: { isRunning: false } }), [true, "no_worker"]);
  assertEquals(copyIn({ sync: { hasDatabase: null, isRunning: null } }), [true, ""], "unknown is no fault");
});

Deno.test("a slot of the same name that PostgreSQL does not synchronize is unknown, unless something moves it", () => {
  const own = { synced: false, restartPosition: 3000n };
  assertEquals(copyIn({ copy: own }), [null, "other_slot"]);
  const moved = copyScene({
    copy: own,
    before: { standby: { slots: [slot({ slot: "app_sub", active: false, restartPosition: 2000n })] } },
  });
  assertEquals([moved.slotCopies[0]?.survives, moved.slotCopies[0]?.obstacles], [true, []]);
  assertEquals(copyIn({ version: 160004, copy: null }), [false, "too_old missing"]);
});

Deno.test("of a standby that does not respond nothing is known", () => {
  assertEquals(copyIn({ standbySnapshot: { up: false } })[0], null);
});

Deno.test("how far the copy is behind, and whether decoding waits for its standby", () => {
  const of = (scene: CopyScene) => {
    const [copy] = copyScene(scene).slotCopies;
    return [copy?.lagBytes, copy?.lagSeconds, copy?.isAwaited];
  };
  assertEquals(of({}), [0, 0, true]);
  assertEquals(of({ copy: { confirmedFlushPosition: 1200n } }), [0, 0, true], "read later");
  assertEquals(of({ awaited: [], slot: { confirmedFlushPosition: 1400n } })[0], 400);
  assertEquals(of({ awaited: [] })[2], false);
  assertEquals(of({ copy: null }), [null, null, true]);
});

Deno.test("slots of initial copies, of one session and physical ones have no copies", () => {
  assertEquals(copyScene({ slot: { slot: "pg_1_sync_2_3" } }).slotCopies, []);
  assertEquals(copyScene({ slot: { temporary: true } }).slotCopies, []);
});
