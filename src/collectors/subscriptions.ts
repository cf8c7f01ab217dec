import type { OpenTransaction, SubscriptionFact, TableCopyFact } from "../domain/facts.ts";
import {
  decodeBoolean,
  decodeLabel,
  decodeLsn,
  decodeNumber,
  decodeText,
  requireBoolean,
  requireNumber,
  requireText,
  type Row,
} from "../postgres/decode.ts";
import { type Collector, defineCollector, type VersionedSql } from "./collector.ts";
import { numberTwin } from "./series_key.ts";

/** Kinds of conflicts (18+): the columns `confl_…` of `pg_stat_subscription_stats`. */
const CONFLICTS = [
  "insert_exists",
  "update_origin_differs",
  "update_exists",
  "update_missing",
  "delete_origin_differs",
  "delete_missing",
  "multiple_unique_conflicts",
] as const;

/** What the majors have in common is written once; `null` stands for what a major lacks. */
function selectSubscriptions(
  { oid = "subscription.oid", leader = "NULL::int", copies = true, stats = [], columns }: {
    /** The OID of a subscription: 13 does not let the role read it. */
    readonly oid?: string;
    readonly leader?: string;
    readonly copies?: boolean;
    /** Columns of `pg_stat_subscription_stats`. */
    readonly stats?: readonly string[];
    /** Columns of `pg_subscription`, and their values. */
    readonly columns: Readonly<Record<string, string>>;
  },
): string {
  const own = ["substream", "subdisableonerr", "subtwophasestate", "suborigin", "subfailover"]
    .map((name) => `${columns[name] ?? "NULL"} AS ${name}`).join(", ");
  const counters = ["apply_error_count", "sync_error_count", ...CONFLICTS.map((each) => `confl_${each}`)]
    .map((name) => `${stats.includes(name) ? `stats.${name}` : "NULL"} AS ${name}`).join(", ");
  return `
WITH worker AS MATERIALIZED (SELECT * FROM pg_catalog.pg_stat_get_subscription(NULL)),
backend AS MATERIALIZED (SELECT * FROM pg_catalog.pg_stat_get_activity(NULL)),
own AS MATERIALIZED (SELECT ${oid} AS oid, subname, subdbid, subenabled, subslotname, subpublications, ${own}
  FROM pg_catalog.pg_subscription AS subscription)
SELECT own.oid, subname, subenabled, subslotname,
  (SELECT datname FROM pg_catalog.pg_database WHERE oid = subdbid) AS database,
  pg_catalog.array_to_string(subpublications, E'\\n') AS publications,
  substream, subdisableonerr, subtwophasestate, suborigin, subfailover,
  worker.pid, worker.relid, ${leader} AS leader_pid, worker.received_lsn, worker.latest_end_lsn,
  EXTRACT(epoch FROM pg_catalog.clock_timestamp() - worker.last_msg_receipt_time) AS message_age,
  EXTRACT(epoch FROM pg_catalog.clock_timestamp() - backend.backend_start) AS worker_age,
  backend.wait_event_type, backend.wait_event,
  blocker.name AS blocker, blocker.is_prepared, blocker.database AS blocker_database,
  pg_catalog.pg_get_userbyid(blocker.owner) AS blocker_user, blocker.application_name AS blocker_application,
  EXTRACT(epoch FROM pg_catalog.clock_timestamp() - blocker.since) AS blocker_age,
  ${
    copies
      ? "progress.tuples_processed, progress.bytes_processed"
      : "NULL AS tuples_processed, NULL AS bytes_processed"
  },
  ${counters},
  CASE WHEN subdbid = (SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database())
    THEN (SELECT pg_catalog.string_agg(srsubstate::pg_catalog.text || ' ' || tables, ' ')
      FROM (SELECT srsubstate, pg_catalog.count(*) AS tables FROM pg_catalog.pg_subscription_rel
        WHERE srsubid = own.oid GROUP BY srsubstate) AS state) END AS tables,
  subdbid = (SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database()) AS is_here,
  (SELECT pg_catalog.count(*) FROM worker) AS running_workers,
  (SELECT pg_catalog.count(*) FROM backend WHERE backend_type NOT IN ('client backend', 'walsender', 'walreceiver',
      'checkpointer', 'background writer', 'walwriter', 'autovacuum launcher', 'autovacuum worker', 'startup', 'archiver',
      'logger', 'walsummarizer', 'slotsync worker', 'io worker')) AS background_workers,
  pg_catalog.current_setting('max_logical_replication_workers') AS max_logical_workers,
  pg_catalog.current_setting('max_sync_workers_per_subscription') AS max_sync_workers,
  pg_catalog.current_setting('max_worker_processes') AS max_worker_processes
FROM own
LEFT JOIN worker ON worker.subid = own.oid
LEFT JOIN backend ON backend.pid = worker.pid
LEFT JOIN LATERAL (SELECT pg_catalog.pg_blocking_pids(worker.pid) AS pids
  WHERE backend.wait_event_type = 'Lock') AS blocking ON true
LEFT JOIN LATERAL (
  SELECT pid::pg_catalog.text AS name, false AS is_prepared, NULL AS database, usesysid AS owner, application_name,
    xact_start AS since
  FROM backend AS holder WHERE holder.pid = ANY (blocking.pids)
  UNION ALL
  SELECT gid, true, (SELECT datname FROM pg_catalog.pg_database WHERE oid = dbid), ownerid, NULL, prepared
  FROM pg_catalog.pg_prepared_xact() WHERE 0 = ANY (blocking.pids) AND transaction::pg_catalog.text IN (
    SELECT own.transactionid::pg_catalog.text FROM pg_catalog.pg_lock_status() AS wanted
    JOIN pg_catalog.pg_lock_status() AS held ON held.pid IS NULL AND held.locktype = wanted.locktype AND held.database IS NOT DISTINCT FROM wanted.database
      AND held.relation IS NOT DISTINCT FROM wanted.relation
      AND held.transactionid IS NOT DISTINCT FROM wanted.transactionid
    JOIN pg_catalog.pg_lock_status() AS own ON own.pid IS NULL AND own.locktype = 'transactionid'
      AND own.virtualtransaction = held.virtualtransaction
    WHERE wanted.pid = worker.pid AND NOT wanted.granted)
  ORDER BY since LIMIT 1
) AS blocker ON true${
    copies ? "\nLEFT JOIN pg_catalog.pg_stat_progress_copy AS progress ON progress.pid = worker.pid" : ""
  }${
    stats.length === 0
      ? ""
      : "\nLEFT JOIN LATERAL pg_catalog.pg_stat_get_subscription_stats(own.oid) AS stats ON true"
  }
ORDER BY database, subname, worker.relid NULLS FIRST`;
}

const COLUMNS_14 = { substream: "substream" };
const COLUMNS_15 = {
  ...COLUMNS_14,
  subdisableonerr: "subdisableonerr",
  subtwophasestate: "subtwophasestate",
};
const COLUMNS_16 = { ...COLUMNS_15, suborigin: "suborigin" };
const COLUMNS_17 = { ...COLUMNS_16, subfailover: "subfailover" };
const ERRORS = ["apply_error_count", "sync_error_count"];
const LEADER = "worker.leader_pid";

const STATEMENTS: readonly VersionedSql[] = [
  {
    until: 140000,
    sql: selectSubscriptions({
      oid:
        `(SELECT pg_catalog.min(subid::pg_catalog.int8)::pg_catalog.oid FROM pg_catalog.pg_stat_subscription AS named
    WHERE named.subname = subscription.subname HAVING pg_catalog.count(DISTINCT subid) = 1)`,
      copies: false,
      columns: {},
    }),
  },
  { from: 140000, until: 150000, sql: selectSubscriptions({ columns: COLUMNS_14 }) },
  { from: 150000, until: 160000, sql: selectSubscriptions({ stats: ERRORS, columns: COLUMNS_15 }) },
  {
    from: 160000,
    until: 170000,
    sql: selectSubscriptions({ stats: ERRORS, columns: COLUMNS_16, leader: LEADER }),
  },
  {
    from: 170000,
    until: 180000,
    sql: selectSubscriptions({ stats: ERRORS, columns: COLUMNS_17, leader: LEADER }),
  },
  {
    from: 180000,
    sql: selectSubscriptions({
      stats: [...ERRORS, ...CONFLICTS.map((each) => `confl_${each}`)],
      columns: COLUMNS_17,
      leader: LEADER,
    }),
  },
];

/** `substream`: a boolean before 16, `f`, `t` or `p` since. */
function decodeStreaming(substream: string | null): SubscriptionFact["streaming"] {
  if (substream === null) return null;
  return substream === "p" ? "parallel" : substream === "t" ? "on" : "off";
}

function decodeBlocker(row: Row): OpenTransaction | null {
  const by = decodeText(row, "blocker");
  return by === null ? null : {
    by,
    isPrepared: decodeBoolean(row, "is_prepared") === true,
    database: decodeLabel(row, "blocker_database"),
    user: decodeLabel(row, "blocker_user"),
    applicationName: decodeLabel(row, "blocker_application"),
    seconds: decodeNumber(row, "blocker_age"),
  };
}

function decodeCopy(row: Row): TableCopyFact {
  return {
    table: requireText(row, "relid"),
    rows: decodeNumber(row, "tuples_processed"),
    bytes: decodeNumber(row, "bytes_processed"),
    seconds: decodeNumber(row, "worker_age"),
    blockedBy: decodeBlocker(row),
  };
}

function decodeTables(row: Row): SubscriptionFact["tables"] {
  if (decodeBoolean(row, "is_here") !== true) return null;
  const words = decodeLabel(row, "tables").split(" ").filter((word) => word !== "");
  return Object.fromEntries(
    words.flatMap((word, index) => index % 2 === 0 ? [[word, Number(words[index + 1])] as const] : []),
  );
}

/** Its rows: one for each worker, or one without a worker. */
function decodeSubscription(rows: readonly Row[], first: Row, taken: Set<string>): SubscriptionFact {
  const isHelper = (row: Row) => row["relid"] !== null || row["leader_pid"] !== null;
  const main = rows.find((row) => !isHelper(row)) ?? null;
  const apply = <T>(decode: (row: Row, column: string) => T | null, column: string): T | null =>
    main === null ? null : decode(main, column);
  const name = requireText(first, "subname");
  const publications = decodeLabel(first, "publications");
  return {
    subscription: numberTwin(name, taken),
    name,
    oid: decodeText(first, "oid"),
    database: decodeLabel(first, "database"),
    enabled: requireBoolean(first, "subenabled"),
    slot: decodeLabel(first, "subslotname"),
    publications: publications === "" ? [] : publications.split("\n"),
    streaming: decodeStreaming(decodeText(first, "substream")),
    disablesOnError: decodeBoolean(first, "subdisableonerr"),
    twoPhase: decodeText(first, "subtwophasestate") === null ? null : first["subtwophasestate"] !== "d",
    origin: decodeText(first, "suborigin"),
    failover: decodeBoolean(first, "subfailover"),
    workerPid: apply(decodeNumber, "pid"),
    workerSeconds: apply(decodeNumber, "worker_age"),
    receivedPosition: apply(decodeLsn, "received_lsn"),
    latestEndPosition: apply(decodeLsn, "latest_end_lsn"),
    lastMessageAgeSeconds: apply(decodeNumber, "message_age"),
    waitEventType: apply(decodeText, "wait_event_type"),
    waitEvent: apply(decodeText, "wait_event"),
    blockedBy: rows.filter((row) => row["relid"] === null).map(decodeBlocker).find((each) => each !== null) ??
      null,
    parallelWorkers: rows.filter((row) => row["leader_pid"] !== null).length,
    copies: rows.filter((row) => row["relid"] !== null).map(decodeCopy),
    tables: decodeTables(first),
    applyErrorsTotal: decodeNumber(first, "apply_error_count"),
    syncErrorsTotal: decodeNumber(first, "sync_error_count"),
    conflictsTotal: Object.fromEntries(CONFLICTS.flatMap((each) => {
      const total = decodeNumber(first, `confl_${each}`);
      return total === null ? [] : [[each, total] as const];
    })),
    runningWorkers: requireNumber(first, "running_workers"),
    maxLogicalWorkers: requireNumber(first, "max_logical_workers"),
    maxSyncWorkers: requireNumber(first, "max_sync_workers"),
    runningBackgroundWorkers: decodeNumber(first, "background_workers"),
    maxWorkerProcesses: requireNumber(first, "max_worker_processes"),
  };
}

/**
 * Reads the subscriptions of all databases: `pg_subscription` is shared, and every role may read all of it but the connection
 * string. Their workers are rows of `pg_stat_subscription`: one that applies, some that copy a table (with `relid`) or apply in
 * parallel (with `leader_pid`, 16+).
 *
 * It reads the functions under `pg_stat_subscription` and `pg_stat_subscription_stats`. Who blocks a worker is asked only
 * of one that waits for a lock; `pg_blocking_pids()` has 0 for each prepared transaction: its locks, with that on its own ID among them, have no process.
 */
export const subscriptions: Collector<"subscriptions"> = defineCollector({
  name: "subscriptions",
  help: "Subscriptions: whether they are enabled, their workers, errors and conflicts",
  roles: ["primary"],
  applies: ({ hasSubscriptions, inRecovery }) => hasSubscriptions ?? !inRecovery,
  needs: [
    "pg_subscription",
    "pg_stat_get_subscription",
    "current_setting",
    "current_database",
    "pg_database",
  ],
  sql: STATEMENTS,
  decodeAll: (rows) => {
    const taken = new Set<string>();
    const grouped = Map.groupBy(rows, (row) => `${row["database"]}\n${row["subname"]}`);
    return [...grouped.values()].flatMap((own) =>
      own.slice(0, 1).map((first) => decodeSubscription(own, first, taken))
    );
  },
  key: { subscription: (fact) => fact.subscription },
  families: {
    pgrepl_subscription_enabled: {
      help: "Whether the subscription is enabled, 0 or 1 (pg_subscription.subenabled).",
      value: (fact) => fact.enabled,
    },
    pgrepl_subscription_workers: {
      help:
        "Workers of the subscription that run, by kind: apply, parallel, table_copy (pg_stat_subscription).",
      label: "worker",
      values: (fact) => ({
        apply: fact.workerPid === null ? 0 : 1,
        parallel: fact.parallelWorkers,
        table_copy: fact.copies.length,
      }),
    },
    pgrepl_subscription_message_age_seconds: {
      help: "Seconds since the apply worker received its last message, by the subscriber's clock " +
        "(pg_stat_subscription.last_msg_receipt_time).",
      value: (fact) => fact.lastMessageAgeSeconds,
    },
    pgrepl_subscription_errors_total: {
      help:
        "Errors of the subscription's workers by kind: apply (lost connections among them) and sync, the initial copy " +
        "(pg_stat_subscription_stats.apply_error_count, sync_error_count, PostgreSQL 15 and later).",
      label: "kind",
      values: (fact) => ({ apply: fact.applyErrorsTotal, sync: fact.syncErrorsTotal }),
    },
    pgrepl_subscription_conflicts_total: {
      help: "Conflicts of applied changes with rows of the subscriber, by kind " +
        "(pg_stat_subscription_stats.confl_*, PostgreSQL 18 and later).",
      label: "kind",
      values: (fact) => fact.conflictsTotal,
    },
    pgrepl_subscription_blocked_seconds: {
      help:
        "How long the transaction has been open that holds the lock for which the apply worker waits; absent when it " +
        "waits for none (pg_stat_activity.wait_event_type, pg_blocking_pids(), xact_start).",
      value: (fact) => fact.blockedBy?.seconds,
    },
    pgrepl_logical_workers: {
      help:
        "Workers for logical replication that run on the server, of all subscriptions (pg_stat_subscription).",
      total: ([fact]) => fact?.runningWorkers,
    },
    pgrepl_logical_workers_limit: {
      help: "Limit of pgrepl_logical_workers (setting max_logical_replication_workers).",
      total: ([fact]) => fact?.maxLogicalWorkers,
    },
  },
});
