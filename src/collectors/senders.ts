import type { SenderFact, SenderKind } from "../domain/facts.ts";
import { type Lsn, lsnDistanceBytes } from "../domain/lsn.ts";
import {
  decodeBoolean,
  decodeLabel,
  decodeLsn,
  decodeNumber,
  decodeText,
  requireNumber,
  type Row,
} from "../postgres/decode.ts";
import { type Collector, defineCollector } from "./collector.ts";
import { numberTwin, slotLabel } from "./series_key.ts";

/** A sender whose name among its twins is not known yet. */
type UnnamedSender = Omit<SenderFact, "standby">;

function decodeSender(row: Row): UnnamedSender {
  const sender = {
    applicationName: decodeLabel(row, "application_name"),
    clientAddress: decodeLabel(row, "client_addr"),
    slot: decodeLabel(row, "slot_name"),
    ...decodeBoolean(row, "can_read_slots") === false ? { isSlotHidden: true } : {},
    user: decodeLabel(row, "usename"),
    clientHostname: decodeLabel(row, "client_hostname"),
    pid: requireNumber(row, "pid"),
    state: decodeText(row, "state"),
    syncState: decodeText(row, "sync_state"),
    syncPriority: decodeNumber(row, "sync_priority"),
    sentPosition: decodeLsn(row, "sent_lsn"),
    writePosition: decodeLsn(row, "write_lsn"),
    flushPosition: decodeLsn(row, "flush_lsn"),
    replayPosition: decodeLsn(row, "replay_lsn"),
    serverPosition: decodeLsn(row, "server_lsn"),
    writeLagSeconds: decodeLag(row, "write"),
    flushLagSeconds: decodeLag(row, "flush"),
    replayLagSeconds: decodeLag(row, "replay"),
    replyAgeSeconds: decodeNumber(row, "reply_age"),
    backendStartUnixSeconds: decodeNumber(row, "backend_start"),
    xminAgeTransactions: decodeNumber(row, "xmin_age"),
  };
  return {
    ...sender,
    kind: kindOf(sender, {
      slotType: decodeText(row, "slot_type"),
      hasDatabase: (decodeNumber(row, "datid") ?? 0) > 0,
      ageSeconds: decodeNumber(row, "age"),
    }),
  };
}

/**
 * PostgreSQL gives `pg_receivewal` and base backups, which never replay, a `replay_lag` equal to the lag of their
 * last report (seen on 15): a lag counts only for a stage whose position was reported.
 */
function decodeLag(row: Row, stage: "write" | "flush" | "replay"): number | null {
  return decodeLsn(row, `${stage}_lsn`) === null ? null : decodeNumber(row, `${stage}_lag`);
}

/**
 * Longest time until the first report of a standby, seconds: it reports as soon as it streams, at the latest when its
 * upstream asks for a reply, by default after half a minute.
 */
const SILENT_SECONDS = 60;

/** Longest time from the first hot standby feedback of a standby to its first status, seconds: usually under a second. */
const FEEDBACK_SECONDS = 10;

/**
 * Logical decoding needs a connection to a database, also before it has its slot and after; the receiver of a standby
 * never has one, though another reader of a physical slot may.
 *
 * A standby always reports its replay position, `pg_receivewal` never does; before the first report, and for the WAL
 * stream of a base backup, only the program's name distinguishes them. A standby always has a name, as its receiver falls
 * back to `cluster_name` or "walreceiver"; programs that read WAL over the protocol (WAL-G, a proxy) often have none,
 * and may report what they have written as replayed.
 */
function kindOf(
  sender: Pick<
    SenderFact,
    "applicationName" | "slot" | "state" | "writePosition" | "replayPosition" | "replyAgeSeconds"
  >,
  { slotType, hasDatabase, ageSeconds }: {
    readonly slotType: string | null;
    readonly hasDatabase: boolean;
    readonly ageSeconds: number | null;
  },
): SenderKind {
  if (slotType === "logical") return "logical";
  if (sender.state === "backup") return "backup";
  if (hasDatabase) return slotType === null ? "logical" : "receivewal";
  const isFed = sender.state === "streaming" || sender.state === "catchup";
  if (isFed && sender.applicationName === "") return "receivewal";
  if (sender.replayPosition !== null) return "standby";
  if (sender.applicationName === "pg_basebackup" || sender.slot.startsWith("pg_basebackup_")) return "backup";
  if (sender.writePosition !== null || sender.applicationName === "pg_receivewal") return "receivewal";
  // A reply without any position may be hot standby feedback, which a standby may send before its first status.
  const patienceSeconds = sender.replyAgeSeconds === null ? SILENT_SECONDS : FEEDBACK_SECONDS;
  if (isFed && (ageSeconds ?? Infinity) > patienceSeconds) return "receivewal";
  return "standby";
}

/** Numbers twins by age, so that the older one keeps its name. */
function nameTwins(senders: readonly UnnamedSender[]): readonly SenderFact[] {
  const oldestFirst = senders.toSorted((a, b) =>
    (a.backendStartUnixSeconds ?? Infinity) - (b.backendStartUnixSeconds ?? Infinity) || a.pid - b.pid
  );
  const takenByPlace = new Map<string, Set<string>>();
  return oldestFirst.map((sender) => {
    const place = `${sender.clientAddress} ${slotLabel(sender.slot, sender.pid)}`;
    const taken = takenByPlace.get(place) ?? new Set();
    takenByPlace.set(place, taken);
    return { ...sender, standby: numberTwin(sender.applicationName, taken) };
  });
}

function bytesBehind({ serverPosition }: SenderFact, position: Lsn | null): number | null {
  return serverPosition === null || position === null ? null : lsnDistanceBytes(serverPosition, position);
}

/**
 * Reads the WAL senders: one row per connection that takes WAL from this server, whatever the client is.
 *
 * It reads the functions under `pg_stat_replication` and `pg_replication_slots`, with the same column names: the view
 * reads every backend and every role first, at three times the cost. The server's own position is a scalar subquery: it
 * is evaluated once, when the first row is returned, so after all senders were read, and no sender is ahead of it only
 * because it was read later. A cascading standby sends what it has received or restored, whichever is further:
 * after a restart without a connection the received position falls back behind the replayed one.
 */
export const senders: Collector<"senders"> = defineCollector({
  name: "senders",
  help: "State and lag of each WAL sender",
  roles: ["primary", "standby"],
  needs: ["pg_stat_get_wal_senders", "pg_stat_get_activity", "host"],
  right: "pg_read_all_stats",
  sql: `
SELECT sender.pid,
  backend.application_name,
  pg_catalog.host(backend.client_addr) AS client_addr,
  backend.client_hostname,
  pg_catalog.pg_get_userbyid(backend.usesysid) AS usename,
  EXTRACT(epoch FROM backend.backend_start) AS backend_start,
  EXTRACT(epoch FROM pg_catalog.clock_timestamp() - backend.backend_start) AS age,
  pg_catalog.age(backend.backend_xmin) AS xmin_age,
  slot.slot_name,
  slot.slot_type,
  backend.datid,
  pg_catalog.has_function_privilege('pg_catalog.pg_get_replication_slots()', 'EXECUTE') AS can_read_slots,
  sender.state,
  sender.sync_state,
  sender.sync_priority,
  sender.sent_lsn,
  sender.write_lsn,
  sender.flush_lsn,
  sender.replay_lsn,
  EXTRACT(epoch FROM sender.write_lag) AS write_lag,
  EXTRACT(epoch FROM sender.flush_lag) AS flush_lag,
  EXTRACT(epoch FROM sender.replay_lag) AS replay_lag,
  EXTRACT(epoch FROM pg_catalog.clock_timestamp() - sender.reply_time) AS reply_age,
  (SELECT CASE WHEN in_recovery
      THEN GREATEST(pg_catalog.pg_last_wal_receive_lsn(), pg_catalog.pg_last_wal_replay_lsn())
      ELSE pg_catalog.pg_current_wal_lsn() END
    FROM (SELECT pg_catalog.pg_is_in_recovery() AS in_recovery) AS recovery) AS server_lsn
FROM pg_catalog.pg_stat_get_wal_senders() AS sender
CROSS JOIN LATERAL pg_catalog.pg_stat_get_activity(sender.pid) AS backend
LEFT JOIN pg_catalog.pg_get_replication_slots() AS slot ON slot.active_pid = sender.pid`,
  decodeAll: (rows) => nameTwins(rows.map(decodeSender)),
  key: {
    standby: (sender) => sender.standby,
    client_addr: (sender) => sender.clientAddress,
    slot: (sender) => slotLabel(sender.slot, sender.pid),
  },
  // Without pg_read_all_stats only the names are visible: too little to tell which kind of sender it is.
  isHidden: (sender) => sender.state === null,
  families: {
    pgrepl_sender_info: {
      help: "Kind of client (standby, receivewal, backup, logical), its user and application name " +
        "(pg_stat_replication.usename, application_name); always 1.",
      info: {
        kind: (sender) => sender.kind,
        user: (sender) => sender.user,
        application_name: (sender) => sender.applicationName,
      },
    },
    pgrepl_sender_state: {
      help: "Whether the sender is in this state, 0 or 1 (pg_stat_replication.state).",
      label: "state",
      states: ["startup", "catchup", "streaming", "backup", "stopping"],
      state: (sender) => sender.state,
    },
    pgrepl_sender_sync_state: {
      help: "Whether the standby has this synchronous state, 0 or 1 (pg_stat_replication.sync_state).",
      label: "sync_state",
      states: ["async", "potential", "sync", "quorum"],
      state: (sender) => sender.syncState,
    },
    pgrepl_sender_sync_priority: {
      help: "Priority for being chosen as the synchronous standby, 0 when asynchronous " +
        "(pg_stat_replication.sync_priority).",
      value: (sender) => sender.syncPriority,
    },
    pgrepl_sender_lag_bytes: {
      help:
        "Bytes of WAL by which the client is behind this server's own position (written or, on a cascading " +
        "standby, the further of received and replayed), by stage: sent, write, flush, replay " +
        "(pg_stat_replication.sent_lsn, write_lsn, flush_lsn, replay_lsn); negative when it is ahead.",
      label: "stage",
      values: (sender) => ({
        sent: bytesBehind(sender, sender.sentPosition),
        write: bytesBehind(sender, sender.writePosition),
        flush: bytesBehind(sender, sender.flushPosition),
        replay: bytesBehind(sender, sender.replayPosition),
      }),
    },
    pgrepl_sender_lag_seconds: {
      help:
        "Seconds from flushing recent WAL here until the client reported it written, flushed or replayed " +
        "(pg_stat_replication.write_lag, flush_lag, replay_lag); absent when idle or frozen.",
      label: "stage",
      values: (sender) => ({
        write: sender.writeLagSeconds,
        flush: sender.flushLagSeconds,
        replay: sender.replayLagSeconds,
      }),
    },
    pgrepl_sender_reply_age_seconds: {
      help: "Seconds since the client sent its last reply, by the clocks of both hosts " +
        "(pg_stat_replication.reply_time).",
      value: (sender) => sender.replyAgeSeconds,
    },
    pgrepl_sender_backend_start_timestamp_seconds: {
      help: "When the client connected, Unix time by this server's clock " +
        "(pg_stat_replication.backend_start).",
      value: (sender) => sender.backendStartUnixSeconds,
    },
    pgrepl_sender_xmin_age_transactions: {
      help: "Age in transactions of the oldest transaction whose rows the client holds back from vacuum " +
        "(pg_stat_replication.backend_xmin).",
      value: (sender) => sender.xminAgeTransactions,
    },
  },
});
