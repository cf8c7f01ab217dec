/**
 * WAL that is kept for too short a time, or without end.
 *
 * @module
 */
import { formatBytes, formatSeconds } from "../../domain/quantities.ts";
import type { SenderFact } from "../../domain/facts.ts";
import type { Check } from "./check.ts";
import { downstreamOf, freshRow, freshRows } from "./view_queries.ts";
import { quoteText } from "../../domain/sql_text.ts";

/** Less than this is small, bytes; a slot-less standby may be away for as long as it takes to write it. */
const SMALL_KEEP_BYTES = 512 * 1024 * 1024;
/** An absence that should be survived, seconds. */
const SHORT_ABSENCE_SECONDS = 600;

const noSlot: Check = {
  name: "no_slot",
  title: "Every standby has a slot, or enough WAL is kept for it",
  looksAt:
    "pg_stat_replication, pg_replication_slots.active_pid, wal_keep_size, restore_command on the standby",
  reads: ["senders", "slots", "wal"],
  severities: ["warning", "info"],
  meaning:
    "A standby streams without a slot and little WAL is kept: after a short absence it must be rebuilt. Info when " +
    "it is not known whether it has an archive to fall back on.",
  remedy: "Create a slot and set primary_slot_name on the standby, or raise wal_keep_size.",
  *find(view) {
    for (const upstream of view.servers) {
      const rows = freshRows(upstream, "senders");
      const keep = freshRow(upstream, "wal")?.keepBytes;
      if (rows === null || freshRows(upstream, "slots") === null || keep === undefined) continue;
      const rate = view.walBytesPerSecond.get(upstream.server);
      const lasts = rate === undefined || rate <= 0 ? null : keep / rate;
      const isEnough = keep >= SMALL_KEEP_BYTES && (lasts === null || lasts >= SHORT_ABSENCE_SECONDS);
      if (isEnough) continue;
      for (const row of rows) {
        if (row.kind !== "standby" || hasLastingSlot(row)) continue;
        const downstream = downstreamOf(view, upstream.server, row);
        const archive = downstream === null ? null : freshRow(downstream, "recovery");
        if (archive?.hasRestoreCommand === true) continue;
        const slot = slotNameFor(row);
        yield {
          severity: archive === null ? "info" : "warning",
          server: upstream.server,
          subject: row.standby,
          summary:
            `Standby "${row.standby}" streams from "${upstream.server}" without a slot, and little WAL is kept`,
          evidence: [
            `wal_keep_size = ${formatBytes(keep)}`,
            lasts === null ? "" : `at the present rate that is ${formatSeconds(lasts)} of WAL`,
            archive === null ? "its restore_command is not known" : "it has no restore_command",
          ].filter((text) => text !== "").join("; "),
          advice:
            `On "${upstream.server}": SELECT pg_create_physical_replication_slot(${
              quoteText(slot)
            }, true); on the ` +
            `standby: ALTER SYSTEM SET primary_slot_name = ${
              quoteText(slot)
            }; SELECT pg_reload_conf(); or, without a slot, on ` +
            `"${upstream.server}": ALTER SYSTEM SET wal_keep_size = '4GB'; SELECT pg_reload_conf()`,
        };
      }
    }
  },
};

const keepUnlimited: Check = {
  name: "slots_keep_unlimited",
  title: "What slots may keep is limited",
  looksAt: "max_slot_wal_keep_size, pg_replication_slots",
  reads: ["slots"],
  severities: ["info"],
  meaning:
    "max_slot_wal_keep_size is -1: a slot whose consumer stays away fills the disk and stops the server.",
  remedy: "Set max_slot_wal_keep_size to what the disk can spare.",
  *find(view) {
    for (const server of view.servers) {
      const slots = freshRows(server, "slots")?.filter(({ temporary }) => !temporary) ?? [];
      if (slots.length === 0 || slots.some(({ maxKeepBytes }) => maxKeepBytes !== null)) continue;
      const longest = Math.max(0, ...slots.map(({ retainedBytes }) => retainedBytes ?? 0));
      yield {
        severity: "info",
        server: server.server,
        subject: "",
        summary: `Slots on "${server.server}" may keep WAL until the disk is full`,
        evidence:
          `max_slot_wal_keep_size = -1; ${slots.length} ${
            slots.length === 1 ? "slot" : "slots"
          }, the one that ` +
          `keeps most keeps ${formatBytes(longest)}`,
        advice: `On "${server.server}", with a size that its disk can spare and a standby's absence needs: ` +
          "ALTER SYSTEM SET max_slot_wal_keep_size = '50GB'; SELECT pg_reload_conf()",
      };
    }
  },
};

/** How WAL is kept. */
export const retentionChecks: readonly Check[] = [noSlot, keepUnlimited];

/** The slot a WAL receiver makes for itself (`wal_receiver_create_temp_slot`) goes when its connection does. */
function hasLastingSlot({ slot }: SenderFact): boolean {
  return slot !== "" && !slot.startsWith("pg_walreceiver");
}

/** Slot names are made of lower case letters, digits and underscores. */
function slotNameFor({ standby }: SenderFact): string {
  return standby.toLowerCase().replace(/[^a-z0-9_]/g, "_");
}
