/**
 * What a server is asked once a second between collections.
 *
 * @module
 */
import type { Facts } from "../domain/facts.ts";
import { type Lsn, parseLsn } from "../domain/lsn.ts";
import { decodeLabel, decodeLsn, requireBoolean, type Row } from "../postgres/decode.ts";

/** What one sample reads. */
export interface PositionReading {
  /** Whether it was in recovery. */
  readonly inRecovery: boolean;
  /** `pg_current_wal_lsn()`; in recovery the later of received and replayed, null before there is any. */
  readonly position: Lsn | null;
  /** `pg_last_wal_replay_lsn()` in recovery; null otherwise, and before anything was replayed. */
  readonly replayed: Lsn | null;
  /** `confirmed_flush_lsn` of each logical slot at the same moment; empty where there is none. */
  readonly confirmed: ReadonlyMap<string, Lsn>;
  /** Process IDs of the WAL receiver, the WAL senders and the workers of subscriptions, as one text. */
  readonly links: string;
}

/** A server's WAL position between two collections. */
export interface PolledPosition extends Omit<PositionReading, "links"> {
  /** Its position. */
  readonly position: Lsn;
  /** Whether a process of {@linkcode PositionReading.links} may have started or ended since the previous sample. */
  readonly linksChanged: boolean;
  /** Our monotonic seconds, halfway between request and response. */
  readonly at: number;
}

/** A statement, and the decoding of its row. */
export interface PositionStatement {
  /** The statement. */
  readonly sql: string;
  /** Decodes its row. */
  decode(row: Row): PositionReading;
}

/**
 * Some functions fail in recovery, others outside it, and a promotion may happen at any moment: `in_recovery` comes last, so
 * that a position is never taken for one that was read in recovery when it was not. Process IDs are visible to every role.
 * They come from the functions behind pg_stat_wal_receiver and pg_stat_replication, because the latter view also reads every
 * backend, and in columns of their own, which costs the server less than one text of all of them.
 */
function positionSql({ hasSlots, subscribes }: Record<"hasSlots" | "subscribes", boolean>): string {
  const confirmed = hasSlots
    ? "pg_catalog.array_to_string(ARRAY(SELECT slot_name || ' ' || confirmed_flush_lsn " +
      "FROM pg_catalog.pg_get_replication_slots() WHERE confirmed_flush_lsn IS NOT NULL), ' ') AS confirmed, "
    : "";
  const workers = subscribes
    ? "ARRAY(SELECT pid FROM pg_catalog.pg_stat_get_subscription(NULL)) AS workers, "
    : "";
  return `SELECT ${confirmed}CASE WHEN pg_catalog.pg_is_in_recovery() THEN GREATEST(` +
    "pg_catalog.pg_last_wal_receive_lsn(), pg_catalog.pg_last_wal_replay_lsn()) ELSE pg_catalog.pg_current_wal_lsn() END " +
    "AS position, pg_catalog.pg_last_wal_replay_lsn() AS replayed, " +
    "(SELECT pid FROM pg_catalog.pg_stat_get_wal_receiver()) AS receiver, " +
    `ARRAY(SELECT pid FROM pg_catalog.pg_stat_get_wal_senders()) AS senders, ${workers}` +
    "pg_catalog.pg_is_in_recovery() AS in_recovery";
}

const NOTHING_CONFIRMED: ReadonlyMap<string, Lsn> = new Map();

/** Names of slots have no blanks. */
function decodeConfirmed(row: Row): ReadonlyMap<string, Lsn> {
  const words = decodeLabel(row, "confirmed").split(" ");
  const confirmed = new Map<string, Lsn>();
  for (let index = 0; index + 1 < words.length; index += 2) {
    confirmed.set(words[index] ?? "", parseLsn(words[index + 1] ?? ""));
  }
  return confirmed;
}

function statementOf(has: Record<"hasSlots" | "subscribes", boolean>): PositionStatement {
  return {
    sql: positionSql(has),
    decode: (row) => {
      const inRecovery = requireBoolean(row, "in_recovery");
      const columns = has.subscribes ? ["receiver", "senders", "workers"] : ["receiver", "senders"];
      return {
        inRecovery,
        position: decodeLsn(row, "position"),
        replayed: inRecovery ? decodeLsn(row, "replayed") : null,
        confirmed: has.hasSlots ? decodeConfirmed(row) : NOTHING_CONFIRMED,
        links: columns.map((column) => decodeLabel(row, column)).join(" "),
      };
    },
  };
}

const PLAIN = statementOf({ hasSlots: false, subscribes: false });
const PUBLISHER = statementOf({ hasSlots: true, subscribes: false });
const SUBSCRIBER = statementOf({ hasSlots: false, subscribes: true });
const BOTH = statementOf({ hasSlots: true, subscribes: true });

/**
 * The statement for a server: only one with logical slots is asked how far their consumers are, only one with subscriptions
 * for their workers.
 *
 * @param facts What was last read of it.
 */
export function positionStatement({ slots, subscriptions = [] }: Facts): PositionStatement {
  const hasSlots = slots?.some(({ type }) => type === "logical") === true;
  if (subscriptions.length === 0) return hasSlots ? PUBLISHER : PLAIN;
  return hasSlots ? BOTH : SUBSCRIBER;
}
