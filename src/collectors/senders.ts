/**
 * WAL senders: one row per connection that takes WAL from this server, whatever is at its other end.
 *
 * @module
 */
import type { SenderFact, SenderKind } from "../domain/facts.ts";
import { type Lsn, lsnDistanceBytes } from "../domain/lsn.ts";
import { type FamilyDefinition, measure, measureStates } from "../metrics/family.ts";
import {
  decodeLabel,
  decodeLsn,
  decodeNumber,
  decodeText,
  requireNumber,
  type Row,
} from "../postgres/decode.ts";
import type { Collector, VersionedSql } from "./collector.ts";
import { defineFamily } from "./define_family.ts";
import { readFacts } from "./read_facts.ts";
import { numberTwin, slotLabel } from "./series_key.ts";

/*
 * The functions below `pg_stat_replication` and `pg_replication_slots`, with the same names of columns: the view
 * reads every backend and every role first, at three times the cost. The own position is a scalar subquery: it is
 * evaluated once, when the first row is put out, so after all senders were read, and no sender is ahead of it only
 * because it was read later. A cascading standby sends what it has received or restored, whichever is further:
 * after a restart without a link the received position falls back behind the replayed one.
 */
const statements: readonly VersionedSql[] = [{
  sql: `
SELECT sender.pid,
  backend.application_name,
  pg_catalog.host(backend.client_addr) AS client_addr,
  backend.client_hostname,
  pg_catalog.pg_get_userbyid(backend.usesysid) AS usename,
  EXTRACT(epoch FROM backend.backend_start) AS backend_start,
  pg_catalog.age(backend.backend_xmin) AS xmin_age,
  slot.slot_name,
  slot.slot_type,
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
}];

/** What tells senders apart: the same for the key and the order of twins. */
type Unkeyed = Omit<SenderFact, "standby">;

function decode(row: Row): Unkeyed {
  const sender = {
    applicationName: decodeLabel(row, "application_name"),
    clientAddress: decodeLabel(row, "client_addr"),
    slot: decodeLabel(row, "slot_name"),
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
    writeLagSeconds: lagOf(row, "write"),
    flushLagSeconds: lagOf(row, "flush"),
    replayLagSeconds: lagOf(row, "replay"),
    replyAgeSeconds: decodeNumber(row, "reply_age"),
    backendStartUnixSeconds: decodeNumber(row, "backend_start"),
    xminAgeTransactions: decodeNumber(row, "xmin_age"),
  };
  return { ...sender, kind: kindOf(sender, decodeText(row, "slot_type")) };
}

/**
 * PostgreSQL gives `pg_receivewal` and base backups, which never replay, a `replay_lag` equal to the lag of their
 * last report (seen on 15): a lag is taken only for a stage whose position was reported.
 */
function lagOf(row: Row, stage: "write" | "flush" | "replay"): number | null {
  return decodeLsn(row, `${stage}_lsn`) === null ? null : decodeNumber(row, `${stage}_lag`);
}

/**
 * A standby always reports what it replayed, `pg_receivewal` never does; before the first report, and for the WAL
 * stream of a base backup, only the program's name tells.
 */
function kindOf(
  sender: Pick<SenderFact, "applicationName" | "slot" | "state" | "writePosition" | "replayPosition">,
  slotType: string | null,
): SenderKind {
  if (slotType === "logical") return "logical";
  if (sender.state === "backup") return "backup";
  if (sender.replayPosition !== null) return "standby";
  if (sender.applicationName === "pg_basebackup" || sender.slot.startsWith("pg_basebackup_")) return "backup";
  if (sender.writePosition !== null || sender.applicationName === "pg_receivewal") return "receivewal";
  return "standby";
}

function withKeys(senders: readonly Unkeyed[]): readonly SenderFact[] {
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

const IDENTITY = ["standby", "client_addr", "slot"];
const define = (name: string, help: string, ...labels: readonly string[]): FamilyDefinition =>
  defineFamily(`sender_${name}`, { help, labels: [...IDENTITY, ...labels] });

const info = define(
  "info",
  "What is at the other end (standby, receivewal, backup, logical), its user and application name " +
    "(pg_stat_replication.usename, application_name); always 1.",
  "kind",
  "user",
  "application_name",
);
const state = define(
  "state",
  "Whether the sender is in this state, 0 or 1 (pg_stat_replication.state).",
  "state",
);
const syncState = define(
  "sync_state",
  "Whether the standby has this synchronous state, 0 or 1 (pg_stat_replication.sync_state).",
  "sync_state",
);
const syncPriority = define(
  "sync_priority",
  "Priority for being chosen as the synchronous standby, 0 when asynchronous (pg_stat_replication.sync_priority).",
);
const lagBytes = define(
  "lag_bytes",
  "Bytes of WAL between this server's own position (written, or furthest received or replayed when cascading) and " +
    "what was sent, written, flushed or replayed there (pg_stat_replication.sent_lsn, write_lsn, flush_lsn, " +
    "replay_lsn); negative when that is ahead.",
  "stage",
);
const lagSeconds = define(
  "lag_seconds",
  "Seconds from flushing recent WAL here until it was known to be written, flushed or replayed there " +
    "(pg_stat_replication.write_lag, flush_lag, replay_lag); absent when idle or frozen.",
  "stage",
);
const replyAge = define(
  "reply_age_seconds",
  "Seconds since the last reply was sent, by the clocks of both hosts (pg_stat_replication.reply_time).",
);
const backendStart = define(
  "backend_start_timestamp_seconds",
  "When it connected, Unix seconds of this server's clock (pg_stat_replication.backend_start).",
);
const xminAge = define(
  "xmin_age_transactions",
  "Age in transactions of the oldest one it holds back from vacuum (pg_stat_replication.backend_xmin).",
);

function labelsOf(sender: SenderFact): Readonly<Record<string, string>> {
  return {
    standby: sender.standby,
    client_addr: sender.clientAddress,
    slot: slotLabel(sender.slot, sender.pid),
  };
}

function bytesBehind(sender: SenderFact, position: Lsn | null): number | null {
  if (sender.serverPosition === null || position === null) return null;
  return lsnDistanceBytes(sender.serverPosition, position);
}

/** Reads the WAL senders. */
export const senders: Collector<"senders"> = {
  name: "senders",
  help: "State and lag of each connection that takes WAL from the server",
  roles: ["primary", "standby"],
  right: "pg_read_all_stats",
  statements,
  families: [
    info,
    state,
    syncState,
    syncPriority,
    lagBytes,
    lagSeconds,
    replyAge,
    backendStart,
    xminAge,
  ],
  async *collect(context) {
    const read: Unkeyed[] = [];
    for await (const sender of readFacts(context, { statements, decode })) read.push(sender);
    yield* withKeys(read);
  },
  *measure(facts, serverLabels) {
    for (const sender of facts) {
      // Without pg_read_all_stats only names are there: too little to say what kind of sender it is.
      if (sender.state === null) continue;
      const labels = { ...serverLabels, ...labelsOf(sender) };
      const { kind, user, applicationName } = sender;
      yield* measure(info, { ...labels, kind, user, application_name: applicationName }, 1);
      yield* measureStates(
        state,
        labels,
        ["startup", "catchup", "streaming", "backup", "stopping"],
        sender.state,
      );
      yield* measureStates(syncState, labels, ["async", "potential", "sync", "quorum"], sender.syncState);
      yield* measure(syncPriority, labels, sender.syncPriority);
      yield* measure(lagBytes, { ...labels, stage: "sent" }, bytesBehind(sender, sender.sentPosition));
      yield* measure(lagBytes, { ...labels, stage: "write" }, bytesBehind(sender, sender.writePosition));
      yield* measure(lagBytes, { ...labels, stage: "flush" }, bytesBehind(sender, sender.flushPosition));
      yield* measure(lagBytes, { ...labels, stage: "replay" }, bytesBehind(sender, sender.replayPosition));
      yield* measure(lagSeconds, { ...labels, stage: "write" }, sender.writeLagSeconds);
      yield* measure(lagSeconds, { ...labels, stage: "flush" }, sender.flushLagSeconds);
      yield* measure(lagSeconds, { ...labels, stage: "replay" }, sender.replayLagSeconds);
      yield* measure(replyAge, labels, sender.replyAgeSeconds);
      yield* measure(backendStart, labels, sender.backendStartUnixSeconds);
      yield* measure(xminAge, labels, sender.xminAgeTransactions);
    }
  },
};
