/**
 * What a server is asked once a second between collections.
 *
 * @module
 */
import type { Facts } from "../domain/facts.ts";
import { type Lsn, parseLsn } from "../domain/lsn.ts";
import { decodeLabel, decodeLsn, decodeNumber, requireBoolean, type Row } from "../postgres/decode.ts";

/** How far a standby is, as it last reported to its primary. */
export interface ReportedPosition {
  /** `flush_lsn` of its sender row. */
  readonly flushed: Lsn;
  /** `replay_lsn` of its sender row. */
  readonly replayed: Lsn;
}

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
  /** What standbys had reported to a primary, by the process ID of the sender; without those that may not be read. */
  readonly reported: ReadonlyMap<number, ReportedPosition>;
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

/** A statement, and the decoding of its rows. */
export interface PositionStatement {
  /** The statement. */
  readonly sql: string;
  /** Decodes its rows: one for each WAL sender, or a single one. */
  decode(rows: readonly Row[]): PositionReading;
}

/** What is asked besides the position. */
type SampleScope = Record<"recovers" | "feeds" | "publishes" | "subscribes", boolean>;

/**
 * Some functions fail in recovery, others outside it, and a promotion may happen at any moment: `in_recovery` comes last, so
 * that a position is never taken for one that was read in recovery when it was not. Process IDs are visible to every role.
 * They come from the functions behind pg_stat_wal_receiver and pg_stat_replication, because the latter view also reads every
 * backend.
 *
 * The second function of `ROWS FROM` makes one row where there is no sender. That, and the selection of one column of the
 * receiver, cost the server a third less than subqueries.
 */
function positionSql({ recovers, feeds, publishes, subscribes }: SampleScope): string {
  const columns = [
    ...publishes
      ? [
        "pg_catalog.array_to_string(ARRAY(SELECT slot_name || ' ' || confirmed_flush_lsn " +
        "FROM pg_catalog.pg_get_replication_slots() WHERE confirmed_flush_lsn IS NOT NULL), ' ') AS confirmed",
      ]
      : [],
    "CASE WHEN pg_catalog.pg_is_in_recovery() THEN GREATEST(" +
    "pg_catalog.pg_last_wal_receive_lsn(), pg_catalog.pg_last_wal_replay_lsn()) ELSE pg_catalog.pg_current_wal_lsn() END " +
    "AS position",
    ...recovers
      ? [
        "pg_catalog.pg_last_wal_replay_lsn() AS replayed",
        "(pg_catalog.pg_stat_get_wal_receiver()).pid AS receiver",
      ]
      : [],
    "pid",
    ...feeds ? ["flush_lsn", "replay_lsn"] : [],
    ...subscribes ? ["ARRAY(SELECT pid FROM pg_catalog.pg_stat_get_subscription(NULL)) AS workers"] : [],
    "pg_catalog.pg_is_in_recovery() AS in_recovery",
  ];
  return `SELECT ${columns.join(", ")} ` +
    "FROM ROWS FROM (pg_catalog.pg_stat_get_wal_senders(), pg_catalog.pg_is_in_recovery())";
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

const NOTHING_REPORTED: ReadonlyMap<number, ReportedPosition> = new Map();

function decodeReported(rows: readonly Row[]): ReadonlyMap<number, ReportedPosition> {
  const reported = new Map<number, ReportedPosition>();
  for (const row of rows) {
    const [pid, flushed, replayed] = [
      decodeNumber(row, "pid"),
      decodeLsn(row, "flush_lsn"),
      decodeLsn(row, "replay_lsn"),
    ];
    if (pid !== null && flushed !== null && replayed !== null) reported.set(pid, { flushed, replayed });
  }
  return reported;
}

function statementOf(scope: SampleScope): PositionStatement {
  const { recovers, feeds, publishes, subscribes } = scope;
  return {
    sql: positionSql(scope),
    decode: (rows) => {
      const [row = {}] = rows;
      const inRecovery = requireBoolean(row, "in_recovery");
      const links = [
        ...recovers ? [decodeLabel(row, "receiver")] : [],
        rows.map((each) => decodeLabel(each, "pid")).join(),
        ...subscribes ? [decodeLabel(row, "workers")] : [],
      ];
      return {
        inRecovery,
        position: decodeLsn(row, "position"),
        replayed: recovers && inRecovery ? decodeLsn(row, "replayed") : null,
        confirmed: publishes ? decodeConfirmed(row) : NOTHING_CONFIRMED,
        reported: feeds && !inRecovery ? decodeReported(rows) : NOTHING_REPORTED,
        links: links.join(" "),
      };
    },
  };
}

/** One for each combination, made when it is first needed. */
const statements: (PositionStatement | undefined)[] = [];

/**
 * The statement for a server: only one that has standbys is asked what these reported, only one with logical slots how far
 * their consumers are, only one with subscriptions for their workers.
 *
 * @param facts What was last read of it.
 */
export function positionStatement({ server, senders, slots, subscriptions = [] }: Facts): PositionStatement {
  const recovers = server?.[0]?.inRecovery !== false;
  const scope = {
    recovers,
    feeds: !recovers && senders?.some(({ kind }) => kind === "standby") === true,
    publishes: slots?.some(({ type }) => type === "logical") === true,
    subscribes: subscriptions.length > 0,
  };
  const index = Object.values(scope).reduce((sum, is) => 2 * sum + Number(is), 0);
  return statements[index] ??= statementOf(scope);
}
