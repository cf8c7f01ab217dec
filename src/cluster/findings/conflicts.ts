/**
 * Queries on standbys against replay there, and against vacuum on the primary.
 *
 * @module
 */
import { formatSeconds } from "../../domain/quantities.ts";
import type { Check } from "./check.ts";
import { freshRow, freshRows, placeOfStandby, serverNamed } from "./view_queries.ts";
import { quoteText } from "../../domain/sql_text.ts";

/** From here on dead rows that cannot be removed are felt, transactions. */
const OLD_XMIN_TRANSACTIONS = 10_000_000;
/** A quarter of the way to a shutdown against wraparound, transactions. */
const VERY_OLD_XMIN_TRANSACTIONS = 500_000_000;
/** A query this long is worth a look, seconds. */
const LONG_QUERY_SECONDS = 3600;

const replayConflict: Check = {
  name: "replay_conflict",
  title: "No query on a standby holds replay up",
  looksAt: "the standby's replay position, pg_stat_activity and pg_stat_database_conflicts there",
  reads: ["server"],
  severities: ["warning"],
  meaning: "Replay waits for a query that needs rows or locks which the primary has let go of.",
  remedy: "End the query, or lower max_standby_streaming_delay.",
  *find(view) {
    for (const standby of view.standbys) {
      if (standby.reason !== "conflict") continue;
      const server = serverNamed(view, standby.name);
      const oldest = server === null ? null : freshRow(server, "activity")?.oldestSnapshotSeconds ?? null;
      const settings = server === null ? null : freshRow(server, "settings");
      yield {
        severity: "warning",
        ...placeOfStandby(standby),
        summary: `Replay on standby "${standby.name}" waits for a query`,
        evidence: [
          standby.reasonText,
          oldest === null ? "" : `the oldest snapshot is ${formatSeconds(oldest)} old`,
          settings === null
            ? ""
            : `max_standby_streaming_delay = ${
              settings.maxStandbyStreamingDelaySeconds === null
                ? "-1 (for ever)"
                : formatSeconds(settings.maxStandbyStreamingDelaySeconds)
            }`,
        ].filter((text) => text !== "").join("; ") || "replay stands still while WAL waits",
        advice:
          `On "${standby.name}": SELECT pid, now() - xact_start, query FROM pg_stat_activity WHERE backend_xmin IS NOT NULL ` +
          "ORDER BY xact_start; end it with SELECT pg_terminate_backend(pid), or lower max_standby_streaming_delay and reload",
      };
    }
  },
};

const queriesCancelled: Check = {
  name: "queries_cancelled",
  title: "Replay cancels no queries on standbys",
  looksAt: "pg_stat_database_conflicts over the last ten minutes, hot_standby_feedback",
  reads: ["conflicts", "recovery"],
  severities: ["warning", "info"],
  meaning:
    "Queries on a standby failed because replay needed what they held; info when hot_standby_feedback is on already.",
  remedy:
    "Turn hot_standby_feedback on, or raise max_standby_streaming_delay on standbys that are for reading.",
  *find(view, { cancelledRecently }) {
    for (const server of view.servers) {
      const cancelled = cancelledRecently.get(server.server) ?? 0;
      const recovery = freshRow(server, "recovery");
      if (cancelled === 0 || recovery === null) continue;
      const causes = (freshRows(server, "conflicts") ?? []).filter(({ total }) => total > 0)
        .map(({ cause, total }) => `${cause} ${total}`);
      yield {
        severity: recovery.hotStandbyFeedback ? "info" : "warning",
        server: server.server,
        subject: "",
        summary: `Replay on "${server.server}" cancelled ${cancelled} ${
          cancelled === 1 ? "query" : "queries"
        } lately`,
        evidence:
          `${cancelled} in the last ten minutes; since the statistics were reset: ${causes.join(", ")}; ` +
          `hot_standby_feedback = ${recovery.hotStandbyFeedback ? "on" : "off"}`,
        advice: recovery.hotStandbyFeedback
          ? "Feedback does not help against locks and dropped tablespaces: avoid DDL and VACUUM FULL while reports run, or raise max_standby_streaming_delay"
          : `On "${server.server}": ALTER SYSTEM SET hot_standby_feedback = on; SELECT pg_reload_conf(); or raise ` +
            "max_standby_streaming_delay: the first costs dead rows on the primary, the second lag",
      };
    }
  },
};

const oldXmin: Check = {
  name: "old_xmin",
  title: "No standby or slot keeps the primary from removing dead rows for long",
  looksAt: "backend_xmin in pg_stat_replication, xmin and catalog_xmin in pg_replication_slots",
  reads: ["senders", "slots"],
  severities: ["critical", "warning"],
  meaning:
    "A query on a standby with hot_standby_feedback, or a slot that nobody reads, holds back vacuum on the primary: " +
    "tables bloat, and in the end the server stops against wraparound. From 10 million transactions, critical from 500 million.",
  remedy: "End the long query on the standby, or drop the slot.",
  *find(view) {
    for (const server of view.servers) {
      const holders = new Map<string, { readonly age: number; readonly advice: string }>();
      for (const row of freshRows(server, "senders") ?? []) {
        holders.set(row.standby, {
          age: row.xminAgeTransactions ?? 0,
          advice:
            `On the standby: SELECT pid, now() - xact_start, query FROM pg_stat_activity WHERE backend_xmin IS NOT NULL ` +
            "ORDER BY xact_start; end the oldest with SELECT pg_terminate_backend(pid), or set hot_standby_feedback = off there",
        });
      }
      for (const slot of freshRows(server, "slots") ?? []) {
        const age = Math.max(slot.xminAgeTransactions ?? 0, slot.catalogXminAgeTransactions ?? 0);
        holders.set(`slot ${slot.slot}`, {
          age,
          advice: slot.active
            ? "End the long query on its standby (pg_stat_activity there, backend_xmin), or let its subscriber confirm what it has read"
            : `Bring its consumer back, or: SELECT pg_drop_replication_slot(${quoteText(slot.slot)})`,
        });
      }
      for (const [holder, { age, advice }] of holders) {
        if (age < OLD_XMIN_TRANSACTIONS) continue;
        yield {
          severity: age >= VERY_OLD_XMIN_TRANSACTIONS ? "critical" : "warning",
          server: server.server,
          subject: holder,
          summary: `Vacuum on "${server.server}" is held back by ${
            holder.startsWith("slot ") ? holder : `standby "${holder}"`
          }`,
          evidence: `it holds rows needed ${age} transactions ago`,
          advice,
        };
      }
    }
  },
};

const longQuery: Check = {
  name: "long_query",
  title: "No standby runs a query for hours that holds something up",
  looksAt: "pg_stat_activity on the standby, hot_standby_feedback, max_standby_streaming_delay",
  reads: ["activity", "recovery", "settings"],
  severities: ["warning"],
  meaning:
    "A query of over an hour either holds back vacuum on the primary (hot_standby_feedback on), or may hold replay " +
    "up without end (max_standby_streaming_delay = -1).",
  remedy: "End it, or run it where it harms nobody.",
  *find(view) {
    for (const server of view.servers) {
      const oldest = freshRow(server, "activity")?.oldestSnapshotSeconds ?? null;
      const recovery = freshRow(server, "recovery");
      const settings = freshRow(server, "settings");
      if (oldest === null || oldest < LONG_QUERY_SECONDS || recovery === null || settings === null) continue;
      const waitsForEver = settings.maxStandbyStreamingDelaySeconds === null;
      if (!recovery.hotStandbyFeedback && !waitsForEver) continue;
      yield {
        severity: "warning",
        server: server.server,
        subject: "",
        summary: `A transaction on standby "${server.server}" has run for ${formatSeconds(oldest)}`,
        evidence:
          `hot_standby_feedback = ${
            recovery.hotStandbyFeedback ? "on: vacuum on the primary waits for it" : "off"
          }` +
          (waitsForEver ? "; max_standby_streaming_delay = -1: replay may wait for it for ever" : ""),
        advice:
          `On "${server.server}": SELECT pid, usename, query FROM pg_stat_activity WHERE backend_xmin IS NOT NULL ORDER BY ` +
          "xact_start LIMIT 1; end it: SELECT pg_terminate_backend(pid); against the next one set statement_timeout for its role",
      };
    }
  },
};

/** Queries on standbys. */
export const conflictChecks: readonly Check[] = [replayConflict, oldXmin, queriesCancelled, longQuery];
