/**
 * The WAL receiver of a standby: whether it streams, from whom, and when it last heard anything.
 *
 * @module
 */
import type { ReceiverFact } from "../domain/facts.ts";
import { measure, measureStates } from "../metrics/family.ts";
import { decodeLabel, decodeLsn, decodeNumber, decodeText, type Row } from "../postgres/decode.ts";
import type { Collector, VersionedSql } from "./collector.ts";
import { defineFamily } from "./define_family.ts";
import { readFacts } from "./read_facts.ts";

/*
 * `conninfo` is left out on purpose. The view has a row only while a receiver process runs and has connected, on a
 * primary none. The age of the last message has one clock, the standby's; latest_end_time and last_msg_send_time
 * are the sender's.
 */
const statements: readonly VersionedSql[] = [{
  sql: `
SELECT status, slot_name, sender_host, sender_port, received_tli, written_lsn, flushed_lsn, latest_end_lsn,
  EXTRACT(epoch FROM pg_catalog.clock_timestamp() - latest_end_time) AS latest_end_age,
  EXTRACT(epoch FROM pg_catalog.clock_timestamp() - last_msg_receipt_time) AS last_message_age,
  EXTRACT(epoch FROM last_msg_receipt_time - last_msg_send_time) AS last_message_latency
FROM pg_catalog.pg_stat_wal_receiver`,
}];

function decode(row: Row): ReceiverFact {
  return {
    status: decodeText(row, "status"),
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
  };
}

const running = defineFamily("receiver_running", {
  help: "Whether a WAL receiver runs and has connected, 0 or 1 (a row in pg_stat_wal_receiver).",
});
const status = defineFamily("receiver_status", {
  help: "Whether the WAL receiver has this status, 0 or 1; absent without a receiver " +
    "(pg_stat_wal_receiver.status).",
  labels: ["status"],
});
const info = defineFamily("receiver_info", {
  help:
    "Upstream and slot of the WAL receiver (pg_stat_wal_receiver.sender_host, sender_port, slot_name); always 1.",
  labels: ["sender_host", "sender_port", "slot"],
});
const receivedTimeline = defineFamily("receiver_timeline", {
  help: "Timeline of the WAL received (pg_stat_wal_receiver.received_tli).",
});
const position = defineFamily("receiver_position_bytes", {
  help:
    "Position in the write-ahead log in bytes from its beginning: written and flushed here, and the upstream's " +
    "own as it last told (pg_stat_wal_receiver.written_lsn, flushed_lsn, latest_end_lsn).",
  labels: ["position"],
});
const latestEndAge = defineFamily("receiver_latest_end_age_seconds", {
  help: "Seconds since the upstream last told a new position, by the clocks of both hosts " +
    "(pg_stat_wal_receiver.latest_end_time).",
});
const messageAge = defineFamily("receiver_last_message_age_seconds", {
  help: "Seconds since the last message from the upstream arrived, by this server's clock alone " +
    "(pg_stat_wal_receiver.last_msg_receipt_time).",
});
const messageLatency = defineFamily("receiver_last_message_latency_seconds", {
  help: "Seconds the last message from the upstream took, by the clocks of both hosts " +
    "(pg_stat_wal_receiver.last_msg_receipt_time, last_msg_send_time).",
});

/** "connecting" is PostgreSQL 19's. */
const STATUSES = ["stopped", "starting", "connecting", "streaming", "waiting", "restarting", "stopping"];

/** Reads the WAL receiver. */
export const receiver: Collector<"receiver"> = {
  name: "receiver",
  help: "Status, upstream and message ages of a standby's WAL receiver",
  roles: ["standby"],
  right: "pg_read_all_stats",
  statements,
  families: [running, status, info, receivedTimeline, position, latestEndAge, messageAge, messageLatency],
  collect: (context) => readFacts(context, { statements, decode }),
  *measure(facts, labels) {
    // Without pg_read_all_stats the row has a pid and nothing else: it does not say that anything is connected.
    if (facts.every((fact) => fact.status !== null)) yield* measure(running, labels, facts.length);
    for (const fact of facts) {
      if (fact.status === null) continue;
      yield* measureStates(status, labels, STATUSES, fact.status);
      const upstream = {
        sender_host: fact.senderHost,
        sender_port: fact.senderPort === null ? "" : String(fact.senderPort),
        slot: fact.slot,
      };
      yield* measure(info, { ...labels, ...upstream }, 1);
      yield* measure(receivedTimeline, labels, fact.receivedTimeline);
      yield* measure(position, { ...labels, position: "written" }, fact.writtenPosition);
      yield* measure(position, { ...labels, position: "flushed" }, fact.flushedPosition);
      yield* measure(position, { ...labels, position: "upstream" }, fact.latestEndPosition);
      yield* measure(latestEndAge, labels, fact.latestEndAgeSeconds);
      yield* measure(messageAge, labels, fact.lastMessageAgeSeconds);
      yield* measure(messageLatency, labels, fact.lastMessageLatencySeconds);
    }
  },
};
