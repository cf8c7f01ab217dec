/**
 * WAL that is retained for too short a time, or without limit.
 *
 * @module
 */
import { countOf, formatBytes, formatSeconds } from "../../domain/quantities.ts";
import { quoteText } from "../../domain/sql_text.ts";
import type { SenderFact } from "../../domain/facts.ts";
import { hasReported, isFed } from "../topology/connected.ts";
import { standbyRows } from "../topology/former_connections.ts";
import { type Check, joinEvidence, mayHaveStandbys, perServer } from "./check.ts";
import { slotNameOf } from "./rebuild.ts";
import { clusterOf, downstreamOf, fedByRow, freshRow, freshRows, serversWithRows } from "./view_queries.ts";

/** Less than this is little, bytes; a standby without a slot may be away for as long as it takes to write it. */
const SMALL_KEEP_BYTES = 512 * 1024 * 1024;
/** An absence that a standby should survive, seconds. */
const SHORT_ABSENCE_SECONDS = 600;

/** How WAL is retained. */
export const retentionChecks: readonly Check[] = [
  {
    name: "no_slot",
    title: "Every standby has a slot, or its upstream keeps enough WAL",
    looksAt:
      "pg_stat_replication, pg_replication_slots.active_pid, wal_keep_size, restore_command on the standby",
    reads: ["senders", "slots", "wal"],
    applies: mayHaveStandbys,
    severities: ["warning", "info"],
    grades: "Info when it is unknown whether it has an archive.",
    meaning:
      "A standby streams without a slot, and its upstream keeps little WAL: after a short absence it must be rebuilt.",
    steps: ["Create a slot and set `primary_slot_name` on the standby, or raise `wal_keep_size`."],
    *find(view) {
      for (const [upstream] of serversWithRows(view, "senders")) {
        const keep = freshRow(upstream, "wal")?.keepBytes;
        const all = freshRows(upstream, "slots");
        if (all === null || keep === undefined) continue;
        const slots = all.filter(({ type }) => type === "physical").map((each) => each.slot);
        const rate = upstream.walBytesPerSecond ?? 0;
        const lasts = rate <= 0 ? null : keep / rate;
        const isEnough = keep >= SMALL_KEEP_BYTES && (lasts === null || lasts >= SHORT_ABSENCE_SECONDS);
        if (isEnough) continue;
        const given = new Set((clusterOf(view, upstream.server)?.servers ?? []).map(slotNameOf));
        const named = new Set<string>();
        for (const row of oldestFirst(standbyRows(upstream))) {
          // Before it streams, a standby has not taken its slot yet; before it reports, it may be another program.
          if (!isFed(row.state) || !hasReported(row) || hasLastingSlot(row)) continue;
          const downstream = downstreamOf(view, upstream.server, row);
          const archive = downstream === null ? null : freshRow(downstream, "recovery");
          if (archive?.hasRestoreCommand === true || slots.includes(archive?.primarySlotName ?? "")) continue;
          const name = fedByRow(view, upstream.server, row);
          if (named.has(name)) continue;
          named.add(name);
          const free = downstream === null ? freeSlotName(row, given) : slotNameOf(downstream.server);
          const isTaken = all.some((each) => each.type === "logical" && each.slot === free);
          const its = isTaken ? slotNameOf(`${free}_standby`) : free;
          const slot = quoteText(its);
          const create = slots.includes(its)
            ? `If no other standby uses slot ${slot} of "${upstream.server}", `
            : `On "${upstream.server}": SELECT pg_create_physical_replication_slot(${slot}, true); `;
          yield {
            severity: archive === null ? "info" : "warning",
            remedy: { intent: { kind: "give_slot", slot: its } },
            server: upstream.server,
            subject: name,
            summary:
              `Standby "${name}" streams from "${upstream.server}" without a slot, and little WAL is kept`,
            evidence: joinEvidence(
              `wal_keep_size = ${formatBytes(keep)}`,
              lasts !== null && `at the current rate that is ${formatSeconds(lasts)} of WAL`,
              archive === null ? "its restore_command is unknown" : "it has no restore_command",
            ),
            advice: create +
              `on "${name}": ALTER SYSTEM SET primary_slot_name = ${slot}; SELECT pg_reload_conf(); or, without a slot, on ` +
              `"${upstream.server}": ALTER SYSTEM SET wal_keep_size = '4GB'; SELECT pg_reload_conf();`,
          };
        }
      }
    },
  },
  {
    name: "slots_keep_unlimited",
    title: "max_slot_wal_keep_size limits what slots retain",
    looksAt: "max_slot_wal_keep_size, pg_replication_slots",
    reads: ["slots"],
    severities: ["info"],
    meaning:
      "max_slot_wal_keep_size is -1: a slot whose consumer stays away fills the disk and stops the server.",
    steps: ["Set `max_slot_wal_keep_size` to what the disk can spare."],
    find: perServer("slots", ({ server }, rows) => {
      const slots = rows.filter(({ temporary }) => !temporary);
      if (slots.length === 0 || slots.some(({ maxKeepBytes }) => maxKeepBytes !== null)) return null;
      const most = Math.max(0, ...slots.map(({ retainedBytes }) => retainedBytes ?? 0));
      return {
        severity: "info",
        remedy: {
          intent: { kind: "set", settings: [["max_slot_wal_keep_size", "50GB"]] },
          before: "With a size that the disk can spare and a standby's absence needs:",
        },
        summary: `Slots on "${server}" may retain WAL until the disk is full`,
        evidence: joinEvidence(
          "max_slot_wal_keep_size = -1",
          `${countOf(slots.length, "slot")}, the largest retains ${formatBytes(most)}`,
        ),
        advice: `On "${server}", with a size that its disk can spare and a consumer's absence needs: ` +
          "ALTER SYSTEM SET max_slot_wal_keep_size = '50GB'; SELECT pg_reload_conf();",
      };
    }),
  },
];

/** The slot a WAL receiver creates for itself (`wal_receiver_create_temp_slot`) disappears with its connection. */
function hasLastingSlot({ slot }: SenderFact): boolean {
  return slot !== "" && !slot.startsWith("pg_walreceiver");
}

/** A name for the slot of a standby that is known by its row alone; two may have one application name. */
function freeSlotName({ applicationName }: SenderFact, given: Set<string>): string {
  let name = slotNameOf(applicationName);
  for (let n = 2; given.has(name); n++) name = slotNameOf(`${applicationName}_${n}`);
  given.add(name);
  return name;
}

function oldestFirst(rows: readonly SenderFact[]): readonly SenderFact[] {
  const startOf = ({ backendStartUnixSeconds }: SenderFact) => backendStartUnixSeconds ?? 0;
  return rows.toSorted((a, b) => startOf(a) - startOf(b) || a.pid - b.pid);
}
