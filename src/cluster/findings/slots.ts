/**
 * Slots that fill a disk, or that run out of WAL.
 *
 * @module
 */
import { formatBytes, formatSeconds } from "../../domain/quantities.ts";
import type { SlotFact } from "../../domain/facts.ts";
import type { Severity } from "../../domain/finding.ts";
import type { ServerSnapshot, View } from "../../domain/view.ts";
import type { Check } from "./check.ts";
import { freshRow, freshRows } from "./view_queries.ts";
import { quoteText } from "../../domain/sql_text.ts";

/** A slot keeps the segment it is in anyway: up to this is nothing, bytes, when the segment size is not known. */
const USUAL_SEGMENT_BYTES = 16 * 1024 * 1024;
/** From here on an inactive slot is an emergency in the making, bytes. */
const MUCH_RETAINED_BYTES = 10 * 1024 ** 3;
/** Slots lost within this time, seconds. */
const SOON_SECONDS = 3600;
/** Slots lost within this time leave none to think, seconds. */
const VERY_SOON_SECONDS = 600;

const slotInactive: Check = {
  name: "slot_inactive",
  title: "No slot that nobody uses fills the disk",
  looksAt: "pg_replication_slots.active and restart_lsn, the rate of pg_current_wal_lsn()",
  reads: ["slots"],
  severities: ["critical", "warning", "info"],
  meaning:
    "Nobody reads from the slot, and the server keeps all WAL since. Info up to one segment, critical from 10 GiB " +
    "without a limit.",
  remedy: "Bring the consumer back, or drop the slot: SELECT pg_drop_replication_slot('NAME').",
  *find(view) {
    for (const [server, slot] of everySlot(view)) {
      if (slot.active || slot.restartPosition === null || isLost(slot) || slot.synced === true) continue;
      const kept = slot.retainedBytes ?? 0;
      const rate = view.walBytesPerSecond.get(server.server);
      const since = slot.inactiveSinceUnixSeconds;
      const now = freshRow(server, "server")?.clockUnixSeconds;
      yield {
        severity: severityOf(server, slot),
        server: server.server,
        subject: slot.slot,
        summary: `Slot "${slot.slot}" on "${server.server}" is inactive and keeps ${
          formatBytes(kept)
        } of WAL`,
        evidence: [
          slot.retainedBytes === null ? "retained bytes unknown" : `retained ${formatBytes(kept)}`,
          rate === undefined ? "" : `growing by ${formatBytes(Math.round(rate))} per second`,
          since === null || now === undefined ? "" : `inactive for ${formatSeconds(now - since)}`,
          slot.maxKeepBytes === null
            ? "no limit (max_slot_wal_keep_size = -1)"
            : `limit max_slot_wal_keep_size = ${formatBytes(slot.maxKeepBytes)}`,
        ].filter((text) => text !== "").join("; "),
        advice:
          `Bring its ${
            slot.type === "physical" ? "standby" : "subscriber"
          } back; when it is gone for good, on ` +
          `"${server.server}": SELECT pg_drop_replication_slot(${quoteText(slot.slot)})`,
      };
    }
  },
};

const slotLost: Check = {
  name: "slot_lost",
  title: "No slot is lost",
  looksAt: "pg_replication_slots.wal_status and invalidation_reason",
  reads: ["slots"],
  severities: ["critical"],
  meaning:
    "WAL that the slot was to keep is removed, or the slot was invalidated: its consumer cannot go on with it.",
  remedy: "Drop the slot and rebuild its consumer.",
  *find(view) {
    for (const [server, slot] of everySlot(view)) {
      if (!isLost(slot)) continue;
      const drop = `On "${server.server}": SELECT pg_drop_replication_slot(${quoteText(slot.slot)})`;
      yield {
        severity: "critical",
        server: server.server,
        subject: slot.slot,
        summary: `Slot "${slot.slot}" on "${server.server}" is lost`,
        evidence: [
          `wal_status = ${slot.walStatus ?? "NULL"}`,
          slot.invalidationReason === null ? "" : `invalidation_reason = ${slot.invalidationReason}`,
          slot.maxKeepBytes === null ? "" : `max_slot_wal_keep_size = ${formatBytes(slot.maxKeepBytes)}`,
        ].filter((text) => text !== "").join("; "),
        advice: slot.type === "physical"
          ? `${drop}; SELECT pg_create_physical_replication_slot(${
            quoteText(slot.slot)
          }, true); then rebuild the standby ` +
            "with pg_basebackup, unless its restore_command finds the missing WAL"
          : `${drop}; then create the subscription's slot anew and copy its tables again`,
      };
    }
  },
};

const slotAtRisk: Check = {
  name: "slot_at_risk",
  title: "No slot is about to be lost",
  looksAt: "pg_replication_slots.wal_status and safe_wal_size, the WAL rate",
  reads: ["slots"],
  severities: ["critical", "warning"],
  meaning:
    "At the present WAL rate the slot is lost, or its limit reached, within the hour; critical within ten minutes " +
    "or when WAL beyond the limit is already kept only until the next checkpoint.",
  remedy: "Bring the consumer back or raise max_slot_wal_keep_size before the limit is reached.",
  *find(view) {
    for (const [server, slot] of everySlot(view)) {
      if (isLost(slot)) continue;
      const forecast = view.slotForecasts.find((each) =>
        each.server === server.server && each.slot === slot.slot
      );
      const isBeyond = slot.walStatus === "unreserved";
      if (!isBeyond && (forecast === undefined || forecast.lostInSeconds > SOON_SECONDS)) continue;
      const isNear = isBeyond || (forecast !== undefined && forecast.lostInSeconds <= VERY_SOON_SECONDS);
      yield {
        severity: isNear ? "critical" : "warning",
        server: server.server,
        subject: slot.slot,
        summary: isBeyond
          ? `Slot "${slot.slot}" on "${server.server}" is beyond its limit: the next checkpoint may lose it`
          : `Slot "${slot.slot}" on "${server.server}" is lost in ${
            formatSeconds(forecast?.lostInSeconds ?? 0)
          } at this rate`,
        evidence: [
          `wal_status = ${slot.walStatus ?? "NULL"}`,
          slot.safeWalBytes === null ? "" : `safe_wal_size ${formatBytes(slot.safeWalBytes)}`,
          slot.retainedBytes === null ? "" : `retained ${formatBytes(slot.retainedBytes)}`,
          slot.maxKeepBytes === null ? "" : `max_slot_wal_keep_size = ${formatBytes(slot.maxKeepBytes)}`,
          slot.active ? "active" : "inactive",
        ].filter((text) => text !== "").join("; "),
        advice: `Bring its consumer up to date now, or, when the disk has room, on "${server.server}": ` +
          `ALTER SYSTEM SET max_slot_wal_keep_size = '${largerLimit(slot)}'; SELECT pg_reload_conf()`,
      };
    }
  },
};

/** Slots, the lost ones first. */
export const slotChecks: readonly Check[] = [slotLost, slotAtRisk, slotInactive];

function* everySlot(view: View): Generator<readonly [ServerSnapshot, SlotFact]> {
  for (const server of view.servers) {
    for (const slot of freshRows(server, "slots") ?? []) if (!slot.temporary) yield [server, slot];
  }
}

function isLost(slot: SlotFact): boolean {
  return slot.walStatus === "lost" || slot.invalidationReason !== null;
}

function severityOf(server: ServerSnapshot, { retainedBytes, maxKeepBytes }: SlotFact): Severity {
  const segment = freshRow(server, "wal")?.segmentBytes ?? USUAL_SEGMENT_BYTES;
  if (retainedBytes === null || retainedBytes <= segment) return "info";
  return retainedBytes >= MUCH_RETAINED_BYTES && maxKeepBytes === null ? "critical" : "warning";
}

/** Twice the limit, in whole megabytes, the unit of the setting. */
function largerLimit({ maxKeepBytes }: SlotFact): string {
  return `${Math.ceil(2 * (maxKeepBytes ?? MUCH_RETAINED_BYTES) / 1024 ** 2)}MB`;
}
