/**
 * Steps of managers that destroy something if they are wrong, each with its proof.
 *
 * @module
 */
import { quoteText } from "../../domain/sql_text.ts";
import { destructive } from "../findings/destructive.ts";

/** A slot, where it is, and how it is dropped there; by SQL when absent. */
export interface SlotPlace {
  /** Its name. */
  readonly slot: string;
  /** Our name of its server. */
  readonly server: string;
  /** `slot_type`, which says who may use it: `physical` a standby, `logical` a subscriber; absent when unknown. */
  readonly type?: string;
  /** The command that drops it. */
  readonly step?: string;
  /** What a consumer that comes back must do; absent: as its type demands. */
  readonly return?: string;
}

/** Who uses a slot of a type, how that shows, and what it costs to have dropped it. */
const CONSUMERS = {
  physical: ["standby", "no standby may have it as primary_slot_name", "be rebuilt"],
  logical: ["subscriber", "no subscription may use it", "copy its tables again"],
  unknown: [
    "consumer",
    "nothing that is to come back may use it",
    "be rebuilt, or, as a subscriber, copy its tables again",
  ],
} as const;

/** Drops a slot that nobody uses any more. */
export function dropUnusedSlot({ slot, server, type, step, return: comeBack }: SlotPlace): string {
  const [consumer, unused, cost] = CONSUMERS[type === "physical" || type === "logical" ? type : "unknown"];
  return destructive({
    because: `Only if that ${consumer} is gone for good does the slot retain WAL and rows for nobody`,
    checkFirst:
      `on "${server}", twice, a minute apart: SELECT active, restart_lsn FROM pg_replication_slots WHERE ` +
      `slot_name = ${quoteText(slot)}; neither may change, and ${unused}`,
    step: step ?? `on "${server}": SELECT pg_drop_replication_slot(${quoteText(slot)});`,
    loses: `a ${consumer} that comes back must ${comeBack ?? cost}`,
  });
}

/** Drops a lost slot. */
export function dropLostSlot({ slot, server, step }: SlotPlace): string {
  return destructive({
    because: "A lost slot can never be used again",
    checkFirst: `on "${server}": SELECT wal_status, active FROM pg_replication_slots WHERE slot_name = ` +
      `${quoteText(slot)}; it has "lost" and "f"`,
    step: step ?? `on "${server}": SELECT pg_drop_replication_slot(${quoteText(slot)});`,
    loses: "nothing more is: its WAL is gone already",
  });
}

/** Replaces the data of a member by a copy; `shows` names the primary. */
export function copyAgain({ shows, step }: { readonly shows: string; readonly step: string }): string {
  return destructive({
    because: "A copy of the primary replaces the data of a standby that can no longer follow",
    checkFirst: `${shows} shows it as no primary, and what only it has is saved`,
    step,
    loses: "what only it has is gone",
  });
}

/** Makes a member the primary when the manager does not; `step` is its command. */
export function promoteAnyway(step: string): string {
  return destructive({
    because: "Only a cluster whose manager promotes nobody needs this",
    checkFirst:
      "pg-replication-exporter preflight NAME shows what is lost, and the old primary is stopped, also for its clients",
    step,
    loses: "two servers accept writes, and what one of them took is lost",
  });
}
