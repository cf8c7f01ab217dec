/**
 * What to do about a subscription that does not apply.
 *
 * @module
 */
import type { OpenTransaction } from "../../domain/facts.ts";
import { formatBytes } from "../../domain/quantities.ts";
import { quoteName, quoteText } from "../../domain/sql_text.ts";
import type { SubscriptionView } from "../../domain/subscription.ts";
import { destructive } from "./destructive.ts";

/** Where a statement about a subscription is run. */
export function onSubscriber({ server, fact }: SubscriptionView, on: "On" | "on" = "On"): string {
  return `${on} "${server}", in database "${fact.database}": `;
}

/** Where the error is in the log of the subscriber: the text beside it depends on the version and on what failed. */
export function errorInLog({ server, fact, reason }: SubscriptionView): string {
  const { oid, name, applyErrorsTotal } = fact;
  const place = reason === "disabled_by_error"
    ? `above "subscription "${name}" has been disabled"`
    : reason === "copy_error"
    ? `below "table synchronization worker for subscription "${name}""`
    : applyErrorsTotal === null || oid === null
    ? `below "logical replication apply worker for subscription "${name}" has started"`
    : `above "processing remote data for replication origin "pg_${oid}""`;
  return `Read the last error in the log of "${server}": it is ${place}`;
}

/**
 * What usually stops a subscription from applying, and how it is fixed.
 *
 * @param refresh Makes the subscription copy a table that it does not have yet.
 */
export function errorCauses(refresh: string): string {
  return "A row that is there already: delete or change it on the subscriber. A column that is missing: add it there. A table " +
    `that is missing: create it there, then copy its rows, ${refresh} A permission: grant it to the owner of the subscription`;
}

/** The causes for one subscription. */
export function causesOf(subscription: SubscriptionView): string {
  return errorCauses(
    `${onSubscriber(subscription, "on")}ALTER SUBSCRIPTION ${
      quoteName(subscription.fact.name)
    } REFRESH PUBLICATION;`,
  );
}

/** Turns a subscription on again. */
export function enable(subscription: SubscriptionView): string {
  return `${onSubscriber(subscription)}ALTER SUBSCRIPTION ${quoteName(subscription.fact.name)} ENABLE;`;
}

/** Ends the transaction that blocks a worker. */
export function endBlocker(server: string, { by, isPrepared, database = "" }: OpenTransaction): string {
  const look = isPrepared
    ? `SELECT * FROM pg_prepared_xacts WHERE gid = ${quoteText(by)};`
    : `SELECT pid, usename, state, now() - xact_start AS runs_for, query FROM pg_stat_activity WHERE pid = ${by};`;
  return destructive({
    because: isPrepared
      ? "All waits until that transaction is committed or rolled back: best is that the program that prepared it does that"
      : "All waits until that transaction ends: best is that its client ends it",
    checkFirst: `on "${server}", whose it is and whether it may be repeated: ${look}`,
    step: isPrepared
      ? `on "${server}", in ${
        database === "" ? "its database" : `database "${database}"`
      }: ROLLBACK PREPARED ${quoteText(by)};`
      : `on "${server}": SELECT pg_terminate_backend(${by});`,
    loses: "its work so far is lost, and its client must run it again",
  });
}

/** Ends both sides of a connection that is dead. */
export function endHalfOpen({ server, fact, publisher }: SubscriptionView): string {
  return "Repair what drops the packets between the two; both ends give up after a minute (wal_receiver_timeout, " +
    "wal_sender_timeout) and connect again. " + destructive({
      because: "Until then, a connection that carries nothing can be ended at both ends",
      checkFirst:
        `on "${server}": SELECT pid, now() - last_msg_receipt_time FROM pg_stat_subscription WHERE subname = ${
          quoteText(fact.name)
        } AND relid IS NULL; it still grows`,
      step:
        (publisher === null ? "" : `on "${publisher.server}": SELECT pg_terminate_backend(active_pid) FROM ` +
          `pg_replication_slots WHERE slot_name = ${quoteText(fact.slot)}; and `) +
        `on "${server}": SELECT pg_terminate_backend(${fact.workerPid ?? "PID"});`,
      loses: "the transaction under way is sent and applied once more, nothing else",
    });
}

/** The publisher in a sentence. */
export function nameOfPublisher(publisher: SubscriptionView["publisher"]): string {
  return publisher === null ? "its publisher" : `"${publisher.server}"`;
}

/** Connects a subscription to its publisher again. */
export function reconnect(subscription: SubscriptionView, address: string): string {
  const { server, fact, publisher } = subscription;
  const name = quoteName(fact.name);
  const to = nameOfPublisher(publisher);
  // Where nothing counts errors it may as well be one that stops it.
  const error = fact.applyErrorsTotal !== null
    ? ""
    : `${errorInLog(subscription)}. ${causesOf(subscription)}. Where there is none: `;
  return `${error}${
    notAhead(subscription)
  }The log of "${server}" says why its worker cannot connect ("could not connect to the publisher"). ` +
    `${onSubscriber(subscription)}SELECT subconninfo FROM pg_subscription WHERE subname = ${
      quoteText(fact.name)
    }; as a superuser shows where it connects: that must be ${to}${
      address === "" ? "" : ` (${address}), as the subscriber reaches it`
    }. If not, with the rest as it was: ALTER SUBSCRIPTION ${name} CONNECTION 'host=... dbname=... user=... password=...'; ` +
    "If so, fix the network, the login or pg_hba.conf: it tries again every few seconds";
}

/** What must hold before it reads from a server that was promoted: what it has and that server lacks is skipped, without an error. */
function notAhead({ server, fact, publisher, formerPublisher }: SubscriptionView): string {
  if (formerPublisher === undefined || publisher === null) return "";
  const origin = fact.oid === null ? "of its origin" : `WHERE external_id = ${quoteText(`pg_${fact.oid}`)}`;
  return `"${publisher.server}" was promoted in place of "${formerPublisher}". Make sure first that the subscription is not ahead of ` +
    `it, or changes are skipped without an error: on "${server}", as a superuser: SELECT remote_lsn FROM ` +
    `pg_replication_origin_status ${origin}; on "${publisher.server}": SELECT pg_last_wal_replay_lsn(); which is where it was ` +
    "promoted: the former may not be larger. If it is, or that is NULL, its tables must be copied again. ";
}

/** What defines a subscription, to be noted before it is dropped. */
export function definitionOf({ server, fact }: Pick<SubscriptionView, "server" | "fact">): string {
  return `note what defines it, on "${server}", in database "${fact.database}", as a superuser: SELECT subconninfo, ` +
    `subpublications FROM pg_subscription WHERE subname = ${
      quoteText(fact.name)
    } AND subdbid = (SELECT oid FROM pg_database ` +
    "WHERE datname = current_database());";
}

/** Drops a subscription, and leaves its slot. */
export function dropSubscription({ server, fact }: Pick<SubscriptionView, "server" | "fact">): string {
  const name = quoteName(fact.name);
  return `on "${server}", in database "${fact.database}": ALTER SUBSCRIPTION ${name} DISABLE; ALTER SUBSCRIPTION ${name} SET ` +
    `(slot_name = NONE); DROP SUBSCRIPTION ${name};`;
}

/** Gives a subscription without a slot one, or drops it. */
export function giveSlot(subscription: SubscriptionView): string {
  const name = quoteName(subscription.fact.name);
  return `It cannot be enabled without one. When the person who took it away agrees, and where the slot still is on its ` +
    `publisher: ${
      onSubscriber(subscription, "on")
    }ALTER SUBSCRIPTION ${name} SET (slot_name = 'SLOT'); ALTER SUBSCRIPTION ` +
    `${name} ENABLE;`;
}

/** Makes a subscription whose slot is gone again. */
export function replaceMissingSlot(subscription: SubscriptionView): string {
  const { fact, publisher } = subscription;
  return destructive({
    because:
      "Without its slot it is unknown what the subscription has yet to apply: its tables must be copied again",
    checkFirst:
      `on ${
        publisher === null ? "the publisher" : `"${publisher.server}"`
      } and every other server of its cluster, that it has no such slot: SELECT slot_name, active FROM pg_replication_slots ` +
      `WHERE slot_name = ${quoteText(fact.slot)}; if one has, connect the subscription to that instead; and ${
        definitionOf(subscription)
      }`,
    step: `${
      dropSubscription(subscription)
    } then empty its tables there and create it again, which copies them`,
    loses: "rows that only the subscriber has in those tables are lost",
  });
}

/** What its slot retains meanwhile, as part of the evidence; false when that is unknown or little. */
export function retainedBy({ publisher }: SubscriptionView): string | false {
  const bytes = publisher?.slot?.retainedBytes ?? null;
  return bytes !== null &&
    `its slot "${publisher?.slot?.slot}" on "${publisher?.server}" retains ${formatBytes(bytes)} of WAL`;
}
