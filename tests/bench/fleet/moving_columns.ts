/** Columns of recorded rows that differ between simulated servers or move with the time. */
import { formatPosition, type SimCluster, type SimServer } from "./sim_cluster.ts";

/** Of which row of which server. */
export interface RowContext {
  /** The cluster. */
  readonly cluster: SimCluster;
  /** The server that answers. */
  readonly server: SimServer;
  /** The standby that the row is about; none of a slot of nobody and of a sample without senders; else the server itself. */
  readonly about: SimServer | null;
  /** Number of the row. */
  readonly index: number;
  /** Monotonic seconds. */
  readonly now: number;
}

/** The value of a column; a recorded NULL stays NULL. */
type Column = (context: RowContext) => string | null;

const own: Column = ({ cluster, server, now }) => formatPosition(cluster.positionOf(server, now));
const ofSubject: Column = ({ cluster, about, now }) =>
  formatPosition(about === null ? 0x3_0000_0000 : cluster.positionOf(about, now));
const slot: Column = ({ about, index }) => about?.name ?? `left_over_${index}`;
const timeline: Column = ({ cluster }) => String(cluster.timeline);
const wallSeconds: Column = () => (Date.now() / 1000).toFixed(6);
const isStreaming = ({ cluster, about }: RowContext) => about !== null && cluster.isStreaming(about);
const senderPid: Column = ({ about }) => about === null ? null : String(about.senderPid);
const reported: Column = (context) => context.about === null ? null : ofSubject(context);
const receiver: Column = ({ cluster, server }) =>
  cluster.isStreaming(server) ? String(server.senderPid) : null;

/** By statement and column. */
export const MOVING_COLUMNS: Readonly<Record<string, Readonly<Record<string, Column>>>> = {
  server: {
    system_identifier: ({ cluster }) => cluster.options.systemIdentifier,
    timeline,
    write_lsn: own,
    insert_lsn: own,
    flush_lsn: own,
    receive_lsn: own,
    replay_lsn: own,
    last_replayed_transaction: wallSeconds,
    clock: wallSeconds,
    // One start per server: two with the same start would be one server under two names.
    start: ({ server }) => `1790000000.${String(server.senderPid % 1000000).padStart(6, "0")}`,
    cluster_name: ({ server }) => server.name,
  },
  sample_standby: { position: own, replayed: own, pid: senderPid, receiver },
  sample_primary: { position: own, pid: senderPid },
  sample_reports: { position: own, pid: senderPid, flush_lsn: reported, replay_lsn: reported },
  senders: {
    pid: senderPid,
    application_name: slot,
    client_addr: ({ about }) => about?.address ?? null,
    slot_name: slot,
    sent_lsn: ofSubject,
    write_lsn: ofSubject,
    flush_lsn: ofSubject,
    replay_lsn: ofSubject,
    server_lsn: own,
  },
  slots: {
    slot_name: slot,
    active: (context) => isStreaming(context) ? "t" : "f",
    active_pid: (context) => isStreaming(context) ? String(context.about?.senderPid) : null,
    restart_lsn: ofSubject,
    server_lsn: own,
  },
  receiver: {
    slot_name: slot,
    sender_host: ({ cluster }) => cluster.primary.address,
    sender_port: ({ cluster }) => String(cluster.primary.port),
    received_tli: timeline,
    written_lsn: own,
    flushed_lsn: own,
    latest_end_lsn: ({ cluster, now }) => formatPosition(cluster.positionOf(cluster.primary, now)),
  },
  recovery: { primary_slot_name: slot },
  settings: {
    standby_name: slot,
    own_address: ({ server }) => server.address,
    own_port: ({ server }) => String(server.port),
  },
};
