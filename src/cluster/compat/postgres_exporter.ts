import type {
  ArchiverFact,
  ReceiverFact,
  SenderFact,
  SlotFact,
  WalDirectoryFact,
} from "../../domain/facts.ts";
import type { ServerView } from "../../domain/view.ts";
import {
  type CompatFamily,
  type CompatTable,
  defineCompat,
  itself,
  lagOfServer,
  momentOf,
  positionOf,
  reportOf,
  rowsOf,
  sinceSent,
} from "./compat_table.ts";
import type { Lsn } from "../../domain/lsn.ts";

/** Host and port of the connection: a label of most of its families until 0.19. */
function endpointOf(server: ServerView): string {
  return server.address === undefined ? "" : `${server.address.host}:${server.address.port}`;
}

/** Seconds since the last replayed transaction was committed; 0 on a primary. */
function replayAgeOf(server: ServerView): number | null {
  const report = reportOf(server);
  if (report === undefined) return null;
  if (!report.inRecovery) return 0;
  const { clockUnixSeconds, lastReplayedTransactionUnixSeconds: last } = report;
  return last === null ? null : Math.max(0, clockUnixSeconds - last);
}

/** Its collector of the WAL receiver leaves out the bits above 52, which a double does not hold. */
function lowBits(position: Lsn | null): Lsn | null {
  return position === null ? null : position % 2n ** 52n;
}

/** Families of its own collector of slots: `pg_replication_slot_` until 0.19, `pg_replication_slots_` since 0.20. */
function slotFamilies(prefix: string): Readonly<Record<string, CompatFamily<SlotFact>>> {
  return {
    [`${prefix}_slot_current_wal_lsn`]: ["gauge", "current wal lsn value", (_, server) => positionOf(server)],
    [`${prefix}_slot_confirmed_flush_lsn`]: [
      "gauge",
      "last lsn confirmed flushed to the replication slot",
      (slot) => slot.active ? slot.confirmedFlushPosition : null,
    ],
    [`${prefix}_slot_is_active`]: [
      "gauge",
      "whether the replication slot is active or not",
      (slot) => slot.active,
    ],
    [`${prefix}_safe_wal_size_bytes`]: [
      "gauge",
      "number of bytes that can be written to WAL such that this slot is not in danger of getting in state lost",
      (slot) => slot.safeWalBytes,
    ],
  };
}

const WAL_STATUS_HELP = "availability of WAL files claimed by this slot";

const SLOT_LABELS = {
  slot_name: ({ slot }: SlotFact) => slot,
  slot_type: ({ type }: SlotFact) => type,
};

const RECEIVER_FAMILIES: Readonly<Record<string, CompatFamily<ReceiverFact>>> = {
  pg_stat_wal_receiver_flushed_lsn: [
    "counter",
    "Last write-ahead log location already received and flushed to disk, the initial value of this field being the " +
    "first log location used when WAL receiver is started represented as a decimal",
    (fact) => lowBits(fact.flushedPosition),
  ],
  pg_stat_wal_receiver_received_tli: [
    "gauge",
    "Timeline number of last write-ahead log location received and flushed to disk",
    (fact) => fact.receivedTimeline,
  ],
  pg_stat_wal_receiver_last_msg_send_time: [
    "counter",
    "Send time of last message received from origin WAL sender",
    (fact, server) => momentOf(server, sinceSent(fact)),
  ],
  pg_stat_wal_receiver_last_msg_receipt_time: [
    "counter",
    "Send time of last message received from origin WAL sender",
    (fact, server) => momentOf(server, fact.lastMessageAgeSeconds),
  ],
  pg_stat_wal_receiver_latest_end_lsn: [
    "counter",
    "Last write-ahead log location reported to origin WAL sender as integer",
    (fact) => lowBits(fact.latestEndPosition),
  ],
  pg_stat_wal_receiver_latest_end_time: [
    "counter",
    "Time of last write-ahead log location reported to origin WAL sender",
    (fact, server) => momentOf(server, fact.latestEndAgeSeconds),
  ],
  pg_stat_wal_receiver_upstream_node: ["gauge", "Node ID of the upstream node", ({ slot }) => {
    const node = /repmgr_slot_([0-9]+)/.exec(slot)?.[1];
    return node === undefined ? null : Number(node);
  }],
};

/**
 * Replication metrics of postgres_exporter, 0.11 to 0.20: the names of all these versions, with the labels of each, so
 * that expressions written for any of them match. Twins among the senders are numbered as in ours, where 0.20.1 fails
 * the whole page.
 */
export const postgresExporter: readonly CompatTable[] = [
  defineCompat({
    rows: itself,
    labels: {},
    families: {
      pg_up: [
        "gauge",
        "Whether the last scrape of metrics from PostgreSQL was able to connect to the server (1 for yes, 0 for no).",
        ({ up }) => up,
      ],
      pg_replication_lag_seconds: ["gauge", "Replication lag behind master in seconds", lagOfServer],
      pg_replication_is_replica: [
        "gauge",
        "Indicates if the server is a replica",
        (server) => reportOf(server)?.inRecovery,
      ],
      pg_replication_last_replay_seconds: ["gauge", "Age of last replay in seconds", replayAgeOf],
    },
  }),
  defineCompat({
    rows: itself,
    labels: { server: endpointOf },
    families: { pg_replication_lag: ["gauge", "Replication lag behind master in seconds", lagOfServer] },
  }),
  defineCompat<SenderFact>({
    rows: (server) => rowsOf("senders")(server).filter(({ state }) => state !== null),
    labels: {
      application_name: ({ standby }) => standby,
      client_addr: ({ clientAddress }) => clientAddress,
      server: (_, server) => endpointOf(server),
      slot_name: ({ slot }) => slot,
      state: ({ state }) => state ?? "",
    },
    families: {
      pg_stat_replication_pg_current_wal_lsn_bytes: [
        "gauge",
        "WAL position in bytes",
        ({ serverPosition }) => serverPosition,
      ],
      pg_stat_replication_pg_wal_lsn_diff: [
        "gauge",
        "Lag in bytes between master and slave",
        ({ serverPosition, replayPosition }) =>
          serverPosition === null || replayPosition === null ? null : serverPosition - replayPosition,
      ],
      pg_stat_replication_reply_time: [
        "untyped",
        "Unknown metric from pg_stat_replication",
        ({ replyAgeSeconds }, server) => momentOf(server, replyAgeSeconds),
      ],
    },
  }),
  defineCompat<SlotFact>({
    rows: rowsOf("slots"),
    labels: {
      slot_name: ({ slot }) => slot,
      database: ({ database }) => database,
      server: (_, server) => endpointOf(server),
    },
    families: {
      pg_replication_slots_active: ["gauge", "Flag indicating if the slot is active", ({ active }) => active],
      pg_replication_slots_pg_wal_lsn_diff: [
        "gauge",
        "Replication lag in bytes",
        ({ retainedBytes }) => retainedBytes,
      ],
    },
  }),
  defineCompat<SlotFact>({
    rows: rowsOf("slots"),
    labels: SLOT_LABELS,
    families: { ...slotFamilies("pg_replication_slots"), ...slotFamilies("pg_replication_slot") },
  }),
  defineCompat<SlotFact>({
    rows: (server) => rowsOf("slots")(server).filter(({ walStatus }) => walStatus !== null),
    labels: { ...SLOT_LABELS, wal_status: ({ walStatus }) => walStatus ?? "" },
    families: {
      pg_replication_slots_wal_status: ["gauge", WAL_STATUS_HELP, () => 1],
      pg_replication_slot_wal_status: ["gauge", WAL_STATUS_HELP, () => 1],
    },
  }),
  defineCompat<ReceiverFact>({
    rows: (server) => rowsOf("receiver")(server).filter(({ status }) => status !== null),
    labels: {
      upstream_host: ({ senderHost }) => senderHost,
      slot_name: ({ slot }) => slot,
      status: ({ status }) => status ?? "",
    },
    families: RECEIVER_FAMILIES,
  }),
  defineCompat<ArchiverFact>({
    rows: rowsOf("archiver"),
    labels: { server: (_, server) => endpointOf(server) },
    families: {
      pg_stat_archiver_archived_count: [
        "counter",
        "Number of WAL files that have been successfully archived",
        ({ archivedTotal }) => archivedTotal,
      ],
      pg_stat_archiver_failed_count: [
        "counter",
        "Number of failed attempts for archiving WAL files",
        ({ failedTotal }) => failedTotal,
      ],
      pg_stat_archiver_last_archive_age: [
        "gauge",
        "Time in seconds since last WAL segment was successfully archived",
        ({ lastArchivedAgeSeconds }) => lastArchivedAgeSeconds,
      ],
    },
  }),
  defineCompat<WalDirectoryFact>({
    rows: rowsOf("wal_directory"),
    labels: {},
    families: {
      pg_wal_segments: ["gauge", "Number of WAL segments", ({ files }) => files],
      pg_wal_size_bytes: ["gauge", "Total size of WAL segments", ({ bytes }) => bytes],
    },
  }),
];
