import type { ArchiverFact, PrefetchFact, ReceiverFact, ServerFact, SlotFact } from "../../domain/facts.ts";
import type { ServerView } from "../../domain/view.ts";
import type { LabelValues } from "../../metrics/family.ts";
import {
  type CompatTable,
  defineCompat,
  itself,
  lagOfServer,
  momentOf,
  reportOf,
  rowsOf,
  sinceSent,
} from "./compat_table.ts";
import { senderMetrics, STATE_CODES } from "./pg_exporter_senders.ts";

const WAL_STATUS_CODES = ["reserved", "extended", "unreserved", "lost"];
const INVALIDATION_CODES = ["", "wal_removed", "rows_removed", "wal_level_insufficient", "idle_timeout"];

/** The number of senders in each state; none when a state may not be read. */
function countByState(server: ServerView): readonly { readonly state: string; readonly count: number }[] {
  const senders = server.up ? server.facts.senders : undefined;
  if (senders === undefined || senders.some(({ state }) => state === null)) return [];
  return ["streaming", "startup", "catchup", "backup", "stopping"].map((state) => ({
    state,
    count: senders.filter((sender) => sender.state === state).length,
  }));
}

/** `synchronous_standby_names` of a server that is up. */
function syncNames({ up, facts }: ServerView): readonly string[] {
  const names = facts.sync?.[0]?.standbyNames ?? facts.settings?.[0]?.synchronousStandbyNames;
  return up && names !== undefined ? [names] : [];
}

/** Whether a pause of replay was requested, as `pg_is_wal_replay_paused()` answers; false on a primary. */
function isPaused(server: ServerView): boolean | null {
  const report = reportOf(server);
  if (report === undefined) return null;
  if (!report.inRecovery) return false;
  const state = server.facts.recovery?.[0]?.pauseState ?? null;
  return state === null ? null : state !== "not paused";
}

const PREFETCH_HELP: LabelValues = {
  prefetch: "Number of blocks prefetched because they were not in the buffer pool",
  hit: "Number of blocks not prefetched because they were already in the buffer pool",
  skip_init: "Number of blocks not prefetched because they would be zero-initialized",
  skip_new: "Number of blocks not prefetched because they didn't exist yet",
  skip_fpw: "Number of blocks not prefetched because a full page image was included in the WAL",
  skip_rep: "Number of blocks not prefetched because they were already recently prefetched",
};

/** Replication metrics of pg_exporter (`pgsty/pg_exporter`) 1.4.1. */
export const pgExporter: readonly CompatTable[] = [
  defineCompat({
    rows: itself,
    labels: {},
    families: {
      pg_up: ["gauge", "last scrape was able to connect to the server: 1 for yes, 0 for no", ({ up }) => up],
      pg_in_recovery: [
        "gauge",
        "server is in recovery mode? 1 for yes 0 for no",
        (server) => reportOf(server)?.inRecovery,
      ],
      pg_is_in_recovery: ["gauge", "1 if in recovery mode", (server) => reportOf(server)?.inRecovery],
      pg_lag: ["gauge", "replica only, replication lag in seconds", lagOfServer],
      pg_is_wal_replay_paused: ["gauge", "1 if wal play is paused", isPaused],
      pg_timeline_id: ["gauge", "Current timeline ID", (server) => reportOf(server)?.timeline],
    },
  }),
  defineCompat<ServerFact>({
    rows: rowsOf("server"),
    labels: {},
    families: {
      pg_lsn: [
        "counter",
        "log sequence number, current write location",
        ({ inRecovery, writePosition, replayPosition }) => inRecovery ? replayPosition : writePosition,
      ],
      pg_insert_lsn: [
        "counter",
        "primary only, location of current wal inserting",
        ({ insertPosition }) => insertPosition,
      ],
      pg_write_lsn: [
        "counter",
        "primary only, location of current wal writing",
        ({ writePosition }) => writePosition,
      ],
      pg_flush_lsn: [
        "counter",
        "primary only, location of current wal syncing",
        ({ flushPosition }) => flushPosition,
      ],
      pg_receive_lsn: [
        "counter",
        "replica only, location of wal synced to disk",
        ({ receivePosition }) => receivePosition,
      ],
      pg_replay_lsn: [
        "counter",
        "replica only, location of wal applied",
        ({ replayPosition }) => replayPosition,
      ],
      pg_last_replay_time: [
        "gauge",
        "time when last transaction been replayed",
        ({ lastReplayedTransactionUnixSeconds }) => lastReplayedTransactionUnixSeconds,
      ],
    },
  }),
  senderMetrics,
  defineCompat({
    rows: syncNames,
    labels: { names: (names) => names === "" ? "<null>" : names },
    families: {
      pg_sync_standby_enabled: [
        "gauge",
        "Synchronous commit enabled, 1 if enabled, 0 if disabled",
        (names) => names !== "",
      ],
    },
  }),
  defineCompat({
    rows: countByState,
    labels: { state: ({ state }) => state },
    families: { pg_downstream_count: ["gauge", "Count of corresponding state", ({ count }) => count] },
  }),
  defineCompat<SlotFact>({
    rows: rowsOf("slots"),
    labels: {
      slot_name: ({ slot }) => slot,
      slot_type: ({ type }) => type,
      plugin: ({ plugin }) => plugin,
      datname: ({ database }) => database,
    },
    families: {
      pg_slot_active_pid: [
        "gauge",
        "The process ID of the session streaming data for this slot. NULL if inactive.",
        ({ activePid }) => activePid,
      ],
      pg_slot_active: [
        "gauge",
        "True(1) if this slot is currently actively being used",
        ({ active }) => active,
      ],
      pg_slot_temporary: [
        "gauge",
        "True(1) if this is a temporary replication slot.",
        ({ temporary }) => temporary,
      ],
      pg_slot_conflicting: [
        "gauge",
        "True(1) if this logical slot conflicted with recovery. Always NULL for physical slots.",
        ({ conflicting }) => conflicting,
      ],
      pg_slot_failover: [
        "gauge",
        "True(1) if this is a logical slot enabled to be synced to the standbys",
        ({ failover }) => failover,
      ],
      pg_slot_synced: [
        "gauge",
        "True(1) if this is a logical slot that was synced from a primary server",
        ({ synced }) => synced,
      ],
      pg_slot_restart_lsn: [
        "counter",
        "The address (LSN) of oldest WAL which still might be required by the consumer of this slot",
        ({ restartPosition }) => restartPosition,
      ],
      pg_slot_confirm_lsn: [
        "counter",
        "The address (LSN) up to which the logical slot's consumer has confirmed receiving data.",
        ({ confirmedFlushPosition }) => confirmedFlushPosition,
      ],
      pg_slot_retained_bytes: [
        "gauge",
        "Size of bytes that retained for this slot",
        ({ retainedBytes }) => retainedBytes,
      ],
      pg_slot_safe_wal_size: [
        "gauge",
        "bytes that can be written to WAL which will not make slot into lost",
        ({ safeWalBytes }) => safeWalBytes,
      ],
      pg_slot_wal_status: [
        "gauge",
        "WAL reserve status 0-3 means reserved,extended,unreserved,lost, -1 means other",
        ({ walStatus }) => WAL_STATUS_CODES.indexOf(walStatus ?? ""),
      ],
      pg_slot_inactive_since: [
        "gauge",
        "The time when the slot became inactive",
        ({ inactiveSinceUnixSeconds }) => inactiveSinceUnixSeconds,
      ],
      pg_slot_invalidation_reason: [
        "gauge",
        "ok=0, wal_removed=1, rows_removed=2, wal_level_insufficient=3, idle_timeout=4",
        // `synced` is known from 17 on, and with it that no reason means a valid slot.
        ({ synced, invalidationReason }) =>
          synced === null ? null : INVALIDATION_CODES.indexOf(invalidationReason ?? ""),
      ],
    },
  }),
  defineCompat<ReceiverFact>({
    rows: (server) => rowsOf("receiver")(server).filter(({ status }) => status !== null),
    labels: {
      sender_host: ({ senderHost }) => senderHost,
      sender_port: ({ senderPort }) => String(senderPort ?? ""),
      slot_name: ({ slot }) => slot === "" ? "NULL" : slot,
    },
    families: {
      pg_recv_state: [
        "gauge",
        "Encoded activity status of the WAL receiver process 0-5 for " +
        "streaming|startup|catchup|backup|stopping|connecting",
        ({ status }) => STATE_CODES.indexOf(status ?? ""),
      ],
      pg_recv_flush_lsn: [
        "counter",
        "Last write-ahead log location already received and flushed to disk",
        ({ flushedPosition }) => flushedPosition,
      ],
      pg_recv_write_lsn: [
        "counter",
        "Last write-ahead log location already received and written to disk, but not flushed.",
        ({ writtenPosition }) => writtenPosition,
      ],
      pg_recv_flush_tli: [
        "counter",
        "Timeline number of last write-ahead log location received and flushed to disk",
        ({ receivedTimeline }) => receivedTimeline,
      ],
      pg_recv_reported_lsn: [
        "counter",
        "Last write-ahead log location reported to origin WAL sender",
        ({ latestEndPosition }) => latestEndPosition,
      ],
      pg_recv_msg_send_time: [
        "gauge",
        "Send time of last message received from origin WAL sender",
        (fact, server) => momentOf(server, sinceSent(fact)),
      ],
      pg_recv_msg_recv_time: [
        "gauge",
        "Receipt time of last message received from origin WAL sender",
        ({ lastMessageAgeSeconds }, server) => momentOf(server, lastMessageAgeSeconds),
      ],
      pg_recv_reported_time: [
        "gauge",
        "Time of last write-ahead log location reported to origin WAL sender",
        ({ latestEndAgeSeconds }, server) => momentOf(server, latestEndAgeSeconds),
      ],
      pg_recv_time: ["gauge", "Time of current snapshot", (_, server) => momentOf(server, 0)],
    },
  }),
  defineCompat<ArchiverFact>({
    rows: rowsOf("archiver"),
    labels: {},
    families: {
      pg_archiver_finish_count: [
        "counter",
        "Number of WAL files that have been successfully archived",
        ({ archivedTotal }) => archivedTotal,
      ],
      pg_archiver_failed_count: [
        "counter",
        "Number of failed attempts for archiving WAL files",
        ({ failedTotal }) => failedTotal,
      ],
      pg_archiver_finish_time: [
        "gauge",
        "Time of the last successful archive operation",
        ({ lastArchivedAgeSeconds }, server) => momentOf(server, lastArchivedAgeSeconds),
      ],
      pg_archiver_failed_time: [
        "gauge",
        "Time of the last failed archival operation",
        ({ lastFailedAgeSeconds }, server) => momentOf(server, lastFailedAgeSeconds),
      ],
    },
  }),
  defineCompat<PrefetchFact>({
    rows: rowsOf("prefetch"),
    labels: {},
    families: {
      ...Object.fromEntries(
        Object.entries(PREFETCH_HELP).map(([outcome, help]) => [
          `pg_recovery_prefetch_${outcome}`,
          ["counter", help, ({ blocksTotal }) => blocksTotal[outcome]],
        ]),
      ),
      pg_recovery_prefetch_wal_distance: [
        "gauge",
        "How many bytes ahead the prefetcher is looking",
        ({ distanceBytes }) => distanceBytes,
      ],
      pg_recovery_prefetch_block_distance: [
        "gauge",
        "How many blocks ahead the prefetcher is looking",
        ({ distanceBlocks }) => distanceBlocks,
      ],
      pg_recovery_prefetch_io_depth: [
        "gauge",
        "How many prefetches have been initiated but are not yet known to have completed",
        ({ ioDepth }) => ioDepth,
      ],
    },
  }),
];
