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

/** Functions take no more arguments than 100. */
const MOST_COLUMNS = 99;

/**
 * Advice on a table of a subscription that differs.
 *
 * @param view Everything known.
 * @param result The table.
 */
export function repairRows(
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
  if (isPublishedAgain || columns.length > MOST_COLUMNS) {
    const because = isPublishedAgain
      ? `"${subscription.server}" publishes ${table} itself, so what is inserted there goes on, and may stop its subscribers ` +
        "with an error"
      : "they have too many columns to print them as statements";
    return `The rows WHERE ${where} differ or are missing on "${subscription.server}". Copy them by hand: ${because}.`;
  }
  const others = columns.filter((column) => !key.includes(column)).map(quoteName);
  const update = others.length === 0
    ? "NOTHING"
    : `UPDATE SET ${others.map((column) => `${column} = EXCLUDED.${column}`).join(", ")}`;
  const insert = `INSERT INTO ${table} (${names}) OVERRIDING SYSTEM VALUE VALUES (`.replaceAll("%", "%%") +
    columns.map(() => "%L").join(", ") +
    `) ON CONFLICT (${key.map(quoteName).join(", ")}) DO ${update};`.replaceAll("%", "%%");
  const confirmed = "SELECT confirmed_flush_lsn >= %L FROM pg_replication_slots WHERE slot_name = %L;";
  const slot = quoteText(subscription.fact.slot);
  return `If "${primary}" is: on "${primary}", in database "${
    subscription.publisher?.slot?.database ?? ""
  }": BEGIN; ` +
    `SET LOCAL datestyle = 'ISO'; SELECT format(${
      quoteText(insert)
    }, ${names}) FROM ${table} WHERE ${where} FOR SHARE; ` +
    `SELECT format(${quoteText(confirmed)}, pg_current_wal_insert_lsn(), ${slot}); ` +
    "This locks the rows and prints statements. Leave it open, and repeat the last statement printed there until it is " +
    `true. ${
      onSubscriber(subscription)
    }BEGIN; SET LOCAL session_replication_role = replica; and the printed INSERT ` +
    `statements, with COMMIT; at the end. Then on "${primary}": COMMIT;`;
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
