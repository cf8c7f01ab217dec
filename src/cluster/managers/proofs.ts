/**
 * Steps of managers that destroy something if they are wrong, each with its proof.
 *
 * @module
 */
import { type SlotConsumer, tableCopyOf } from "../../domain/slot.ts";
import { quoteText } from "../../domain/sql_text.ts";
import type { SubscriptionView } from "../../domain/subscription.ts";
import { destructive } from "../findings/destructive.ts";
import { definitionOf, dropSubscription } from "../findings/subscription_advice.ts";

/** A watched subscription that reads a slot. */
export type SlotReader = Pick<SubscriptionView, "server" | "fact">;

/** A slot, where it is, and how it is dropped there; by SQL when absent. */
export interface SlotPlace {
  /** Its name. */
  readonly slot: string;
  /** Our name of its server. */
  readonly server: string;
  /** What reads it. */
  readonly consumer: SlotConsumer;
  /** The command that drops it. */
  readonly step?: string;
  /** What is done first, or instead, before SQL drops it. */
  readonly before?: string;
  /** The watched subscription that reads it; null or absent when none is known. */
  readonly reader?: SlotReader | null;
  /** What a standby that comes back must do, when it need not be rebuilt. */
  readonly return?: string;
}

/** Who uses a slot, how to see that nobody does, and what is lost if somebody did. */
function usersOf({ slot, consumer, return: comeBack = "be rebuilt" }: SlotPlace) {
  switch (consumer) {
    case "standby":
      return {
        user: "standby",
        unused: ", and no standby may have it as primary_slot_name",
        loses: `a standby that comes back must ${comeBack}`,
      };
    case "subscription":
      return {
        user: "consumer",
        unused: "; and on every subscriber: SELECT subname FROM pg_subscription WHERE subslotname = " +
          `${quoteText(slot)}; has no row, and no CDC connector is set up to use it`,
        loses: "its subscriber must copy all its tables again",
      };
    case "table_copy":
      return {
        user: "subscription",
        unused: "; and on its subscriber, if that still exists: SELECT subname FROM pg_subscription WHERE " +
          `oid = ${tableCopyOf(slot)?.subscription}; has no row`,
        loses: "the table must be copied again",
      };
    case "change_data_capture":
      return {
        user: "consumer",
        unused: ", and no CDC connector or other program is set up to use it",
        loses: "its consumer must take a new snapshot of all its tables",
      };
  }
}

/** The command that drops a slot. */
function dropStep({ slot, server, step, before = "" }: Omit<SlotPlace, "consumer">): string {
  return step ?? `${before}on "${server}": SELECT pg_drop_replication_slot(${quoteText(slot)});`;
}

/** Drops a slot that nobody uses any more. */
export function dropUnusedSlot(place: SlotPlace): string {
  const { slot, server } = place;
  const { user, unused, loses } = usersOf(place);
  return destructive({
    because: `Only if that ${user} is gone for good does the slot retain WAL and rows for nobody`,
    checkFirst:
      `on "${server}", twice, a minute apart: SELECT active, restart_lsn FROM pg_replication_slots WHERE ` +
      `slot_name = ${quoteText(slot)}; neither may change${unused}`,
    step: dropStep(place),
    loses,
  });
}

/** Replaces a lost slot of logical decoding, and what its consumer has. */
export function replaceLogicalSlot(place: SlotPlace): string {
  const { slot, server, consumer, reader = null } = place;
  const name = quoteText(slot);
  const isLost =
    `on "${server}": SELECT wal_status, active FROM pg_replication_slots WHERE slot_name = ${name}; it has "lost" and "f"`;
  const copy = consumer === "table_copy" ? tableCopyOf(slot) : null;
  if (copy !== null) {
    return destructive({
      because: "A lost slot can never be used again: the initial copy of its table must begin again",
      checkFirst:
        `${isLost}; and on the subscriber, in the database of the subscription, which table it is: ` +
        `SELECT subname, ${copy.table}::regclass FROM pg_subscription WHERE oid = ${copy.subscription};`,
      step:
        `on "${server}": ALTER PUBLICATION PUBNAME DROP TABLE TABLENAME; then on the subscriber: ALTER SUBSCRIPTION NAME ` +
        "REFRESH PUBLICATION; TRUNCATE TABLENAME; which drops the slot and empties the table; then on " +
        `"${server}": ALTER PUBLICATION PUBNAME ADD TABLE TABLENAME; then on the subscriber: ALTER SUBSCRIPTION NAME ` +
        "REFRESH PUBLICATION; which copies the table. Where the publication is of all tables, create the subscription again",
      loses: "rows that only the subscriber has in that table are lost",
    });
  }
  if (reader !== null) {
    return destructive({
      because:
        `A lost slot can never be used again: subscription "${reader.fact.name}" on "${reader.server}" must copy its tables again`,
      checkFirst: `${isLost}; and ${definitionOf(reader)}`,
      step:
        `${dropSubscription(reader)} then ${
          dropStep(place)
        } then empty its tables on "${reader.server}" and create it ` +
        "again, which copies them",
      loses: "rows that only the subscriber has in those tables are lost",
    });
  }
  const isSubscription = consumer === "subscription";
  return destructive({
    because: "A lost slot can never be used again",
    checkFirst: isSubscription
      ? `${isLost}; and note what defines its subscription, on the subscriber: SELECT subname, subconninfo, subpublications ` +
        `FROM pg_subscription WHERE subslotname = ${name}; no row anywhere means that a CDC connector uses it, which then ` +
        "needs a new slot and a new snapshot instead"
      : isLost,
    step: isSubscription
      ? "on the subscriber: ALTER SUBSCRIPTION NAME DISABLE; ALTER SUBSCRIPTION NAME SET (slot_name = NONE); DROP SUBSCRIPTION " +
        `NAME; then ${
          dropStep(place)
        } then empty the tables on the subscriber and create the subscription again, which copies them`
      : `end its consumer (a CDC connector or another program), then ${
        dropStep(place)
      } then start the consumer with a new slot and a new ` +
        "snapshot of its tables: all changes since are missing there",
    loses: "nothing more is lost: its WAL is gone already",
  });
}

/** Drops a lost slot. */
export function dropLostSlot(place: Omit<SlotPlace, "consumer">): string {
  const { slot, server } = place;
  return destructive({
    because: "A lost slot can never be used again",
    checkFirst: `on "${server}": SELECT wal_status, active FROM pg_replication_slots WHERE slot_name = ` +
      `${quoteText(slot)}; it has "lost" and "f"`,
    step: dropStep(place),
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
