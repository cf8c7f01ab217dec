import { countOf, formatBytes, formatSeconds, joinNames } from "../domain/quantities.ts";
import { isStopped } from "./logical_links.ts";
import type { ReportSubscription, ReportTransaction } from "./model.ts";
import { wordOf } from "./status.ts";

/** Publications named of one subscription. */
const NAMED_PUBLICATIONS = 3;

/** Copies described of one subscription. */
const DESCRIBED_COPIES = 2;

/**
 * The reasons for its status, and why it is in its state where that is worth a word.
 *
 * @param subscription The subscription.
 */
export function reasonsOfSubscription(subscription: ReportSubscription): readonly string[] {
  const { reason, reason_text, status_reasons, publisher, publisher_unknown_because } = subscription;
  const isPlain = reason === "streaming" || reason === "idle";
  const all = [
    ...status_reasons,
    isPlain ? "" : reason_text,
    publisher === null ? publisher_unknown_because : "",
  ];
  return [...new Set(all.filter((each) => each !== ""))];
}

/** What it replicates, in words: `database app, publication orders`. */
export function describeSource({ database, publications }: ReportSubscription): string {
  return [
    `database ${database}`,
    ...publications.length === 0 ? [] : [
      `publication${publications.length === 1 ? "" : "s"} ${joinNames(publications, NAMED_PUBLICATIONS)}`,
    ],
  ].join(", ");
}

/** How many of its tables are in sync with the publisher; null where they were not read. */
export function describeTables({ total_tables, ready_tables }: ReportSubscription): string | null {
  return total_tables === null || ready_tables === null ? null : `${ready_tables} of ${total_tables}`;
}

/** Its errors and conflicts, each kind that occurred; null when the server counts none. */
export function describeErrors(subscription: ReportSubscription): string | null {
  const { apply_errors, copy_errors, total_conflicts } = subscription;
  if (apply_errors === null && copy_errors === null && total_conflicts === null) return null;
  const counts = [
    [apply_errors, "apply error"],
    [copy_errors, "copy error"],
    [total_conflicts, "conflict"],
  ] as const;
  const known = counts.flatMap(([count, noun]) => count ? [countOf(count, noun)] : []);
  return known.length === 0 ? "no error" : known.join(", ");
}

/** What its slot retains, and when it is lost; null when nothing is known of it. */
export function describeSlotOf(subscription: ReportSubscription): string | null {
  const { slot, slot_retained_bytes: bytes, slot_lost_in_seconds: seconds } = subscription;
  if (seconds === 0) return `slot ${slot} is lost`;
  if (bytes === null) return null;
  return `slot ${slot} retains ${formatBytes(bytes)}${
    seconds === null ? "" : `, lost in ${formatSeconds(seconds)} at the current rate`
  }`;
}

/** Copies under way, who blocks it, and who holds its slot, unless its reason says so: one phrase each. */
export function describeHindrances(
  { reason, copies, blocked_by, held_by }: ReportSubscription,
): readonly string[] {
  return [
    ...copies.slice(0, DESCRIBED_COPIES).map(({ table, rows, bytes, blocked_by: blocker }) =>
      `copies table ${table}${rows === null ? "" : `: ${countOf(rows, "row")}`}${
        bytes === null ? "" : `, ${formatBytes(bytes)}`
      }${blocker === null || reason === "blocked" ? "" : `, blocked by ${describeTransaction(blocker)}`}`
    ),
    ...copies.length <= DESCRIBED_COPIES
      ? []
      : [`copies ${countOf(copies.length - DESCRIBED_COPIES, "more table")}`],
    ...blocked_by === null || reason === "blocked" ? [] : [`blocked by ${describeTransaction(blocked_by)}`],
    ...held_by === null || reason === "long_transaction"
      ? []
      : [`slot held by ${describeTransaction(held_by)}`],
  ];
}

function describeTransaction(transaction: ReportTransaction): string {
  const { by, is_prepared, user, application_name, seconds } = transaction;
  const about = [
    user,
    application_name,
    seconds === null ? "" : `open for ${formatSeconds(seconds)}`,
  ].filter((each) => each !== "");
  return `${is_prepared ? "prepared transaction" : "process"} ${by}${
    about.length === 0 ? "" : ` (${about.join(", ")})`
  }`;
}

/** When it will have caught up; "" when it has within a second, or while it applies nothing. */
export function describeCatchUpOf(subscription: ReportSubscription): string {
  const { catch_up_seconds: seconds, falling_behind } = subscription;
  if (seconds !== null) return seconds < 1 ? "" : `will catch up in ${formatSeconds(seconds)}`;
  return falling_behind === true && !isStopped(subscription) ? "is falling behind" : "";
}

/** The state in one word. */
export function stateOfSubscription({ reason }: Pick<ReportSubscription, "reason">): string | null {
  return reason === null ? null : wordOf(reason);
}
