/**
 * What collectors read: one typed row per real thing, `null` where the server does not know.
 *
 * Positions are {@linkcode Lsn}s, durations seconds, instants Unix seconds on the *server's* clock (so they are
 * compared only with {@linkcode ServerFact.clockUnixSeconds} of the same reading, never with the exporter's clock).
 *
 * @module
 */
import type { DecodingFact, OriginFact, SlotSyncSettings, SubscriptionFact } from "./logical_facts.ts";
import type { Lsn } from "./lsn.ts";

export type {
  DecodingFact,
  OpenTransaction,
  OriginFact,
  SlotSyncSettings,
  SubscriptionFact,
  TableCopyFact,
} from "./logical_facts.ts";

/** The server itself: identity, role, positions. */
export interface ServerFact {
  /** `server_version_num`, e.g. 150018. */
  readonly versionNum: number;
  /** `server_version`, e.g. "15.18 (Debian 15.18-0+deb12u1)". */
  readonly version: string;
  /** `pg_control_system().system_identifier`; a 64-bit number as text; null without the privilege. */
  readonly systemIdentifier: string | null;
  /** `pg_is_in_recovery()`. */
  readonly inRecovery: boolean;
  /** The timeline being written (WAL file name) or, in recovery, received or replayed. */
  readonly timeline: number | null;
  /** `pg_current_wal_lsn()`; null in recovery. */
  readonly writePosition: Lsn | null;
  /** `pg_current_wal_insert_lsn()`; null in recovery. */
  readonly insertPosition: Lsn | null;
  /** `pg_current_wal_flush_lsn()`; null in recovery. */
  readonly flushPosition: Lsn | null;
  /** `pg_last_wal_receive_lsn()`; null outside recovery and before the first receiver. */
  readonly receivePosition: Lsn | null;
  /** `pg_last_wal_replay_lsn()`; null outside recovery. */
  readonly replayPosition: Lsn | null;
  /**
   * `pg_last_wal_replay_lsn()` outside recovery: where recovery ended, which is where the timeline of a promoted server
   * begins (after a crash, a later position). Null in recovery and after a start without recovery; absent when not read.
   */
  readonly recoveryEndPosition?: Lsn | null;
  /** `pg_last_xact_replay_timestamp()`, on the primary's clock; null outside recovery or when nothing was replayed. */
  readonly lastReplayedTransactionUnixSeconds: number | null;
  /** `clock_timestamp()`, the server's clock. */
  readonly clockUnixSeconds: number;
  /** `pg_postmaster_start_time()`; null without the privilege. */
  readonly startUnixSeconds: number | null;
  /** `cluster_name`, "" when unset. */
  readonly clusterName: string;
  /** Whether the login may read statistics of others (member of pg_read_all_stats or pg_monitor). */
  readonly canReadStatistics: boolean;
  /** Whether the login may read the WAL directory (member of pg_monitor). */
  readonly canReadWalDirectory: boolean;
  /** Whether it has subscriptions, so that it applies what others publish; null when unknown, and in recovery. */
  readonly hasSubscriptions?: boolean | null;
  /** Whether it has logical replication slots; absent when not read. */
  readonly hasLogicalSlots?: boolean;
  /** Whether the login may read replication origins (`pg_show_replication_origin_status()`); absent when not read. */
  readonly canReadOrigins?: boolean;
}

/** What is at the other end of a WAL sender. */
export type SenderKind = "standby" | "receivewal" | "backup" | "logical";

/** One row of `pg_stat_replication`, joined to its slot by pid. */
export interface SenderFact {
  /** Key of the series within its server: application name, with `#2` and so on for rows that are otherwise equal. */
  readonly standby: string;
  /** `application_name`. */
  readonly applicationName: string;
  /** `client_addr`; "" over a Unix socket. */
  readonly clientAddress: string;
  /** Name of the slot whose `active_pid` is this sender; "" without one. */
  readonly slot: string;
  /** Whether `slot` is unknown, because the login may not read the slots. */
  readonly isSlotHidden?: boolean;
  /** `usename`. */
  readonly user: string;
  /** `client_hostname`; "" when not looked up. */
  readonly clientHostname: string;
  /** Process id; never a label. */
  readonly pid: number;
  /** Standby, `pg_receivewal`, base backup or logical decoding. */
  readonly kind: SenderKind;
  /** `state`: startup, catchup, streaming, backup, stopping; null without the right. */
  readonly state: string | null;
  /** `sync_state`: async, potential, sync, quorum. */
  readonly syncState: string | null;
  /** `sync_priority`. */
  readonly syncPriority: number | null;
  /** `sent_lsn`. */
  readonly sentPosition: Lsn | null;
  /** `write_lsn`. */
  readonly writePosition: Lsn | null;
  /** `flush_lsn`. */
  readonly flushPosition: Lsn | null;
  /** `replay_lsn`. */
  readonly replayPosition: Lsn | null;
  /** This server's own position at the moment of the reading: current WAL position, or replayed one when cascading. */
  readonly serverPosition: Lsn | null;
  /** `write_lag`; null when idle or frozen, which is not 0. */
  readonly writeLagSeconds: number | null;
  /** `flush_lag`. */
  readonly flushLagSeconds: number | null;
  /** `replay_lag`. */
  readonly replayLagSeconds: number | null;
  /** `clock_timestamp() - reply_time`: two clocks when the standby's differs. */
  readonly replyAgeSeconds: number | null;
  /** `backend_start`. */
  readonly backendStartUnixSeconds: number | null;
  /** Age of `backend_xmin`, in transactions. */
  readonly xminAgeTransactions: number | null;
}

/** The row of `pg_stat_wal_receiver`; no row means that no receiver runs. */
export interface ReceiverFact {
  /** `status`: stopped, starting, streaming, waiting, restarting, stopping, connecting (19); null without the right. */
  readonly status: string | null;
  /** `slot_name`; "" without one. */
  readonly slot: string;
  /** `sender_host`. */
  readonly senderHost: string;
  /** `sender_port`. */
  readonly senderPort: number | null;
  /** `received_tli`. */
  readonly receivedTimeline: number | null;
  /** `written_lsn`. */
  readonly writtenPosition: Lsn | null;
  /** `flushed_lsn`. */
  readonly flushedPosition: Lsn | null;
  /** `latest_end_lsn`: the position that the sender last reported. */
  readonly latestEndPosition: Lsn | null;
  /** Seconds since `latest_end_time`, on the standby's clock against the sender's. */
  readonly latestEndAgeSeconds: number | null;
  /** Seconds since `last_msg_receipt_time`, on the standby's clock alone. */
  readonly lastMessageAgeSeconds: number | null;
  /** `last_msg_receipt_time - last_msg_send_time`: two clocks. */
  readonly lastMessageLatencySeconds: number | null;
}

/** Recovery on a standby. */
export interface RecoveryFact {
  /** `pg_get_wal_replay_pause_state()` (14+), or derived from `pg_is_wal_replay_paused()`. */
  readonly pauseState: "not paused" | "pause requested" | "paused" | null;
  /** `recovery_min_apply_delay`. */
  readonly applyDelaySeconds: number;
  /** Setting `hot_standby_feedback`. */
  readonly hotStandbyFeedback: boolean;
  /** Setting `primary_slot_name`; "" when none. */
  readonly primarySlotName: string;
  /** Whether `restore_command` is set; its text is never read. */
  readonly hasRestoreCommand: boolean;
  /** Whether a recovery target is set (`recovery_target`, `recovery_target_time` and so on). */
  readonly hasRecoveryTarget: boolean;
  /** Whether `primary_conninfo` is set; its text is never read. null without the right to read it. */
  readonly hasPrimaryConninfo: boolean | null;
}

/** Recovery conflicts of all databases, by cause, from `pg_stat_database_conflicts`. */
export interface ConflictsFact {
  /** Cause without the `confl_` prefix: tablespace, lock, snapshot, bufferpin, deadlock, active_logicalslot (16+). */
  readonly cause: string;
  /** Queries cancelled since the statistics were reset. */
  readonly total: number;
}

/** One row of `pg_replication_slots`. */
export interface SlotFact {
  /** `slot_name`, unique on its server. */
  readonly slot: string;
  /** `slot_type`. */
  readonly type: "physical" | "logical";
  /** `database`; "" for physical slots. */
  readonly database: string;
  /** `plugin`; "" for physical slots. */
  readonly plugin: string;
  /** `temporary`. */
  readonly temporary: boolean;
  /** `active`. */
  readonly active: boolean;
  /** `active_pid`; never a label. */
  readonly activePid: number | null;
  /** `restart_lsn`; null when lost or never used. */
  readonly restartPosition: Lsn | null;
  /** `confirmed_flush_lsn`; logical only. */
  readonly confirmedFlushPosition: Lsn | null;
  /** Bytes between the server's position and `restart_lsn`; null when that is null. */
  readonly retainedBytes: number | null;
  /** `wal_status`: reserved, extended, unreserved, lost; null when the slot reserves nothing. */
  readonly walStatus: string | null;
  /** `safe_wal_size`: bytes that can be written before the slot is in danger; null without a limit or when lost. */
  readonly safeWalBytes: number | null;
  /** Setting `max_slot_wal_keep_size` in bytes; null when unlimited (-1). */
  readonly maxKeepBytes: number | null;
  /** Age of `xmin`, in transactions. */
  readonly xminAgeTransactions: number | null;
  /** Age of `catalog_xmin`, in transactions. */
  readonly catalogXminAgeTransactions: number | null;
  /** `inactive_since` (17+). */
  readonly inactiveSinceUnixSeconds: number | null;
  /** `invalidation_reason` (17+); null when valid. */
  readonly invalidationReason: string | null;
  /** `conflicting` (16+). */
  readonly conflicting: boolean | null;
  /** `failover` (17+). */
  readonly failover: boolean | null;
  /** `synced` (17+). */
  readonly synced: boolean | null;
}

/** Synchronous commit on a primary. */
export interface SyncFact {
  /** Setting `synchronous_standby_names`. */
  readonly standbyNames: string;
  /** Setting `synchronous_commit`; null where a default of our role or database hides it. */
  readonly synchronousCommit: string | null;
  /** Sessions whose commit waits for a standby (`wait_event = 'SyncRep'`). */
  readonly waitingCommits: number;
  /** How long the oldest of them has waited, seconds; null when none waits. */
  readonly oldestWaitSeconds: number | null;
}

/** WAL settings and volume on a server. */
export interface WalFact {
  /** `wal_segment_size`. */
  readonly segmentBytes: number;
  /** `max_wal_senders`. */
  readonly maxSenders: number;
  /** `max_replication_slots`. */
  readonly maxSlots: number;
  /** `wal_keep_size`, bytes. */
  readonly keepBytes: number;
  /** `max_wal_size`, bytes. */
  readonly maxWalBytes: number;
  /** `wal_level`. */
  readonly level: string;
}

/** Settings that decide whether replication lasts: safety of the data, sizes that must fit, timeouts. */
export interface SettingsFact {
  /** `data_checksums`. */
  readonly dataChecksums: boolean;
  /** `fsync`. */
  readonly fsync: boolean;
  /** `full_page_writes`. */
  readonly fullPageWrites: boolean;
  /** `wal_log_hints`; with it or with checksums `pg_rewind` works. */
  readonly walLogHints: boolean;
  /** `max_connections`; on a standby not smaller than on its primary, like the next three. */
  readonly maxConnections: number;
  /** `max_worker_processes`. */
  readonly maxWorkerProcesses: number;
  /** `max_prepared_transactions`. */
  readonly maxPreparedTransactions: number;
  /** `max_locks_per_transaction`. */
  readonly maxLocksPerTransaction: number;
  /** `wal_sender_timeout`; null when it is off (0), absent where a default of our role or database hides it. */
  readonly walSenderTimeoutSeconds?: number | null;
  /** `wal_receiver_timeout`; null when it is off (0). */
  readonly walReceiverTimeoutSeconds: number | null;
  /** `wal_receiver_status_interval`; null when it is off (0). */
  readonly walReceiverStatusIntervalSeconds: number | null;
  /** `max_standby_streaming_delay`; null when replay waits for queries without limit (-1). */
  readonly maxStandbyStreamingDelaySeconds: number | null;
  /** `synchronous_standby_names`; on a standby it takes effect after a promotion. */
  readonly synchronousStandbyNames: string;
  /** `max_slot_wal_keep_size` in bytes; null when unlimited (-1). */
  readonly maxSlotWalKeepBytes: number | null;
  /** Whether `archive_command` or `archive_library` (15 and later) is set; the text of either is never read. */
  readonly hasArchiveCommand: boolean;
  /** `recovery_target_timeline`; a standby follows a promotion only with `latest`. */
  readonly recoveryTargetTimeline: string;
  /** `application_name` in `primary_conninfo`; absent when unknown or unset. */
  readonly standbyName?: string;
  /** Synchronization of logical slots; absent before 17. */
  readonly slotSync?: SlotSyncSettings;
  /**
   * `inet_server_addr()`, `inet_server_port()`: where the server itself accepted the exporter's connection, behind a proxy too;
   * absent over a Unix socket.
   */
  readonly ownEndpoint?: { readonly host: string; readonly port: number };
}

/** Traces of an HA manager or a managed service. */
export interface ManagerFact {
  /** `application_name` of sessions that a manager keeps open, each once. */
  readonly sessions: readonly string[];
  /** Settings that a manager gives on the command line of the server and that were given there (`pg_settings.source`). */
  readonly commandLine: readonly string[];
  /** Libraries of managers in `shared_preload_libraries`; empty without the right to read it. */
  readonly preloaded: readonly string[];
  /** Roles that a manager or a service creates. */
  readonly roles: readonly string[];
}

/** What runs on a standby, from `pg_stat_activity`. */
export interface ActivityFact {
  /** Age of the oldest transaction that holds a snapshot (`backend_xmin`), seconds; null when none does. */
  readonly oldestSnapshotSeconds: number | null;
  /** `wait_event_type` of the startup process; null when it is not waiting or that is unknown. */
  readonly replayWaitEventType: string | null;
  /** `wait_event` of the startup process; null when it is not waiting or that is unknown. */
  readonly replayWaitEvent: string | null;
}

/** The WAL directory (`pg_ls_waldir()`). */
export interface WalDirectoryFact {
  /** WAL segments in it. */
  readonly files: number;
  /** Their size together. */
  readonly bytes: number;
  /** Oldest segment's file name; null when there is none. */
  readonly oldestFile: string | null;
}

/** The archiver (`pg_stat_archiver`). */
export interface ArchiverFact {
  /** Setting `archive_mode`. */
  readonly mode: string;
  /** `archived_count`. */
  readonly archivedTotal: number;
  /** `failed_count`. */
  readonly failedTotal: number;
  /** Seconds since `last_archived_time`; null when never. */
  readonly lastArchivedAgeSeconds: number | null;
  /** Seconds since `last_failed_time`; null when never. */
  readonly lastFailedAgeSeconds: number | null;
}

/** Files waiting for the archiver (`pg_ls_archive_statusdir()`). */
export interface ArchiveQueueFact {
  /** `.ready` files. */
  readonly readyFiles: number;
}

/** Recovery prefetch (`pg_stat_recovery_prefetch`, 15+). */
export interface PrefetchFact {
  /** Blocks by outcome: prefetch, hit, skip_init, skip_new, skip_fpw, skip_rep. */
  readonly blocksTotal: Readonly<Record<string, number>>;
  /** `wal_distance`, bytes ahead. */
  readonly distanceBytes: number;
  /** `block_distance`. */
  readonly distanceBlocks: number;
  /** `io_depth`. */
  readonly ioDepth: number;
}

/** Every kind of fact by the name of the collector that reads it. */
export interface FactsByCollector {
  /** The server itself: one row. */
  readonly server: ServerFact;
  /** One row per WAL sender. */
  readonly senders: SenderFact;
  /** One row, or none when no receiver runs. */
  readonly receiver: ReceiverFact;
  /** One row on a standby. */
  readonly recovery: RecoveryFact;
  /** One row per cause on a standby. */
  readonly conflicts: ConflictsFact;
  /** One row per slot. */
  readonly slots: SlotFact;
  /** One row on a primary. */
  readonly sync: SyncFact;
  /** One row of settings. */
  readonly wal: WalFact;
  /** One row of settings. */
  readonly settings: SettingsFact;
  /** One row. */
  readonly manager: ManagerFact;
  /** One row on a standby. */
  readonly activity: ActivityFact;
  /** One row. */
  readonly wal_directory: WalDirectoryFact;
  /** One row. */
  readonly archiver: ArchiverFact;
  /** One row. */
  readonly archive_queue: ArchiveQueueFact;
  /** One row on a standby, 15+. */
  readonly prefetch: PrefetchFact;
  /** One row per subscription on a primary. */
  readonly subscriptions: SubscriptionFact;
  /** One row per subscription on a primary, with one more privilege. */
  readonly origins: OriginFact;
  /** One row per logical slot. */
  readonly decoding: DecodingFact;
}

/** The name of a collector. */
export type CollectorName = keyof FactsByCollector;

/** What one collection of one server read: a key is absent when unknown, `[]` when there are no rows. */
export type Facts = { readonly [K in CollectorName]?: readonly FactsByCollector[K][] };
