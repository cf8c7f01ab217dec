/**
 * How the rows of a subscriber that differ are copied from its publisher again.
 *
 * A row that is copied while replication changes it would be set back, or inserted twice. So the publisher's rows are locked
 * while they are copied, and the subscriber first applies everything up to then: nothing that it applies afterwards concerns
 * these rows. They are inserted as the apply worker does it, without triggers and foreign keys.
 *
 * @module
 */
import type { ConsistencyResult, DifferentRows } from "../../domain/consistency.ts";
import { quoteName, quoteText } from "../../domain/sql_text.ts";
import type { SubscriptionView } from "../../domain/subscription.ts";
import type { View } from "../../domain/view.ts";
import { destructive } from "./destructive.ts";
import { onSubscriber } from "./subscription_advice.ts";

/** The file of the rows that are copied. */
const FILE = "'/tmp/rows.copy'";

/**
 * Advice on a table of a subscription that differs.
 *
 * @param view Everything known.
 * @param result The table.
 */
export function mendRows(
  view: View,
  { primary, standby, subscription, table, difference }: ConsistencyResult,
): string {
  const found = view.subscriptions.find(({ server, fact }) =>
    server === standby && fact.subscription === subscription
  );
  const rows = difference?.rows;
  const ask = `Find out who else writes to ${table} on "${standby}", and which of the two is right`;
  if (found === undefined || rows === undefined || rows.key.length === 0) {
    return `${ask}; which rows differ is unknown here, so compare them by hand`;
  }
  const { toCopy, extra } = rows;
  return [
    `${ask}.`,
    ...toCopy.length === 0 ? [] : [copyRows(found, { primary, table, rows })],
    ...extra.length === 0 ? [] : [deleteRows(found, { primary, table, rows })],
  ].join(" ");
}

interface RowsOfTable {
  readonly primary: string;
  readonly table: string;
  readonly rows: DifferentRows;
}

function copyRows(subscription: SubscriptionView, { primary, table, rows }: RowsOfTable): string {
  const { key, columns, toCopy, isPublishedAgain } = rows;
  const names = columns.map(quoteName).join(", ");
  const where = condition(key, toCopy);
  if (isPublishedAgain) {
    return `The rows WHERE ${where} differ or are missing on "${subscription.server}", which publishes ${table} itself: what ` +
      "is inserted there goes on to its own subscribers, and may stop them with an error, so mend them by hand.";
  }
  const others = columns.filter((column) => !key.includes(column)).map(quoteName);
  const update = others.length === 0
    ? "NOTHING"
    : `UPDATE SET ${others.map((column) => `${column} = EXCLUDED.${column}`).join(", ")}`;
  const database = subscription.publisher?.slot?.database ?? "";
  return `If "${primary}" is: in psql on "${primary}", in database "${database}": BEGIN; ` +
    `\\copy (SELECT ${names} FROM ${table} WHERE ${where} FOR SHARE) TO ${FILE} ` +
    `Leave it open, which locks the rows, and repeat SELECT pg_current_wal_insert_lsn() AS copied \\gset once and SELECT ` +
    `confirmed_flush_lsn >= :'copied' FROM pg_replication_slots WHERE slot_name = ${
      quoteText(subscription.fact.slot)
    }; until it is t. ` +
    `${
      onSubscriber(subscription)
    }BEGIN; SET LOCAL session_replication_role = replica; CREATE TEMP TABLE copied AS SELECT ` +
    `${names} FROM ${table} LIMIT 0; \\copy copied FROM ${FILE} INSERT INTO ${table} (${names}) OVERRIDING SYSTEM VALUE ` +
    `SELECT ${names} FROM copied ON CONFLICT (${key.map(quoteName).join(", ")}) DO ${update}; COMMIT; ` +
    `Then COMMIT; on "${primary}".`;
}

function deleteRows(subscription: SubscriptionView, { primary, table, rows }: RowsOfTable): string {
  const where = condition(rows.key, rows.extra);
  return destructive({
    because:
      `"${primary}" does not have the rows WHERE ${where}, so somebody wrote them to "${subscription.server}" alone`,
    checkFirst: `${
      decapitalized(onSubscriber(subscription))
    }whose they are: SELECT * FROM ${table} WHERE ${where};`,
    step: `if nobody needs them, in the same place: DELETE FROM ${table} WHERE ${where};`,
    loses: "they exist nowhere else",
  });
}

function condition(key: readonly string[], keys: DifferentRows["toCopy"]): string {
  const values = keys.map((each) => {
    const texts = each.map(quoteText).join(", ");
    return each.length === 1 ? texts : `(${texts})`;
  });
  const names = key.map(quoteName).join(", ");
  return `${key.length === 1 ? names : `(${names})`} IN (${values.join(", ")})`;
}

function decapitalized(text: string): string {
  return text.slice(0, 1).toLowerCase() + text.slice(1);
}
