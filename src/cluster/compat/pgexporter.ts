import type { ArchiverFact, ReceiverFact, SlotFact } from "../../domain/facts.ts";
import type { ServerView } from "../../domain/view.ts";
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

/** The database in which it runs the queries of these metrics. */
const DATABASE = "postgres";

/** Threshold of its lag alert, seconds. */
const ALERT_LAG_SECONDS = 300;

/** It writes the text of a label with `_` for `.`, and `n/a` for none. */
function attribute(text: string): string {
  return text === "" ? "n/a" : text.replace(/\.$/, "").replaceAll(".", "_");
}

const ownNameOf = (_: unknown, server: ServerView) => server.server;

const OF_SERVER = { server: ownNameOf, database: () => DATABASE };

function streamingByApplication(
  server: ServerView,
): readonly { readonly application: string; readonly count: number }[] {
  const streaming = rowsOf("senders")(server).filter(({ state }) => state === "streaming");
  const groups = Map.groupBy(streaming, ({ applicationName }) => attribute(applicationName));
  return [...groups].map(([application, senders]) => ({ application, count: senders.length }));
}

/** One of its alerts, which it publishes as metrics with their own name and type as labels. */
function alertMetric(
  alert: string,
  { type = "query", help, value }: {
    readonly type?: string;
    readonly help: string;
    readonly value: (server: ServerView) => boolean | null;
  },
): CompatTable {
  return defineCompat({
    rows: itself,
    labels: { server: ownNameOf, alert: () => alert, type: () => type },
    families: { [`pgexporter_alert_${alert}`]: ["gauge", help, value] },
  });
}

function millisecondsOf(seconds: number | null): number | null {
  return seconds === null ? null : Math.round(seconds * 1000);
}

/** Replication metrics of pgexporter, after 0.8.0. */
export const pgexporter: readonly CompatTable[] = [
  defineCompat({
    rows: itself,
    labels: { server: ownNameOf },
    families: {
      pgexporter_postgresql_active: ["gauge", "The state of PostgreSQL", ({ up }) => up],
      pgexporter_postgresql_primary: ["gauge", "Is the PostgreSQL instance the primary", (server) => {
        const report = reportOf(server);
        return report === undefined ? null : !report.inRecovery;
      }],
    },
  }),
  defineCompat({
    rows: streamingByApplication,
    labels: {
      server: ownNameOf,
      application_name: ({ application }) => application,
      database: () => DATABASE,
    },
    families: {
      pgexporter_pg_stat_replication: [
        "gauge",
        "Number of streaming WAL connections per application.",
        ({ count }) => count,
      ],
    },
  }),
  defineCompat<SlotFact>({
    rows: rowsOf("slots"),
    labels: {
      server: ownNameOf,
      slot_name: ({ slot }) => attribute(slot),
      slot_type: ({ type }) => type,
      database: ({ database }) => attribute(database),
    },
    families: {
      pgexporter_pg_replication_slots_active: ["gauge", "Is the replication active", ({ active }) => active],
      pgexporter_pg_replication_slots_temporary: [
        "gauge",
        "Is the replication temporary",
        ({ temporary }) => temporary,
      ],
      pgexporter_pg_replication_slots_inactive_since_seconds: [
        "gauge",
        "Seconds since slot became inactive (-1 if active or NULL)",
        ({ inactiveSinceUnixSeconds: since }, server) => {
          const clock = momentOf(server, 0);
          return since === null || clock === null ? null : Math.round(clock - since);
        },
      ],
      pgexporter_pg_replication_slots_conflicting: [
        "gauge",
        "Is this slot conflicting with other slots",
        ({ conflicting }) => conflicting,
      ],
      pgexporter_pg_replication_slots_failover: [
        "gauge",
        "Is failover enabled for this slot",
        ({ failover }) => failover,
      ],
      pgexporter_pg_replication_slots_synced: [
        "gauge",
        "Is this slot synced from primary",
        ({ synced }) => synced,
      ],
    },
  }),
  defineCompat<ReceiverFact>({
    rows: (server) => rowsOf("receiver")(server).filter(({ status }) => status !== null),
    labels: {
      server: ownNameOf,
      slot_name: ({ slot }) => attribute(slot),
      status: ({ status }) => attribute(status ?? ""),
      sender_host: ({ senderHost }) => attribute(senderHost),
      database: () => DATABASE,
    },
    families: {
      pgexporter_pg_stat_walreceiver_written_lsn: [
        "counter",
        "Last WAL position written to disk.",
        ({ writtenPosition }) => writtenPosition,
      ],
      pgexporter_pg_stat_walreceiver_flushed_lsn: [
        "counter",
        "Last WAL position flushed to disk.",
        ({ flushedPosition }) => flushedPosition,
      ],
      pgexporter_pg_stat_walreceiver_received_tli: [
        "gauge",
        "Timeline of last WAL position received.",
        ({ receivedTimeline }) => receivedTimeline,
      ],
      pgexporter_pg_stat_walreceiver_last_msg_send_time: [
        "counter",
        "Epoch timestamp of last message sent by sender.",
        (fact, server) => momentOf(server, sinceSent(fact)),
      ],
      pgexporter_pg_stat_walreceiver_last_msg_receipt_time: [
        "counter",
        "Epoch timestamp of last message received.",
        ({ lastMessageAgeSeconds }, server) => momentOf(server, lastMessageAgeSeconds),
      ],
      pgexporter_pg_stat_walreceiver_latest_end_lsn: [
        "counter",
        "Latest WAL end position reported to sender.",
        ({ latestEndPosition }) => latestEndPosition,
      ],
      pgexporter_pg_stat_walreceiver_latest_end_time: [
        "counter",
        "Epoch timestamp of latest end position report.",
        ({ latestEndAgeSeconds }, server) => momentOf(server, latestEndAgeSeconds),
      ],
      pgexporter_pg_stat_walreceiver_sender_port: [
        "gauge",
        "Upstream sender port.",
        ({ senderPort }) => senderPort,
      ],
    },
  }),
  defineCompat<ReceiverFact>({
    rows: (server) => rowsOf("receiver")(server).filter(({ status }) => status !== null),
    labels: {
      server: ownNameOf,
      sender: ({ senderHost: host, senderPort }) =>
        attribute(host.startsWith("/") ? host : `${host}:${senderPort ?? ""}`),
      database: () => DATABASE,
    },
    families: {
      pgexporter_pg_wal_last_received: [
        "counter",
        "Time since last message received from WAL sender",
        (fact) => millisecondsOf(sinceSent(fact)),
      ],
    },
  }),
  defineCompat<ArchiverFact>({
    rows: rowsOf("archiver"),
    labels: OF_SERVER,
    families: {
      pgexporter_pg_stat_archiver_archived_count: [
        "counter",
        "Number of successful archived WAL files.",
        ({ archivedTotal }) => archivedTotal,
      ],
      pgexporter_pg_stat_archiver_success_time_elapsed_ms: [
        "counter",
        "Milliseconds since successful archived WAL file.",
        ({ lastArchivedAgeSeconds }) => millisecondsOf(lastArchivedAgeSeconds),
      ],
      pgexporter_pg_stat_archiver_failed_count: [
        "counter",
        "Number of failed archival operation on WAL files.",
        ({ failedTotal }) => failedTotal,
      ],
      pgexporter_pg_stat_archiver_failure_time_elapsed_ms: [
        "counter",
        "Milliseconds since last failed archival operation on WAL files.",
        ({ lastFailedAgeSeconds }) => millisecondsOf(lastFailedAgeSeconds),
      ],
    },
  }),
  alertMetric("postgresql_down", {
    type: "connection",
    help: "PostgreSQL server is unreachable",
    value: ({ up }) => !up,
  }),
  alertMetric("replication_lag", {
    help: "Replication lag exceeds threshold seconds",
    value: (server) => {
      const lag = lagOfServer(server);
      return lag === null ? null : lag > ALERT_LAG_SECONDS;
    },
  }),
  alertMetric("wal_receiver_down", {
    help: "WAL receiver is down on replica",
    value: (server) => {
      if (reportOf(server)?.inRecovery === false) return false;
      return server.connected === null ? null : !server.connected;
    },
  }),
  alertMetric("replication_slot_inactive", {
    help: "Replication slots exist but none are active",
    value: ({ up, facts }) => {
      if (!up || facts.slots === undefined) return null;
      return facts.slots.length > 0 && facts.slots.every(({ active }) => !active);
    },
  }),
];
