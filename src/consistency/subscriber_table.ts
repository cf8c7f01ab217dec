/**
 * A table on a subscriber, in the place of a standby's.
 *
 * A subscriber has no position of the publisher's WAL that a statement could read, but it applies whole transactions in the
 * order of their commits, and confirms to its slot where the last one ended that it has applied and flushed. So it is read
 * when the slot's `confirmed_flush_lsn` has passed the end of WAL that the publisher's read returned: whatever that read saw
 * was committed before that end, so the subscriber shows it, or something later. That it shows nothing later is what the
 * publisher's second read and the rounds of `locate_differences` decide:
 *
 * - Never a false `equal`. Three reads agree: the publisher's two, so that no row of the range changed in between, and the
 *   subscriber's, at whatever position.
 * - Never a false `different`. A row that differs is the same version on the publisher in every round, and on the subscriber,
 *   which has confirmed a later position in each. Were it a change in transit, its transaction would have committed in WAL
 *   before the subscriber's first read, be applied there, and yet be running on the publisher up to the last one; rounds are
 *   added until none that may have written its commit has run since the first.
 * - A subscriber that does not confirm in time, that reads another server's slot of the same name (what it received then lies
 *   beyond the publisher's WAL, or behind the position), or whose table is copied again, ends the check without a verdict.
 *
 * @module
 */
import type { Lsn } from "../domain/lsn.ts";
import { decodeLsn, requireBoolean } from "../postgres/decode.ts";
import { InconclusiveError } from "./inconclusive_error.ts";
import { confirmedSql, receivedSql } from "./published_sql.ts";
import type { SubscriptionEnds } from "./published_table.ts";
import type { StandbyTable } from "./server_table.ts";
import { serverTable, transactionsAmong } from "./table_reader.ts";
import { type ComparedTable, perhapsCommittingSql } from "./table_sql.ts";

/** The table on a subscriber. */
export function subscriberTable(ends: SubscriptionEnds, table: ComparedTable): StandbyTable {
  const { publisher, subscriber } = ends;
  return {
    ...serverTable(subscriber.query, table),
    replayed: () => appliedPosition(ends),
    shownEarly: async (xids) => await transactionsAmong(publisher.query, perhapsCommittingSql, xids),
  };
}

async function appliedPosition(
  { publisher, subscriber, subscription }: SubscriptionEnds,
): Promise<{ readonly inRecovery: boolean; readonly position: Lsn | null }> {
  const [own = {}] = await subscriber.query(receivedSql(subscription.oid));
  // Later, so that what was received was written.
  const [slot] = await publisher.query(confirmedSql(subscription.slot));
  const received = decodeLsn(own, "received");
  const inRecovery = requireBoolean(own, "in_recovery");
  if (slot === undefined) {
    throw new InconclusiveError("skipped", `Slot "${subscription.slot}" is gone from ${publisher.where}`);
  }
  const [confirmed, end] = [decodeLsn(slot, "confirmed"), decodeLsn(slot, "insert_position")];
  if (received === null || confirmed === null) return { inRecovery, position: null };
  if (end !== null && received > end) {
    throw new InconclusiveError(
      "skipped",
      `Subscription "${subscription.name}" has received WAL that ${publisher.where} has not written: it reads another server`,
    );
  }
  return { inRecovery, position: received < confirmed ? received : confirmed };
}
