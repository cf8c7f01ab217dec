/**
 * Slots that fill a disk, or that run out of WAL.
 *
 * @module
 */
import { formatBytes, formatSeconds } from "../../domain/quantities.ts";
import { quoteText } from "../../domain/sql_text.ts";
import type { SlotFact } from "../../domain/facts.ts";
import type { Severity } from "../../domain/finding.ts";
import type { ServerView, View } from "../../domain/view.ts";
import { consumerOf, isLostSlot, type SlotConsumer } from "../../domain/slot.ts";
import { USUAL_SEGMENT_BYTES } from "../diagnosis/standby_reason.ts";
import { type Check, type Diagnosis, joinEvidence } from "./check.ts";
import { replaceLogicalSlot } from "../managers/proofs.ts";
import { destructive } from "./destructive.ts";
import { adviseOnInactive, isCopying, releaseWal } from "./slot_consumers.ts";
import { freshRow, lossOfSlot, readerOfSlot, serversWithRows } from "./view_queries.ts";

/** From here on an inactive slot threatens the disk, bytes. */
const MUCH_RETAINED_BYTES = 10 * 1024 ** 3;
/** Slots lost within this time, seconds. */
const SOON_SECONDS = 3600;
/** Slots lost within this time leave no time to think, seconds. */
const VERY_SOON_SECONDS = 600;

/** What moves a slot while no client is connected. */
const MOVERS: Readonly<Record<SlotConsumer, string>> = {
  standby: "an HA manager or another program keeps it and",
  subscription: "its subscription, or another program,",
  table_copy: "the copy",
  change_data_capture: "a program that reads it from time to time",
};

const DROP_UNUSED = destructive({
  because:
    "Only if its consumer is gone for good and nothing else moves the slot is the WAL retained for nobody",
  checkFirst:
    "no standby has it as `primary_slot_name`; no subscriber has a row in `SELECT subname FROM pg_subscription WHERE subslotname = 'SLOT';`; no CDC connector is set up to use it; and `SELECT active, restart_lsn FROM pg_replication_slots WHERE slot_name = 'SLOT';` twice, a minute apart, shows no change.",
  step: "`SELECT pg_drop_replication_slot('SLOT');`",
  loses:
    "a standby that needed it must be rebuilt, a subscriber must copy its tables again, a CDC connector must take a new snapshot. The WAL is freed at the next checkpoint.",
});

/** Slots, the lost ones first. */
export const slotChecks: readonly Check[] = [
  {
    name: "slot_lost",
    title: "No slot is lost",
    looksAt: "pg_replication_slots.wal_status and invalidation_reason",
    reads: ["slots"],
    severities: ["critical"],
    meaning:
      "The slot exceeded `max_slot_wal_keep_size` and its WAL was removed, or it was invalidated: its consumer cannot " +
      "continue from it.",
    look: [
      "`SELECT slot_name, wal_status, active, restart_lsn FROM pg_replication_slots;`",
      "`pgrepl_slot_invalidation == 1` has the reason (17 and later).",
    ],
    steps: [
      destructive({
        because: "A lost slot can never be used again",
        checkFirst:
          "`SELECT wal_status, active FROM pg_replication_slots WHERE slot_name = 'SLOT';` has `lost` and `f`.",
        step:
          "physical: `SELECT pg_drop_replication_slot('SLOT'); SELECT pg_create_physical_replication_slot('SLOT', true);`, and if its standby does not catch up, from an archive or by itself, rebuild it (`wal_removed`). Of a subscription: on the subscriber `ALTER SUBSCRIPTION NAME DISABLE; ALTER SUBSCRIPTION NAME SET (slot_name = NONE); DROP SUBSCRIPTION NAME;`, drop the slot, empty the tables there, and create the subscription again, which copies them. Of the initial copy of a table (`pg_N_sync_N_N`): take the table out of the publication, `ALTER SUBSCRIPTION NAME REFRESH PUBLICATION;`, empty it on the subscriber, add it to the publication, and refresh again. Of a CDC connector: end that, drop the slot, and start it with a new slot and a new snapshot.",
        loses: "nothing more is: its WAL is gone already.",
      }),
      "Raise `max_slot_wal_keep_size` if the disk can hold more.",
    ],
    find: perSlot((slot, { server, role }, view) => {
      if (!isLostSlot(slot)) return null;
      const name = quoteText(slot.slot);
      const consumer = consumerOf(slot);
      const isSynced = slot.synced === true && role === "standby";
      const reader = readerOfSlot(view, server, slot.slot);
      return {
        severity: "critical",
        ...isSynced
          ? {}
          : { remedy: { intent: { kind: "replace_slot", slot: slot.slot, consumer, reader } } },
        summary: `Slot "${slot.slot}" on "${server}" is lost`,
        evidence: joinEvidence(
          reader !== null && `subscription "${reader.fact.subscription}" on "${reader.server}" reads it`,
          `wal_status = ${slot.walStatus ?? "NULL"}`,
          slot.invalidationReason !== null && `invalidation_reason = ${slot.invalidationReason}`,
          keepLimit(slot),
        ),
        advice: isSynced
          ? `Nothing on "${server}": it is the copy of a slot of the primary, and is made again while that one is valid; until ` +
            "then its consumer would lose its position in a failover"
          : consumer !== "standby"
          ? replaceLogicalSlot({ slot: slot.slot, server, consumer, reader })
          : destructive({
            because: "A lost slot can never be used again",
            checkFirst:
              `on "${server}", SELECT wal_status, active FROM pg_replication_slots WHERE slot_name = ${name}; ` +
              "must say lost and f",
            step:
              `on "${server}": SELECT pg_drop_replication_slot(${name}); SELECT pg_create_physical_replication_slot(` +
              `${name}, true); and if its standby then does not catch up by itself or from an archive, rebuild it, see ` +
              "wal_removed",
            loses: "nothing more is lost: its WAL is gone already",
          }),
      };
    }),
  },
  {
    name: "slot_at_risk",
    title: "No slot is about to be lost",
    looksAt: "pg_replication_slots.wal_status and safe_wal_size, the WAL rate",
    reads: ["slots"],
    severities: ["critical", "warning"],
    grades: "Critical within ten minutes, or when it is beyond its limit.",
    meaning:
      "The consumer does not keep up or is away, and the WAL that the slot retains nears `max_slot_wal_keep_size`: at the " +
      "current WAL rate the slot is lost within an hour, or it is beyond its limit and retains that WAL only until the " +
      "next checkpoint.",
    look: ["`pgrepl_slot_headroom_ratio`, `pgrepl_slot_retained_bytes`, `pgrepl_slot_active`"],
    steps: [
      "Bring back its consumer, or find out why it is slow.",
      destructive({
        because:
          "A logical slot whose consumer has confirmed nearly all (`pgrepl_slot_unconfirmed_bytes`) is held by the oldest transaction that writes",
        checkFirst:
          "whose it is, and whether it may be repeated: `SELECT pid, usename, now() - xact_start AS runs_for, query FROM pg_stat_activity WHERE backend_xid IS NOT NULL ORDER BY xact_start;`, and `pg_prepared_xacts`; where there is none, the slot moves by itself within half a minute.",
        step: "`SELECT pg_terminate_backend(PID);`",
        loses: "its work so far is lost, and its client must run it again.",
      }),
      "Gain time: `ALTER SYSTEM SET max_slot_wal_keep_size = '…'; SELECT pg_reload_conf();` if the disk has room.",
      DROP_UNUSED,
    ],
    find: perSlot((slot, { server }, view) => {
      if (isLostSlot(slot)) return null;
      const isBeyond = slot.walStatus === "unreserved";
      const lostIn = lossOfSlot(view, server, slot.slot) ?? Infinity;
      if (!isBeyond && lostIn > SOON_SECONDS) return null;
      const what = isBeyond
        ? "is beyond its limit: the next checkpoint may lose it"
        : `is lost in ${formatSeconds(lostIn)} at the current rate`;
      const release = releaseWal(slot, server);
      return {
        severity: isBeyond || lostIn <= VERY_SOON_SECONDS ? "critical" : "warning",
        remedy: {
          intent: { kind: "set", settings: [["max_slot_wal_keep_size", largerLimit(slot)]] },
          before: `${release}; or, if the disk has room:`,
        },
        summary: `Slot "${slot.slot}" on "${server}" ${what}`,
        evidence: joinEvidence(
          `wal_status = ${slot.walStatus ?? "NULL"}`,
          slot.safeWalBytes !== null && `safe_wal_size ${formatBytes(slot.safeWalBytes)}`,
          slot.retainedBytes !== null && `retained ${formatBytes(slot.retainedBytes)}`,
          keepLimit(slot),
          slot.active ? "active" : "inactive",
        ),
        extent: isBeyond ? Infinity : SOON_SECONDS / lostIn,
        advice: `${release}; or, if the disk has room, on "${server}": ` +
          `ALTER SYSTEM SET max_slot_wal_keep_size = '${largerLimit(slot)}'; SELECT pg_reload_conf();`,
      };
    }),
  },
  {
    name: "slot_inactive",
    title: "No unused slot fills the disk",
    looksAt: "pg_replication_slots.active and restart_lsn, the rate of pg_current_wal_lsn()",
    reads: ["slots"],
    severities: ["critical", "warning", "info"],
    grades: "Info up to one segment, or while something else moves it; critical from 10 GiB without a limit.",
    meaning:
      "Nothing reads from the slot, and the server retains all WAL since. Without `max_slot_wal_keep_size` this continues " +
      "until the disk is full and the primary stops.",
    look: [
      "`pgrepl_slot_retained_bytes`, `pgrepl_wal_directory_bytes`",
      "`SELECT slot_name, active, restart_lsn FROM pg_replication_slots;` twice, a minute apart: a `restart_lsn` that moves although no client is connected is moved by an HA manager or another program, which needs the slot.",
      "`SELECT slot_type, plugin, database FROM pg_replication_slots WHERE slot_name = 'SLOT';`: `pgoutput` is the plugin of subscriptions, and of some CDC connectors such as Debezium; CDC connectors and extensions such as pglogical use others. A slot named `pg_N_sync_N_N` is that of the initial copy of one table.",
    ],
    steps: [
      "`restart_lsn` moves: leave the slot to the program that moves it, and check that program if the slot retains too much.",
      "A physical slot: bring back its standby.",
      "Plugin `pgoutput`: on the subscriber `SELECT subname, subenabled FROM pg_subscription WHERE subslotname = 'SLOT';`. Where `subenabled` is `f`, fix what the log there says, then `ALTER SUBSCRIPTION NAME ENABLE;`. Where it is `t`, the log says why it cannot connect or apply. After a failover, see `subscription_disconnected`.",
      "`pg_N_sync_N_N`: the initial copy of a table fails again and again, or its subscription is disabled; the log of the subscriber says why. The copy drops the slot when it is done.",
      "Another plugin, or `pgoutput` without a subscription: start the CDC connector again.",
      DROP_UNUSED,
    ],
    find: perSlot((slot, server, view) => {
      if (slot.active || slot.restartPosition === null || isLostSlot(slot)) return null;
      // On a primary `synced` only says where the slot comes from.
      if (slot.synced === true && server.role === "standby") return null;
      const consumer = consumerOf(slot);
      if (isCopying(slot, server) === true) return null;
      // Its own finding says why it is not read, and what the slot retains.
      if (readerOfSlot(view, server.server, slot.slot) !== null) return null;
      const retained = formatBytes(slot.retainedBytes ?? 0);
      const rate = server.walBytesPerSecond;
      const since = slot.inactiveSinceUnixSeconds;
      const now = freshRow(server, "server")?.clockUnixSeconds;
      // The slot of a copy moves when the copy is tried again.
      const isMoved = consumer !== "table_copy" && server.movedIdleSlots.has(slot.slot);
      const lostIn = lossOfSlot(view, server.server, slot.slot);
      return {
        severity: isMoved ? "info" : severityOfRetained(server, slot),
        ...isMoved
          ? { advice: `Leave it: ${MOVERS[consumer]} moves it forward` }
          : adviseOnInactive(slot, { view, server }),
        summary: `Slot "${slot.slot}" on "${server.server}" is inactive and retains ${retained} of WAL` +
          (isMoved ? "; something else moves it" : ""),
        evidence: joinEvidence(
          isMoved && "its restart_lsn moves while no client is connected",
          slot.retainedBytes === null ? "retained bytes unknown" : `retained ${retained}`,
          rate !== null && `growing by ${formatBytes(Math.round(rate))} per second`,
          lostIn !== null && lostIn > 0 && `lost in ${formatSeconds(lostIn)} at this rate`,
          since !== null && now !== undefined && `inactive for ${formatSeconds(now - since)}`,
          slot.type === "logical" && `plugin = ${slot.plugin}, database = ${slot.database}`,
          slot.maxKeepBytes === null ? "no limit (max_slot_wal_keep_size = -1)" : `limit ${keepLimit(slot)}`,
        ),
        extent: slot.retainedBytes ?? Infinity,
      };
    }),
  },
];

function perSlot(
  look: (slot: SlotFact, server: ServerView, view: View) => Omit<Diagnosis, "server" | "subject"> | null,
): Check["find"] {
  return function* (view) {
    for (const [server, slots] of serversWithRows(view, "slots")) {
      for (const slot of slots) {
        const found = slot.temporary ? null : look(slot, server, view);
        if (found !== null) yield { server: server.server, subject: slot.slot, ...found };
      }
    }
  };
}

/** What a slot retains that nothing reads: it retains the segment it is in anyway, up to one is nothing. */
export function severityOfRetained(server: ServerView, { retainedBytes, maxKeepBytes }: SlotFact): Severity {
  const segment = freshRow(server, "wal")?.segmentBytes ?? USUAL_SEGMENT_BYTES;
  if (retainedBytes === null || retainedBytes <= segment) return "info";
  return retainedBytes >= MUCH_RETAINED_BYTES && maxKeepBytes === null ? "critical" : "warning";
}

function keepLimit({ maxKeepBytes }: SlotFact): string {
  return maxKeepBytes === null ? "" : `max_slot_wal_keep_size = ${formatBytes(maxKeepBytes)}`;
}

/** Twice the limit, or twice what is retained already, in whole megabytes, the unit of the setting. */
function largerLimit({ maxKeepBytes, retainedBytes }: SlotFact): string {
  return `${Math.ceil(2 * Math.max(maxKeepBytes ?? MUCH_RETAINED_BYTES, retainedBytes ?? 0) / 1024 ** 2)}MB`;
}
