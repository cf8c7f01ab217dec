/**
 * Logical slots that retain WAL although something reads them.
 *
 * @module
 */
import { formatBytes, formatSeconds, joinNames } from "../../domain/quantities.ts";
import { consumerOf, isLostSlot, unconfirmedBytesOf } from "../../domain/slot.ts";
import type { ServerView, View } from "../../domain/view.ts";
import { USUAL_SEGMENT_BYTES } from "../diagnosis/standby_reason.ts";
import { describeHolder, isHolding } from "../logical/held_slot.ts";
import { type Check, joinEvidence, perServer } from "./check.ts";
import { destructive } from "./destructive.ts";
import { severityOfRetained } from "./slots.ts";
import { endBlocker } from "./subscription_advice.ts";
import { freshRow, freshRows, readerOfSlot, serversWithRows } from "./view_queries.ts";

/** A consumer that confirms nothing for this long while WAL is written does not confirm, seconds. */
const CONFIRMS_WITHIN_SECONDS = 60;

/** From this age on a transaction that holds slots is a finding, seconds. */
const OPEN_SECONDS = 300;

/** Whether a server has logical slots. */
function hasLogicalSlots({ servers }: View): boolean {
  return servers.some(({ facts }) => facts.slots?.some(({ type }) => type === "logical") === true);
}

/** Logical slots that are read. */
export const logicalSlotChecks: readonly Check[] = [
  {
    name: "slot_not_confirmed",
    title: "Every consumer that reads a logical slot confirms what it has",
    looksAt: "pg_replication_slots.confirmed_flush_lsn, pg_stat_replication.reply_time",
    reads: ["slots", "senders"],
    applies: hasLogicalSlots,
    severities: ["critical", "warning"],
    grades: "Critical when the slot retains 10 GiB without a limit.",
    meaning:
      "A CDC connector or another program is connected and replies, but has confirmed nothing for a minute while WAL is written: " +
      "the slot retains all of it. Usual causes: nothing of it is of a table that the connector reads and it sends no " +
      "heartbeats, or what it feeds does not take the changes.",
    look: [
      "`SELECT slot_name, active, restart_lsn, confirmed_flush_lsn FROM pg_replication_slots;` twice, a minute apart.",
      "No view of the server shows whether the WAL in between holds a change of its tables.",
    ],
    steps: [
      "The log and the metrics of the connector: does it process changes, and can it store its offsets?",
      "Where its tables are quiet while others are written: heartbeats. Debezium: `heartbeat.interval.ms`, with `heartbeat.action.query` where its database is quiet as a whole, and the heartbeat table in the publication.",
      "Several databases on one server: each needs heartbeats of its own.",
    ],
    *find(view) {
      for (const [server, slots] of serversWithRows(view, "slots")) {
        for (const slot of slots) {
          const since = server.confirmedSince.get(slot.slot);
          const sender = freshRows(server, "senders")?.find((each) => each.slot === slot.slot);
          const unconfirmed = unconfirmedBytesOf(slot);
          if (since === undefined || sender === undefined || unconfirmed === null) continue;
          if (isLostSlot(slot) || consumerOf(slot) === "table_copy") continue;
          if (readerOfSlot(view, server.server, slot.slot) !== null) continue;
          const stands = view.at - since;
          if (stands < CONFIRMS_WITHIN_SECONDS || unconfirmed <= segmentOf(server)) continue;
          yield {
            severity: severityOfRetained(server, slot) === "critical" ? "critical" : "warning",
            server: server.server,
            subject: slot.slot,
            summary: `The consumer of slot "${slot.slot}" on "${server.server}" has confirmed nothing for ${
              formatSeconds(stands)
            }`,
            evidence: joinEvidence(
              `${formatBytes(unconfirmed)} of WAL unconfirmed`,
              sender.replyAgeSeconds !== null &&
                `its last reply came ${formatSeconds(sender.replyAgeSeconds)} ago`,
              `application_name = ${sender.applicationName}, user = ${sender.user}, plugin = ${slot.plugin}, database = ${slot.database}`,
            ),
            advice:
              "Look at the log of that connector or program: if it processes nothing, repair it or what it feeds. If its tables are " +
              "quiet while others are written, give it heartbeats (Debezium: heartbeat.interval.ms and heartbeat.action.query)",
            extent: unconfirmed,
          };
        }
      }
    },
  },
  {
    name: "slots_held",
    title: "No transaction holds logical slots",
    looksAt: "pg_stat_activity.backend_xid and xact_start, pg_prepared_xacts, restart_lsn",
    reads: ["slots", "decoding"],
    applies: hasLogicalSlots,
    severities: ["critical", "warning"],
    grades: "Critical when a slot retains 10 GiB without a limit.",
    meaning:
      "Decoding must be able to begin at the oldest transaction that is still open: while it is, every logical slot retains " +
      "the WAL since then, although its consumer has confirmed nearly all of it.",
    look: [
      "`SELECT pid, usename, now() - xact_start AS runs_for, query FROM pg_stat_activity WHERE backend_xid IS NOT NULL ORDER BY xact_start;`",
      "`SELECT * FROM pg_prepared_xacts ORDER BY prepared;`",
    ],
    steps: [
      "Let its client commit or roll back.",
      destructive({
        because: "If it cannot, the session can be ended",
        checkFirst:
          "`SELECT usename, state, query FROM pg_stat_activity WHERE pid = PID;` shows whose it is, and that it may be repeated.",
        step:
          "`SELECT pg_terminate_backend(PID);`, of a prepared transaction `ROLLBACK PREPARED 'GID';` in its database.",
        loses: "its work so far is lost, and its client must run it again.",
      }),
      "`idle_in_transaction_session_timeout` ends such sessions by itself.",
    ],
    find: perServer("slots", (server, slots) => {
      const decoding = freshRows(server, "decoding") ?? [];
      const held = slots.filter((slot) => isHolding(slot, decoding.find((each) => each.slot === slot.slot)));
      const writer = decoding[0]?.oldestWriter ?? null;
      if (writer === null || held.length === 0 || (writer.seconds ?? 0) < OPEN_SECONDS) return null;
      const most = Math.max(...held.map(({ retainedBytes }) => retainedBytes ?? 0));
      if (most <= segmentOf(server)) return null;
      return {
        severity: held.some((slot) => severityOfRetained(server, slot) === "critical")
          ? "critical"
          : "warning",
        summary: `A transaction on "${server.server}" holds ${
          held.length === 1 ? `slot "${held[0]?.slot}"` : `${held.length} logical slots`
        }`,
        evidence: joinEvidence(
          describeHolder(writer),
          `up to ${formatBytes(most)} of WAL retained`,
          held.length > 1 && joinNames(held.map(({ slot }) => slot), 5),
        ),
        advice: endBlocker(server.server, writer),
        extent: most,
      };
    }),
  },
];

function segmentOf(server: ServerView): number {
  return freshRow(server, "wal")?.segmentBytes ?? USUAL_SEGMENT_BYTES;
}
