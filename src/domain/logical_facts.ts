/**
 * What the collectors of logical replication read, like all facts.
 *
 * @module
 */
import type { Lsn } from "./lsn.ts";

/** Somebody's open transaction. */
export interface OpenTransaction {
  /** Process ID, or the identifier of a prepared transaction; "" when unknown. */
  readonly by: string;
  /** Whether it is a prepared transaction, which has no process. */
  readonly isPrepared: boolean;
  /** Database of a prepared transaction, in which alone it can be ended; absent or "" when unknown, and of any other. */
  readonly database?: string;
  /** Its role; "" when unknown. */
  readonly user: string;
  /** Its `application_name`; "" when unset or unknown. */
  readonly applicationName: string;
  /** How long it has been open, seconds; null when unknown. */
  readonly seconds: number | null;
}

/** A worker of a subscription that copies a table (`pg_stat_subscription.relid`). */
export interface TableCopyFact {
  /** OID of the table, in the subscription's database. */
  readonly table: string;
  /** Rows copied so far (`pg_stat_progress_copy.tuples_processed`, 14+); null before and after the copy itself. */
  readonly rows: number | null;
  /** Bytes copied so far (`bytes_processed`, 14+). */
  readonly bytes: number | null;
  /** How long the worker has run, seconds; null without the right. */
  readonly seconds: number | null;
  /** Who holds the lock that it waits for; null when it waits for none. */
  readonly blockedBy: OpenTransaction | null;
}

/** One row of `pg_subscription`, with its workers and statistics. */
export interface SubscriptionFact {
  /** Key of the series within its server: its name, with `#2` and so on where several databases have the same. */
  readonly subscription: string;
  /** `subname`, unique within its database. */
  readonly name: string;
  /** `oid`; null where it cannot be read (13, and several databases have the name). */
  readonly oid: string | null;
  /** Name of the database of `subdbid`. */
  readonly database: string;
  /** `subenabled`. */
  readonly enabled: boolean;
  /** `subslotname`; "" for NONE. */
  readonly slot: string;
  /** `subpublications`. */
  readonly publications: readonly string[];
  /** `substream` (14+): whether transactions in progress are streamed; null before. */
  readonly streaming: "off" | "on" | "parallel" | null;
  /** `subdisableonerr` (15+). */
  readonly disablesOnError: boolean | null;
  /** Whether `subtwophasestate` (15+) is not `d`. */
  readonly twoPhase: boolean | null;
  /** `suborigin` (16+): any or none. */
  readonly origin: string | null;
  /** `subfailover` (17+): whether its slot is to be synchronized to standbys of the publisher. */
  readonly failover: boolean | null;
  /** `pid` of its apply worker; null when none runs. Never a label. */
  readonly workerPid: number | null;
  /** How long its apply worker has run, seconds; null without one, or without the right. */
  readonly workerSeconds: number | null;
  /** `received_lsn`: the last WAL that the apply worker received. */
  readonly receivedPosition: Lsn | null;
  /** `latest_end_lsn`: the last position that the apply worker reported to the publisher. */
  readonly latestEndPosition: Lsn | null;
  /** Seconds since `last_msg_receipt_time`, on the subscriber's clock alone. */
  readonly lastMessageAgeSeconds: number | null;
  /** `wait_event_type` of the apply worker; null when it does not wait, or without the right. */
  readonly waitEventType: string | null;
  /** `wait_event` of the apply worker. */
  readonly waitEvent: string | null;
  /** Who holds the lock that the apply worker waits for; null when it waits for none. */
  readonly blockedBy: OpenTransaction | null;
  /** Parallel apply workers (16+). */
  readonly parallelWorkers: number;
  /** Its workers that copy tables. */
  readonly copies: readonly TableCopyFact[];
  /** Tables by `srsubstate` (i, d, f, s, r) of `pg_subscription_rel`; null where our session is in another database. */
  readonly tables: Readonly<Record<string, number>> | null;
  /** `apply_error_count` (15+): errors while applying, lost connections among them. */
  readonly applyErrorsTotal: number | null;
  /** `sync_error_count` (15+): errors of the initial copy. */
  readonly syncErrorsTotal: number | null;
  /** Conflicts by kind (18+), without the `confl_` prefix; empty before. */
  readonly conflictsTotal: Readonly<Record<string, number>>;
  /** Workers for logical replication that run on the server, of all subscriptions. */
  readonly runningWorkers: number;
  /** Setting `max_logical_replication_workers`. */
  readonly maxLogicalWorkers: number;
  /** Setting `max_sync_workers_per_subscription`. */
  readonly maxSyncWorkers: number;
  /** Background workers that run on the server, of any kind; null without the right. */
  readonly runningBackgroundWorkers: number | null;
  /** Setting `max_worker_processes`. */
  readonly maxWorkerProcesses: number;
}

/** One row of `pg_show_replication_origin_status()` that belongs to a subscription. */
export interface OriginFact {
  /** OID of the subscription, from the origin's name (`pg_OID`). */
  readonly subscription: string;
  /** `remote_lsn`: where the last transaction that was applied ended on the publisher. */
  readonly remotePosition: Lsn | null;
}

/** Logical decoding for one slot (`pg_stat_replication_slots`, 14+), and what holds decoding back. */
export interface DecodingFact {
  /** `slot_name`. */
  readonly slot: string;
  /** `total_txns`: transactions decoded, again at each new connection. */
  readonly decodedTransactionsTotal: number | null;
  /** `spill_txns`. */
  readonly spilledTransactionsTotal: number | null;
  /** `spill_bytes`: decoded changes written to disk because they exceeded logical_decoding_work_mem. */
  readonly spilledBytesTotal: number | null;
  /** `stream_txns`. */
  readonly streamedTransactionsTotal: number | null;
  /** `stream_bytes`: decoded changes sent before their transaction had ended. */
  readonly streamedBytesTotal: number | null;
  /** Whether its sender waits for a standby of `synchronized_standby_slots` (17+); null when unknown, and before 17. */
  readonly waitsForStandby: boolean | null;
  /** The oldest transaction on the server that has written, or may: decoding needs the WAL since it began; null without one. */
  readonly oldestWriter: OpenTransaction | null;
}

/** How logical slots are synchronized to standbys (17+). */
export interface SlotSyncSettings {
  /** `sync_replication_slots`; it has an effect on a standby. */
  readonly isOn: boolean;
  /** Whether `primary_conninfo` names a database; its text is never read. null when unknown. */
  readonly hasDatabase: boolean | null;
  /** Whether the worker that synchronizes runs; null without the right, and while it is off. */
  readonly isRunning: boolean | null;
  /** `synchronized_standby_slots`: physical slots for whose standbys logical decoding waits. */
  readonly awaited: readonly string[];
}
