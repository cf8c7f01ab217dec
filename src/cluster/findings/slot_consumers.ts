/**
 * Slots that nobody reads: whose they are, and how their consumer comes back.
 *
 * @module
 */
import type { SlotFact } from "../../domain/facts.ts";
import { formatBytes, joinNames } from "../../domain/quantities.ts";
import { quoteText } from "../../domain/sql_text.ts";
import { consumerOf, tableCopyOf, unconfirmedBytesOf } from "../../domain/slot.ts";
import type { ServerView, View } from "../../domain/view.ts";
import { dropUnusedSlot } from "../managers/proofs.ts";
import { serverFact, subscribes } from "../topology/identity.ts";
import type { Diagnosis } from "./check.ts";
import { destructive } from "./destructive.ts";
import { distinctServers, freshRows, hostAndPort } from "./view_queries.ts";

/** Where a slot is. */
export interface SlotSite {
  /** All servers. */
  readonly view: View;
  /** Its own. */
  readonly server: ServerView;
}

/**
 * Whether the initial copy that a slot belongs to runs: its sender has connected, and takes the slot once the rows are
 * copied.
 *
 * @returns null when the senders are unknown.
 */
export function isCopying(slot: SlotFact, server: ServerView): boolean | null {
  if (consumerOf(slot) !== "table_copy") return false;
  return freshRows(server, "senders")?.some(({ applicationName }) => applicationName === slot.slot) ?? null;
}

/**
 * How a slot comes to retain less WAL: a clause. A consumer that has confirmed nearly all of it is not the reason: then
 * decoding may still need what was written since the oldest open transaction began.
 */
export function releaseWal(slot: SlotFact, server: string): string {
  const unconfirmed = unconfirmedBytesOf(slot);
  if (!slot.active || unconfirmed === null || 2 * unconfirmed > (slot.retainedBytes ?? 0)) {
    return "Bring its consumer up to date now";
  }
  return destructive({
    because:
      `Its consumer has confirmed all but ${formatBytes(unconfirmed)}: a transaction that is open on ` +
      `"${server}" since long retains the rest`,
    checkFirst:
      `on "${server}", whose it is and whether it may be repeated: SELECT pid, usename, now() - xact_start AS runs_for, query ` +
      "FROM pg_stat_activity WHERE backend_xid IS NOT NULL ORDER BY xact_start; or, a prepared one: SELECT * FROM " +
      "pg_prepared_xacts; where there is none, the slot moves by itself within half a minute",
    step: `on "${server}": SELECT pg_terminate_backend(PID);`,
    loses: "its work so far is lost, and its client must run it again",
  });
}

/** What to do about an inactive slot: bring its consumer back or, if that is gone for good, drop the slot. */
export function adviseOnInactive(
  slot: SlotFact,
  place: SlotSite,
): Required<Pick<Diagnosis, "advice" | "remedy">> {
  const consumer = consumerOf(slot);
  const back = reviveConsumer(slot, place);
  return {
    advice: `${back} ${dropUnusedSlot({ slot: slot.slot, server: place.server.server, consumer })}`,
    remedy: {
      intent: { kind: "drop_slot", slot: slot.slot, consumer },
      // Standbys are the manager's, other consumers are not.
      ...consumer === "standby" ? {} : { before: back },
    },
  };
}

function reviveConsumer(slot: SlotFact, place: SlotSite): string {
  // Only a standby synchronizes slots: this one was promoted since.
  const isLeftOver = slot.synced === true && place.server.role === "primary";
  const stayed = isLeftOver
    ? `It was synchronized before "${place.server.server}" was promoted, and its consumer has not followed. `
    : "";
  switch (consumerOf(slot)) {
    case "standby":
      return "Bring its standby back.";
    case "table_copy":
      return restartCopy(slot, place);
    case "change_data_capture":
      return `${stayed}A CDC connector or another program reads it with ${slot.plugin}, not a subscription of PostgreSQL: let that connect ` +
        `to "${place.server.server}" again; its log says why it stopped.`;
    case "subscription":
      return `${stayed}Most likely a subscription reads it. On the subscriber${
        perhaps(place)
      }: SELECT subname, subenabled ` +
        `FROM pg_subscription WHERE subslotname = ${quoteText(slot.slot)}; ` +
        (isLeftOver
          ? "Make sure that it is not ahead of the new primary, or changes are skipped without an error: there, as a superuser, " +
            `SELECT remote_lsn FROM pg_replication_origin_status; and on "${place.server.server}" SELECT ` +
            "pg_last_wal_replay_lsn(); the former may not be larger. Then there, with the rest of its connection string as it " +
            "was: ALTER SUBSCRIPTION NAME CONNECTION " +
            `${quoteText(`${hostAndPort(place.server)} dbname=${slot.database} user=... password=...`)}; `
          : "Where subenabled is f, an error or a person disabled it: fix what the log there says, then ALTER SUBSCRIPTION " +
            "NAME ENABLE; Where it is t, the log there says why it cannot connect or apply. ") +
        "Where no server has a row, a CDC connector reads it: start that again.";
  }
}

function restartCopy(slot: SlotFact, { view, server }: SlotSite): string {
  const { subscription, table, systemIdentifier } = tableCopyOf(slot.slot) ?? {};
  const subscriber = distinctServers(view).find((each) =>
    each.role === "primary" && serverFact(each)?.systemIdentifier === systemIdentifier
  )?.server;
  return (isCopying(slot, server) === null ? "While rows are copied, it is inactive and all is well. " : "") +
    "It belongs to the initial copy of one table of a subscription, which is tried again until it succeeds, and drops the " +
    `slot then. ${
      subscriber === undefined
        ? `On the subscriber (system identifier ${systemIdentifier})`
        : `On "${subscriber}"`
    }, in the database of the subscription: SELECT subname, subenabled, ${table}::regclass FROM pg_subscription WHERE ` +
    `oid = ${subscription}; Where subenabled is f: ALTER SUBSCRIPTION NAME ENABLE; Where it is t, the log there says why the ` +
    "copy fails, such as rows that the table has already: fix that.";
}

/** Watched servers that have subscriptions. */
function perhaps({ view, server }: SlotSite): string {
  const names = distinctServers(view).filter((each) =>
    each.server !== server.server && subscribes(each) === true
  )
    .map((each) => `"${each.server}"`);
  return names.length === 0 ? "" : ` (perhaps ${joinNames(names)})`;
}
