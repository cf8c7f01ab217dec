/**
 * Places for senders and slots that run out.
 *
 * @module
 */
import type { Check } from "./check.ts";
import { freshRow, freshRows } from "./view_queries.ts";

/** Share of the places that should stay free. */
const FREE_SHARE = 0.1;

const sendersLimit: Check = {
  name: "senders_limit",
  title: "Every server has room for more WAL senders",
  looksAt: "pg_stat_replication, max_wal_senders",
  reads: ["senders", "wal"],
  severities: ["critical", "warning"],
  meaning:
    "Nearly all WAL senders are in use; when none is left, no standby can connect again and no base backup run.",
  remedy: "Raise max_wal_senders (on standbys first) and restart, or end senders that are not needed.",
  *find(view) {
    for (const server of view.servers) {
      const senders = freshRows(server, "senders");
      const limit = freshRow(server, "wal")?.maxSenders;
      if (senders === null || limit === undefined || senders.length === 0 || !isNear(senders.length, limit)) {
        continue;
      }
      const isFull = senders.length >= limit;
      yield {
        severity: isFull ? "critical" : "warning",
        server: server.server,
        subject: "",
        summary: isFull
          ? `Server "${server.server}" has no WAL sender left`
          : `Server "${server.server}" is about to run out of WAL senders`,
        evidence: `${senders.length} of max_wal_senders = ${limit} in use`,
        advice:
          `ALTER SYSTEM SET max_wal_senders = ${
            2 * limit
          } on the standbys first, restart them, then the same on ` +
          "the primary; or end what is not needed: SELECT pid, application_name, state FROM pg_stat_replication",
      };
    }
  },
};

const slotsLimit: Check = {
  name: "slots_limit",
  title: "Every server has room for more slots",
  looksAt: "pg_replication_slots, max_replication_slots",
  reads: ["slots", "wal"],
  severities: ["warning"],
  meaning: "Nearly all slots are taken; when none is left, no standby or subscriber can be added.",
  remedy: "Drop slots that nobody uses, or raise max_replication_slots and restart.",
  *find(view) {
    for (const server of view.servers) {
      const slots = freshRows(server, "slots");
      const limit = freshRow(server, "wal")?.maxSlots;
      if (slots === null || limit === undefined || slots.length === 0 || !isNear(slots.length, limit)) {
        continue;
      }
      const unused = slots.filter(({ active }) => !active).map(({ slot }) => slot);
      yield {
        severity: "warning",
        server: server.server,
        subject: "",
        summary: slots.length >= limit
          ? `Server "${server.server}" has no slot left`
          : `Server "${server.server}" is about to run out of slots`,
        evidence: `${slots.length} of max_replication_slots = ${limit} in use` +
          (unused.length === 0 ? "" : `; inactive: ${unused.join(", ")}`),
        advice: `Drop what nobody uses (SELECT pg_drop_replication_slot('...')), or on "${server.server}": ` +
          `ALTER SYSTEM SET max_replication_slots = ${2 * limit}; then restart it`,
      };
    }
  },
};

/** Limits on the number of senders and slots. */
export const limitChecks: readonly Check[] = [sendersLimit, slotsLimit];

function isNear(used: number, limit: number): boolean {
  return limit - used < Math.max(1, limit * FREE_SHARE);
}
