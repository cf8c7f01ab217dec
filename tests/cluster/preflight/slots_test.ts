import { assertEquals, assertStringIncludes } from "@std/assert";
import { deriveFollowers } from "../../../src/cluster/preflight/followers.ts";
import { deriveSlots, slotPoints } from "../../../src/cluster/preflight/slots.ts";
import type { SlotFact } from "../../../src/domain/facts.ts";
import { server, slot, wal } from "../fixtures.ts";
import { contextAround, NEVER, type Trio, trio, WRITTEN } from "./scenes.ts";

const logical = (fact: Partial<SlotFact> = {}) =>
  slot({ slot: "sub", type: "logical", database: "shop", plugin: "pgoutput", ...fact });

function outlook(changes: Trio) {
  const context = contextAround(trio(changes));
  const slots = deriveSlots(context, deriveFollowers(context));
  return { slots, points: slotPoints(context, slots) };
}

/** The fate of one logical slot, on a version and with what the candidate has of it. */
function fateOf(versionNum: number, own: Partial<SlotFact>, twin: Partial<SlotFact> | null) {
  const { slots, points } = outlook({
    primary: { slots: [logical(own)] },
    standby: {
      server: [server({ inRecovery: true, versionNum, receivePosition: WRITTEN, replayPosition: WRITTEN })],
      slots: twin === null ? [] : [logical(twin)],
    },
  });
  return [slots?.[0]?.fate, points[0]?.weight, slots?.[0]?.because ?? ""] as const;
}

Deno.test("the candidate's own slot becomes unused; slots of other standbys must be created unless they exist", () => {
  const fates = (changes: Trio) => outlook(changes).slots?.map(({ slot, fate }) => `${slot} ${fate}`);
  assertEquals(fates({}), ["standby unused", "standby2 create"]);
  assertEquals(fates({ standby: { slots: [slot({ slot: "standby2" })] } }), [
    "standby unused",
    "standby2 follows",
  ]);
  assertEquals(fates({ standbys: { standby2: { upstream: "standby" } } }), [
    "standby unused",
    "standby2 unused",
  ]);
});

Deno.test("temporary slots are ignored, not those that were synchronized before the primary was promoted", () => {
  const slots = [slot({ slot: "t", temporary: true }), logical({ synced: true })];
  const fates = (changes: Trio) => outlook(changes).slots?.map(({ slot, fate }) => `${slot} ${fate}`);
  assertEquals(fates({ primary: { slots } }), ["sub lost"]);
});

Deno.test("what reads a logical slot is judged elsewhere, but for the initial copy of a table", () => {
  assertEquals(fateOf(160004, { plugin: "wal2json" }, null)[1], undefined);
  const [fate, weight, because] = fateOf(160004, { slot: "pg_1_sync_2_3" }, null);
  assertEquals([fate, weight], ["lost", "warning"]);
  assertStringIncludes(because, "The initial copy of a table is not done");
});

Deno.test("a logical slot survives the promotion only when it is synchronized", () => {
  const [before, , because] = fateOf(160004, {}, null);
  assertEquals(before, "lost");
  assertStringIncludes(because, "Slots are synchronized to a standby from PostgreSQL 17 on");
  assertStringIncludes(fateOf(170000, { failover: false }, null)[2], "was not created with failover = true");
  assertStringIncludes(fateOf(170000, { failover: true }, null)[2], '"standby" has no copy yet');
  assertEquals(fateOf(170000, { failover: true }, { synced: true })[0], "follows");
  assertEquals(fateOf(170000, { failover: true }, { synced: false })[0], "unknown");
  assertStringIncludes(
    fateOf(170000, { failover: true }, { synced: true, invalidationReason: "wal_removed" })[2],
    "The copy is invalid (wal_removed)",
  );
  assertStringIncludes(
    fateOf(170000, { failover: true }, { synced: true, temporary: true })[2],
    "still temporary",
  );
});

Deno.test("slots that were never read give a warning", () => {
  const { slots, points } = outlook({ snapshots: { primary: NEVER } });
  assertEquals([slots, points.map(({ weight }) => weight)], [null, ["warning"]]);
});

Deno.test("a candidate with too few slots gets the required max_replication_slots", () => {
  const { points } = outlook({ standby: { wal: [wal({ maxSlots: 1 })] } });
  const last = points.at(-1);
  assertEquals(last?.weight, "warning");
  assertStringIncludes(last?.advice ?? "", "SET max_replication_slots = 2");
});
