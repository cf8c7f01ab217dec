/**
 * WAL senders and slots that run out.
 *
 * @module
 */
import { joinNames } from "../../domain/quantities.ts";
import { type Check, joinEvidence, perServer } from "./check.ts";
import { freshRow } from "./view_queries.ts";

/** Share of a limit that should stay free. */
const FREE_SHARE = 0.1;

/** Limits on the number of senders and slots. */
export const limitChecks: readonly Check[] = [
  {
    name: "senders_limit",
    title: "Every server has WAL senders to spare",
    looksAt: "pg_stat_replication, max_wal_senders",
    reads: ["senders", "wal"],
    severities: ["critical", "warning"],
    meaning:
      "Nearly all WAL senders are in use; when none is left, no standby can connect again and no base backup can run.",
    steps: ["Raise `max_wal_senders` (on standbys first) and restart, or end senders that are not needed."],
    find: perServer("senders", (server, senders) => {
      const limit = freshRow(server, "wal")?.maxSenders;
      if (limit === undefined || !isNearLimit(senders.length, limit)) return null;
      const isFull = senders.length >= limit;
      return {
        severity: isFull ? "critical" : "warning",
        remedy: {
          intent: { kind: "set", settings: [["max_wal_senders", `${2 * limit}`]], restart: true },
          before: "End what is not needed (SELECT pid, application_name, state FROM pg_stat_replication); or",
        },
        summary: `Server "${server.server}" ${
          isFull ? "has no WAL sender left" : "is about to run out of WAL senders"
        }`,
        evidence: `${senders.length} of max_wal_senders = ${limit} in use`,
        advice:
          `On each standby first, then on "${server.server}": ALTER SYSTEM SET max_wal_senders = ${
            2 * limit
          }; and ` +
          `restart it before the next one; or end what is not needed, on "${server.server}": SELECT pid, application_name, ` +
          "state FROM pg_stat_replication;",
      };
    }),
  },
  {
    name: "slots_limit",
    title: "Every server has slots to spare",
    looksAt: "pg_replication_slots, max_replication_slots",
    reads: ["slots", "wal"],
    severities: ["warning"],
    meaning: "Nearly all slots are in use; when none is left, no standby or subscriber can be added.",
    steps: [
      "Raise `max_replication_slots` and restart, or drop slots that nobody needs: see `slot_inactive` for what to check first.",
    ],
    find: perServer("slots", (server, slots) => {
      const limit = freshRow(server, "wal")?.maxSlots;
      if (limit === undefined || !isNearLimit(slots.length, limit)) return null;
      const unused = slots.filter(({ active }) => !active).map(({ slot }) => slot);
      return {
        severity: "warning",
        remedy: {
          intent: { kind: "set", settings: [["max_replication_slots", `${2 * limit}`]], restart: true },
          before: "See slot_inactive for those that nobody uses; or",
        },
        summary: `Server "${server.server}" ${
          slots.length >= limit ? "has no slot left" : "is about to run out of slots"
        }`,
        evidence: joinEvidence(
          `${slots.length} of max_replication_slots = ${limit} in use`,
          unused.length > 0 && `inactive: ${joinNames(unused)}`,
        ),
        advice:
          `On "${server.server}": ALTER SYSTEM SET max_replication_slots = ${2 * limit}; then restart it` +
          (unused.length === 0 ? "" : "; or drop the inactive slots that nobody needs, see slot_inactive"),
      };
    }),
  },
];

function isNearLimit(used: number, limit: number): boolean {
  return used > 0 && limit - used < Math.max(1, limit * FREE_SHARE);
}
