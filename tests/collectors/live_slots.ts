/**
 * A slot on its way from reserved to lost, on the primary and on a standby.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import type { Server } from "../../compose/lab/server.ts";
import type { Cluster } from "../../compose/lab/topology.ts";
import { until } from "../../compose/lab/until.ts";
import { deriveSlotWal } from "../../src/collectors/slot_wal.ts";
import type { SlotFact } from "../../src/domain/facts.ts";
import { parseLsn } from "../../src/domain/lsn.ts";
import { majorOf } from "../../src/domain/pg_version.ts";
import { requireText } from "../../src/postgres/decode.ts";
import { watch, type Watched } from "./watching.ts";

/** `wal_segment_size`; the cluster keeps five of them for a slot (`max_slot_wal_keep_size` 80MB). */
export const SEGMENT = 16 * 1024 * 1024;

/** Both slots must have the same status: the primary's view reports it, we calculate it for the standby. */
export async function checkSlots(cluster: Cluster, standby: Server): Promise<void> {
  const servers = [cluster.primary, standby];
  using onPrimary = await watch(cluster.primary, "monitor");
  using onStandby = await watch(standby, "monitor");
  for (const server of servers) {
    await server.sql("SELECT pg_create_physical_replication_slot('unused', true)");
  }
  const bothSlots = async () => await Promise.all([slotOf(onPrimary, "unused"), slotOf(onStandby, "unused")]);
  const statuses = async () => (await bothSlots()).map((slot) => slot?.walStatus);
  const writeSegments = async (count: number) => {
    for (let segment = 0; segment < count; segment++) await writeSegment(cluster.primary);
    await cluster.untilCaughtUp(standby);
    await checkReckoning(onPrimary);
    const [primarySlot, standbySlot] = await bothSlots();
    assertEquals(primarySlot?.walStatus, standbySlot?.walStatus);
    // Made at different moments, so in neighbouring segments at most.
    const apart = (primarySlot?.safeWalBytes ?? NaN) - (standbySlot?.safeWalBytes ?? NaN);
    assert(Math.abs(apart) <= SEGMENT, `safe on the primary less safe on the standby: ${apart}`);
  };
  await writeSegments(0);
  assertEquals(await statuses(), ["reserved", "reserved"]);
  await writeSegments(4);
  assertEquals(await statuses(), ["reserved", "reserved"]);

  for (const server of servers) await server.set("max_wal_size", "32MB");
  await until("both to be extended", async () => (await statuses()).every((status) => status === "extended"));
  for (const server of servers) await server.set("max_wal_size", "1GB");
  await until("both to be reserved", async () => (await statuses()).every((status) => status === "reserved"));
  // No checkpoint of the smaller size may be under way when the limit is passed.
  for (const server of servers) await server.sql("CHECKPOINT");

  await writeSegments(3);
  assertEquals(await statuses(), ["unreserved", "unreserved"]);
  for (const slot of await bothSlots()) assert((slot?.safeWalBytes ?? 1) <= 0);

  await cluster.primary.sql("CHECKPOINT");
  await cluster.untilCaughtUp(standby);
  await standby.sql("CHECKPOINT");
  await until("both to be lost", async () => (await statuses()).every((status) => status === "lost"));
  for (const slot of await bothSlots()) {
    assertEquals([slot?.active, slot?.retainedBytes, slot?.safeWalBytes], [false, null, null]);
    assertEquals(slot?.invalidationReason, majorOf(onPrimary.versionNum) >= 17 ? "wal_removed" : null);
  }
  for (const server of servers) await server.sql("SELECT pg_drop_replication_slot('unused')");
}

/** Our calculation for a standby, applied to the primary, gives what the primary's view reports. */
async function checkReckoning(watched: Watched): Promise<void> {
  const [row] = await watched.query(
    "SELECT restart_lsn, wal_status, safe_wal_size, pg_current_wal_lsn() AS position FROM pg_replication_slots " +
      "WHERE slot_name = 'unused'",
  );
  assert(row !== undefined);
  const derived = deriveSlotWal({
    restartPosition: parseLsn(requireText(row, "restart_lsn")),
    serverPosition: parseLsn(requireText(row, "position")),
    segmentBytes: SEGMENT,
    maxKeepBytes: 5 * SEGMENT,
    keepBytes: 0,
    maxWalBytes: 64 * SEGMENT,
  });
  assertEquals(derived.status, row.wal_status);
  // The position is read after the view and may have moved on.
  const moved = Number(row.safe_wal_size) - (derived.safeBytes ?? NaN);
  assert(moved >= 0 && moved < 65536, `the view says ${row.safe_wal_size}, we ${derived.safeBytes}`);
}

async function slotOf(watched: Watched, slot: string): Promise<SlotFact | undefined> {
  return (await watched.collect()).slots?.find((each) => each.slot === slot);
}

async function writeSegment(primary: Server): Promise<void> {
  await primary.sql("INSERT INTO test_data (data) VALUES ('segment')");
  await primary.sql("SELECT pg_switch_wal()");
  await primary.sql("INSERT INTO test_data (data) VALUES ('segment')");
}
