import { decodeLabel, decodeLsn, decodeNumber, decodeText } from "../postgres/decode.ts";
import { type Collector, defineCollector } from "./collector.ts";

/**
 * Reads the WAL receiver of a standby: whether it streams, from which upstream, and when its last message arrived.
 *
 * `conninfo` is left out on purpose. The view has a row only while a receiver process runs and has connected, on a
 * primary none. The age of the last message has one clock, the standby's; latest_end_time and last_msg_send_time
 * are the sender's.
 */
export const receiver: Collector<"receiver"> = defineCollector({
  name: "receiver",
  help: "Status, upstream and message ages of a standby's WAL receiver",
  roles: ["standby"],
  right: "pg_read_all_stats",
  sql: `
SELECT status, slot_name, sender_host, sender_port, received_tli, written_lsn, flushed_lsn, latest_end_lsn,
  EXTRACT(epoch FROM pg_catalog.clock_timestamp() - latest_end_time) AS latest_end_age,
  EXTRACT(epoch FROM pg_catalog.clock_timestamp() - last_msg_receipt_time) AS last_message_age,
  EXTRACT(epoch FROM last_msg_receipt_time - last_msg_send_time) AS last_message_latency
FROM pg_catalog.pg_stat_wal_receiver`,
  decode: (row) => ({
    status: statusOf(decodeText(row, "status"), decodeNumber(row, "last_message_latency")),
    slot: decodeLabel(row, "slot_name"),
    senderHost: decodeLabel(row, "sender_host"),
    senderPort: decodeNumber(row, "sender_port"),
    receivedTimeline: decodeNumber(row, "received_tli"),
    writtenPosition: decodeLsn(row, "written_lsn"),
    flushedPosition: decodeLsn(row, "flushed_lsn"),
    latestEndPosition: decodeLsn(row, "latest_end_lsn"),
    latestEndAgeSeconds: decodeNumber(row, "latest_end_age"),
    lastMessageAgeSeconds: decodeNumber(row, "last_message_age"),
    lastMessageLatencySeconds: decodeNumber(row, "last_message_latency"),
  }),
  // Without pg_read_all_stats the row has a pid and nothing else: it does not prove a connection.
  isHidden: (fact) => fact.status === null,
  families: {
    pgrepl_receiver_running: {
      help: "Whether a WAL receiver runs and has connected, 0 or 1 (a row in pg_stat_wal_receiver).",
      total: (facts) => facts.some((fact) => fact.status === null) ? null : facts.length,
    },
    pgrepl_receiver_status: {
      help: "Whether the WAL receiver has this status, 0 or 1; absent without a receiver " +
        "(pg_stat_wal_receiver.status; before its first message arrives: connecting).",
      label: "status",
      // "connecting" is new in PostgreSQL 19.
      states: ["stopped", "starting", "connecting", "streaming", "waiting", "restarting", "stopping"],
      state: (fact) => fact.status,
    },
    pgrepl_receiver_info: {
      help: "Upstream and slot of the WAL receiver " +
        "(pg_stat_wal_receiver.sender_host, sender_port, slot_name); always 1.",
      info: {
        sender_host: (fact) => fact.senderHost,
        sender_port: (fact) => String(fact.senderPort ?? ""),
        slot: (fact) => fact.slot,
      },
    },
    pgrepl_receiver_timeline: {
      help: "Timeline of the received WAL (pg_stat_wal_receiver.received_tli).",
      value: (fact) => fact.receivedTimeline,
    },
    pgrepl_receiver_position_bytes: {
      help: "WAL position in bytes from the beginning of the log: written and flushed here, and the " +
        "upstream's own as last reported (pg_stat_wal_receiver.written_lsn, flushed_lsn, latest_end_lsn).",
      label: "position",
      values: (fact) => ({
        written: fact.writtenPosition,
        flushed: fact.flushedPosition,
        upstream: fact.latestEndPosition,
      }),
    },
    pgrepl_receiver_latest_end_age_seconds: {
      help: "Seconds since the upstream last reported a new position, by the clocks of both hosts " +
        "(pg_stat_wal_receiver.latest_end_time).",
      value: (fact) => fact.latestEndAgeSeconds,
    },
    pgrepl_receiver_last_message_age_seconds: {
      help: "Seconds since the last message from the upstream arrived, by this server's clock alone " +
        "(pg_stat_wal_receiver.last_msg_receipt_time).",
      value: (fact) => fact.lastMessageAgeSeconds,
    },
    pgrepl_receiver_last_message_latency_seconds: {
      help: "Seconds the last message from the upstream was in transit, by the clocks of both hosts " +
        "(pg_stat_wal_receiver.last_msg_receipt_time, last_msg_send_time).",
      value: (fact) => fact.lastMessageLatencySeconds,
    },
  },
});

/**
 * Before PostgreSQL 19 a receiver says "streaming" as soon as it has connected, also when its upstream then refuses to
 * stream: one whose slot is gone does so at each attempt, every five seconds. Until the first message arrives, which is at
 * once, since streaming begins at the start of a segment, both times of it are those of the start (`WalReceiverMain()`).
 */
function statusOf(status: string | null, latencySeconds: number | null): string | null {
  return status === "streaming" && latencySeconds === 0 ? "connecting" : status;
}
