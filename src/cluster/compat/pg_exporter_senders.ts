import type { SenderFact } from "../../domain/facts.ts";
import type { Lsn } from "../../domain/lsn.ts";
import { type CompatFamily, type CompatTable, defineCompat, momentOf, rowsOf } from "./compat_table.ts";

/** pg_exporter's codes for states of senders, used for those of receivers too, most of which are -1 therefore. */
export const STATE_CODES = ["streaming", "startup", "catchup", "backup", "stopping", "connecting"];
const SYNC_STATE_CODES = ["async", "potential", "sync", "quorum"];

/** An address as `inet::text` writes it. */
function inetText(address: string): string {
  if (address === "") return "localhost";
  return `${address}/${address.includes(":") ? 128 : 32}`;
}

function diffOf(position: "sentPosition" | "writePosition" | "flushPosition" | "replayPosition") {
  return (sender: SenderFact): Lsn | null => {
    const [server, client] = [sender.serverPosition, sender[position]];
    return server === null || client === null ? null : server - client;
  };
}

/** NULL is 0 for a client that has everything, and otherwise unknown: theirs is 0 in both. */
function lagOfStage(stage: "write" | "flush" | "replay") {
  const diff = diffOf(`${stage}Position`);
  return (sender: SenderFact): number | null => {
    const missing = diff(sender);
    return sender[`${stage}LagSeconds`] ?? (missing !== null && missing <= 0n ? 0 : null);
  };
}

const SENDER_FAMILIES: Readonly<Record<string, CompatFamily<SenderFact>>> = {
  pg_repl_state: [
    "gauge",
    "Current WAL sender encoded state 0-4 for streaming|startup|catchup|backup|stopping",
    ({ state }) => STATE_CODES.indexOf(state ?? ""),
  ],
  pg_repl_sync_state: [
    "gauge",
    "Encoded synchronous state of this standby server, 0-3 for async|potential|sync|quorum",
    ({ syncState }) => SYNC_STATE_CODES.indexOf(syncState ?? ""),
  ],
  pg_repl_sync_priority: [
    "gauge",
    "Priority of this standby server for being chosen as the synchronous standby",
    ({ syncPriority }) => syncPriority,
  ],
  pg_repl_lsn: ["counter", "Current log position on this server", ({ serverPosition }) => serverPosition],
  pg_repl_sent_diff: [
    "gauge",
    "Last log position sent to this standby server diff with current lsn",
    diffOf("sentPosition"),
  ],
  pg_repl_write_diff: [
    "gauge",
    "Last log position written to disk by this standby server diff with current lsn",
    diffOf("writePosition"),
  ],
  pg_repl_flush_diff: [
    "gauge",
    "Last log position flushed to disk by this standby server diff with current lsn",
    diffOf("flushPosition"),
  ],
  pg_repl_replay_diff: [
    "gauge",
    "Last log position replayed into the database on this standby server diff with current lsn",
    diffOf("replayPosition"),
  ],
  pg_repl_sent_lsn: [
    "counter",
    "Last write-ahead log location sent on this connection",
    ({ sentPosition }) => sentPosition,
  ],
  pg_repl_write_lsn: [
    "counter",
    "Last write-ahead log location written to disk by this standby server",
    ({ writePosition }) => writePosition,
  ],
  pg_repl_flush_lsn: [
    "counter",
    "Last write-ahead log location flushed to disk by this standby server",
    ({ flushPosition }) => flushPosition,
  ],
  pg_repl_replay_lsn: [
    "counter",
    "Last write-ahead log location replayed into the database on this standby server",
    ({ replayPosition }) => replayPosition,
  ],
  pg_repl_write_lag: [
    "gauge",
    "Time elapsed between flushing recent WAL locally and receiving notification that this standby server has written it",
    lagOfStage("write"),
  ],
  pg_repl_flush_lag: [
    "gauge",
    "Time elapsed between flushing recent WAL locally and receiving notification that this standby server has written " +
    "and flushed it",
    lagOfStage("flush"),
  ],
  pg_repl_replay_lag: [
    "gauge",
    "Time elapsed between flushing recent WAL locally and receiving notification that this standby server has written, " +
    "flushed and applied it",
    lagOfStage("replay"),
  ],
  pg_repl_time: ["counter", "Current timestamp in unix epoch", (_, server) => momentOf(server, 0)],
  pg_repl_launch_time: [
    "counter",
    "Time when this process was started, i.e., when the client connected to this WAL sender",
    ({ backendStartUnixSeconds }) => backendStartUnixSeconds,
  ],
  pg_repl_reply_time: [
    "gauge",
    "Send time of last reply message received from standby server",
    ({ replyAgeSeconds }, server) => momentOf(server, replyAgeSeconds),
  ],
};

/** Its metrics of WAL senders, `pg_repl_`. */
export const senderMetrics: CompatTable = defineCompat<SenderFact>({
  rows: (server) => rowsOf("senders")(server).filter(({ state }) => state !== null),
  labels: {
    appname: ({ applicationName }) => applicationName,
    usename: ({ user }) => user,
    address: ({ clientAddress }) => inetText(clientAddress),
    pid: ({ pid }) => String(pid),
  },
  families: SENDER_FAMILIES,
});
