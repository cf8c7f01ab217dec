/**
 * Connections of a standby that its upstream still shows although the standby has connected again.
 *
 * @module
 */
import type { SenderFact } from "../../domain/facts.ts";
import type { ServerSnapshot } from "../../domain/view.ts";
import { serverFact } from "./identity.ts";

/** A connected standby reports at least this often by default, seconds (`wal_receiver_status_interval`). */
const REPORT_SECONDS = 10;
/** A standby has reported WAL that was sent to it after this time, seconds. */
const PROGRESS_SECONDS = 3;
/** Two reports that follow each other at once are less than this apart, seconds. */
const MOMENT_SECONDS = 1;

/**
 * The standbys among the sender rows of a server, one row each.
 *
 * After a cut, an upstream shows the former connection until `wal_sender_timeout` has passed, beside the new one, with the
 * same application name and address. A connection that has not reported since the other one began is the former one. As
 * two standbys may share a name and an address, that is certain only after some time; until then the new row is left out.
 *
 * @param upstream The server.
 * @returns Its rows of kind `standby`, in the order in which they were read; empty when it is unreachable.
 */
export function standbyRows(upstream: ServerSnapshot): readonly SenderFact[] {
  const rows = upstream.up ? upstream.facts.senders?.filter(({ kind }) => kind === "standby") ?? [] : [];
  const now = serverFact(upstream)?.clockUnixSeconds;
  const byName = Map.groupBy(rows, ({ applicationName }) => applicationName);
  if (now === undefined || byName.size === rows.length) return rows;
  const hidden = new Set<SenderFact>();
  for (const twins of byName.values()) {
    if (twins.length === 1) continue;
    for (const group of Map.groupBy(twins, placeOf).values()) hideDoubles(group, now, hidden);
  }
  return rows.filter((row) => !hidden.has(row));
}

function placeOf({ clientAddress, slot }: SenderFact): string {
  return `${clientAddress} ${slot.startsWith("pg_walreceiver_") ? "" : slot}`;
}

/** Of rows of one name and place, hides the former ones, and new ones of which it is unknown whether they replace another. */
function hideDoubles(group: readonly SenderFact[], now: number, hidden: Set<SenderFact>): void {
  const startOf = ({ backendStartUnixSeconds }: SenderFact) => backendStartUnixSeconds ?? -Infinity;
  const youngestFirst = group.toSorted((a, b) => startOf(b) - startOf(a));
  for (const [index, younger] of youngestFirst.entries()) {
    for (const older of youngestFirst.slice(index + 1)) {
      if (isReplacedBy(older, younger, now) === true) hidden.add(older);
    }
  }
  const shown = youngestFirst.filter((row) => !hidden.has(row));
  for (const [index, younger] of shown.entries()) {
    const isUnknown = (older: SenderFact) => isReplacedBy(older, younger, now) === null;
    if (shown.slice(index + 1).some(isUnknown)) hidden.add(younger);
  }
}

/** Whether the older of two connections is the former one of the standby that has the younger one; null when unknown. */
function isReplacedBy(older: SenderFact, younger: SenderFact, now: number): boolean | null {
  const { backendStartUnixSeconds: startedAt } = younger;
  if (startedAt === null || older.backendStartUnixSeconds === null) return false;
  if (older.replyAgeSeconds === null || younger.replyAgeSeconds === null) return false;
  const ageSeconds = now - startedAt;
  // Both reply times are of the standby's clock, so its offset does not count.
  const silentSeconds = older.replyAgeSeconds - younger.replyAgeSeconds;
  if (silentSeconds < Math.max(0, ageSeconds - REPORT_SECONDS)) return false;
  if (ageSeconds >= 2 * REPORT_SECONDS) return true;
  const hasMore = (younger.flushPosition ?? 0n) > (older.flushPosition ?? 0n);
  return ageSeconds >= PROGRESS_SECONDS && silentSeconds >= ageSeconds - MOMENT_SECONDS && hasMore
    ? true
    : null;
}
