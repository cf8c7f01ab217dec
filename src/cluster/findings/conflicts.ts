/**
 * Queries on standbys that conflict with replay there, or hold back vacuum on the primary.
 *
 * @module
 */
import { formatSeconds } from "../../domain/quantities.ts";
import { consumerOf } from "../../domain/slot.ts";
import type { ServerView, View } from "../../domain/view.ts";
import { type Check, type Diagnosis, joinEvidence, mayHaveStandbys, perRow, perStandby } from "./check.ts";
import { destructive } from "./destructive.ts";
import { adviseOnInactive, isCopying } from "./slot_consumers.ts";
import { distinctServers, fedByRow, freshRow, freshRows, serverNamed } from "./view_queries.ts";

/** From here on dead rows that cannot be removed are felt, transactions. */
const OLD_XMIN_TRANSACTIONS = 10_000_000;
/** A quarter of the way to a shutdown against wraparound, transactions. */
const VERY_OLD_XMIN_TRANSACTIONS = 500_000_000;
/** A query this long is worth a look, seconds. */
const LONG_QUERY_SECONDS = 3600;

/** Queries on standbys. */
export const conflictChecks: readonly Check[] = [
  {
    name: "replay_conflict",
    title: "No query on a standby blocks replay",
    looksAt: "the standby's replay position, pg_stat_activity and pg_stat_database_conflicts there",
    reads: ["server"],
    applies: mayHaveStandbys,
    severities: ["warning"],
    meaning: "Replay waits for a query that needs rows or locks which the primary has already released.",
    steps: [
      endTransaction({ where: "the standby", because: "Replay waits for as long as the query runs" }),
      "From the next conflict on, `max_standby_streaming_delay` on the standby limits the wait: a wait that has begun goes on whatever it is set to.",
    ],
    find: perStandby((standby, view) => {
      if (standby.reason !== "conflict") return null;
      const server = serverNamed(view, standby.name);
      const oldest = server === null ? null : freshRow(server, "activity")?.oldestSnapshotSeconds ?? null;
      const delay = server === null
        ? undefined
        : freshRow(server, "settings")?.maxStandbyStreamingDelaySeconds;
      return {
        severity: "warning",
        remedy: {
          intent: { kind: "set", settings: [["max_standby_streaming_delay", "30s"]] },
          before:
            endTransaction({ where: `"${standby.name}"`, because: "Replay waits for as long as it runs" }) +
            "; or let replay wait for less from the next conflict on:",
        },
        summary: `Replay on standby "${standby.name}" waits for a query`,
        evidence: joinEvidence(
          standby.reasonText,
          oldest !== null && `the oldest snapshot is ${formatSeconds(oldest)} old`,
          delay !== undefined &&
            `max_standby_streaming_delay = ${delay === null ? "-1 (for ever)" : formatSeconds(delay)}`,
        ) || "replay does not advance although WAL waits",
        // The startup process reads its settings again only after the wait.
        advice: "Let it end, or end it. " +
          endTransaction({
            where: `"${standby.name}"`,
            because: "Replay waits for as long as it runs",
          }) +
          `. To limit the next wait, on "${standby.name}": ALTER SYSTEM SET max_standby_streaming_delay = '30s'; ` +
          "SELECT pg_reload_conf();",
      };
    }),
  },
  {
    name: "old_xmin",
    title: "No standby or slot holds back vacuum on the primary for long",
    looksAt: "backend_xmin in pg_stat_replication, xmin and catalog_xmin in pg_replication_slots",
    reads: ["senders", "slots"],
    severities: ["critical", "warning"],
    grades: "Warning from 10 million transactions, critical from 500 million.",
    meaning:
      "A query on a standby with hot_standby_feedback, or an unused slot, holds back vacuum on the primary: tables bloat, " +
      "and in the end the server stops to prevent wraparound.",
    steps: [
      endTransaction({
        where: "the standby",
        because: "A standby with `hot_standby_feedback` holds back vacuum for its oldest transaction",
      }),
      "A slot: bring its consumer back, or, if it is gone for good, drop the slot as in `slot_inactive`.",
    ],
    *find(view) {
      for (const server of distinctServers(view)) {
        for (const [holder, { named, age, advice, remedy }] of xminHolders(server, view)) {
          if (age < OLD_XMIN_TRANSACTIONS) continue;
          yield {
            severity: age >= VERY_OLD_XMIN_TRANSACTIONS ? "critical" : "warning",
            ...remedy === undefined ? {} : { remedy },
            server: server.server,
            subject: holder,
            summary: `Vacuum on "${server.server}" is held back by ${named}`,
            evidence: `it holds rows needed ${age} transactions ago`,
            advice,
          };
        }
      }
    },
  },
  {
    name: "queries_cancelled",
    title: "Replay cancels no queries on standbys",
    looksAt: "pg_stat_database_conflicts over the last ten minutes, hot_standby_feedback",
    reads: ["conflicts", "recovery"],
    severities: ["warning", "info"],
    grades: "Info when hot_standby_feedback is already on.",
    meaning: "Queries on a standby were cancelled because they conflicted with replay.",
    steps: [
      "Turn `hot_standby_feedback` on, or raise `max_standby_streaming_delay` on standbys that serve reads.",
    ],
    find: perRow("recovery", (server, { hotStandbyFeedback }, _view, { cancelledRecently }) => {
      const cancelled = cancelledRecently.get(server.server) ?? 0;
      if (cancelled === 0) return null;
      const causes = (freshRows(server, "conflicts") ?? []).filter(({ total }) => total > 0)
        .map(({ cause, total }) => `${cause} ${total}`);
      const queries = cancelled === 1 ? "query" : "queries";
      return {
        severity: hotStandbyFeedback ? "info" : "warning",
        remedy: {
          intent: {
            kind: "set",
            settings: hotStandbyFeedback
              ? [["max_standby_streaming_delay", "300s"]]
              : [["hot_standby_feedback", "on"]],
          },
          before: hotStandbyFeedback
            ? "Feedback does not help against locks and dropped tablespaces: avoid DDL and VACUUM FULL while reports run; or " +
              "let replay wait longer, at the price of lag:"
            : "At the price of dead rows on the primary:",
        },
        summary: `Replay on "${server.server}" cancelled ${cancelled} ${queries} in the last ten minutes`,
        evidence: joinEvidence(
          `since the statistics were reset: ${causes.join(", ")}`,
          `hot_standby_feedback = ${hotStandbyFeedback ? "on" : "off"}`,
        ),
        advice: hotStandbyFeedback
          ? "Feedback does not help against locks and dropped tablespaces: avoid DDL and VACUUM FULL while reports run, or raise max_standby_streaming_delay"
          : `On "${server.server}": ALTER SYSTEM SET hot_standby_feedback = on; SELECT pg_reload_conf(); or raise ` +
            "max_standby_streaming_delay: the first costs dead rows on the primary, the second lag",
      };
    }),
  },
  {
    name: "long_query",
    title: "No standby runs a query for over an hour that blocks vacuum or replay",
    looksAt: "pg_stat_activity on the standby, hot_standby_feedback, max_standby_streaming_delay",
    reads: ["activity", "recovery", "settings"],
    severities: ["warning"],
    meaning:
      "A query of over an hour holds back vacuum on the primary (hot_standby_feedback is on), or may block replay without " +
      "limit (max_standby_streaming_delay = -1).",
    steps: [
      endTransaction({ where: "the standby", because: "It blocks until it ends" }),
      "Run such queries where they block nothing, or set `statement_timeout` for their role.",
    ],
    find: perRow("activity", (server, { oldestSnapshotSeconds: oldest }) => {
      const recovery = freshRow(server, "recovery");
      const settings = freshRow(server, "settings");
      if (oldest === null || oldest < LONG_QUERY_SECONDS || recovery === null || settings === null) {
        return null;
      }
      const waitsForEver = settings.maxStandbyStreamingDelaySeconds === null;
      if (!recovery.hotStandbyFeedback && !waitsForEver) return null;
      const feedback = recovery.hotStandbyFeedback ? "on: vacuum on the primary waits for it" : "off";
      return {
        severity: "warning",
        summary: `A transaction on standby "${server.server}" has run for ${formatSeconds(oldest)}`,
        evidence: joinEvidence(
          `hot_standby_feedback = ${feedback}`,
          waitsForEver && "max_standby_streaming_delay = -1: replay may wait for it for ever",
        ),
        advice: endTransaction({ where: `"${server.server}"`, because: "It blocks until it ends" }) +
          "; to prevent the next one, set statement_timeout for its role",
      };
    }),
  },
];

/** Ends the oldest transaction with a snapshot. */
function endTransaction({ where, because }: { readonly where: string; readonly because: string }): string {
  // A runbook is Markdown, an advice is not.
  const quote = where.startsWith('"') ? "" : "`";
  return destructive({
    because,
    checkFirst:
      `whose it is, and whether it may be repeated, on ${where}: ${quote}SELECT pid, usename, now() - ` +
      "xact_start AS runs_for, query FROM pg_stat_activity WHERE backend_xmin IS NOT NULL ORDER BY xact_start;" +
      quote,
    step: `on ${where}: ${quote}SELECT pg_terminate_backend(PID);${quote}`,
    loses: "its work so far is lost, and its client must run it again",
  });
}

interface XminHolder extends Pick<Diagnosis, "advice" | "remedy"> {
  readonly named: string;
  readonly age: number;
}

/** What holds back vacuum on a server, its age in transactions, and what to do about it. */
function xminHolders(server: ServerView, view: View): ReadonlyMap<string, XminHolder> {
  const holders = new Map<string, XminHolder>();
  for (const row of freshRows(server, "senders") ?? []) {
    if (row.kind === "logical") {
      holders.set(row.standby, {
        named: `"${row.standby}", a client of logical decoding`,
        age: row.xminAgeTransactions ?? 0,
        advice:
          "It copies tables in one transaction, as a new subscription or a CDC connector does: let it end",
      });
      continue;
    }
    const name = fedByRow(view, server.server, row);
    holders.set(name, {
      named: `standby "${name}"`,
      age: row.xminAgeTransactions ?? 0,
      remedy: {
        intent: { kind: "set", settings: [["hot_standby_feedback", "off"]] },
        before: endTransaction({
          where: `"${name}"`,
          because: "The oldest transaction there holds back vacuum",
        }) +
          "; or, at the price of queries that replay cancels:",
      },
      advice: endTransaction({
        where: `"${name}"`,
        because: "The oldest transaction there holds back vacuum",
      }),
    });
  }
  for (const slot of freshRows(server, "slots") ?? []) {
    const age = Math.max(slot.xminAgeTransactions ?? 0, slot.catalogXminAgeTransactions ?? 0);
    const isDroppable = !slot.active && !server.movedIdleSlots.has(slot.slot) &&
      isCopying(slot, server) !== true;
    holders.set(`slot ${slot.slot}`, {
      named: `slot ${slot.slot}`,
      age,
      ...isDroppable ? adviseOnInactive(slot, { view, server }) : {
        advice: consumerOf(slot) === "table_copy"
          ? "Let the initial copy of a table that it belongs to end"
          : !slot.active
          ? "Leave it to the HA manager or other program that keeps it and moves it forward, and find out why that is late"
          : slot.type === "physical"
          ? "End the long query on its standby (pg_stat_activity there, backend_xmin)"
          : "Let its consumer confirm what it has read",
      },
    });
  }
  return holders;
}
