/**
 * What the exporter has no privilege to read, or fails to read.
 *
 * @module
 */
import { type Check, grantIn } from "./check.ts";
import { distinctServers, freshRow, onPrimary } from "./view_queries.ts";

/** Privileges and collectors. */
export const rightsChecks: readonly Check[] = [
  {
    name: "missing_rights",
    title: "The exporter's role has all the privileges it needs",
    looksAt: "membership in pg_monitor, SQLSTATE 42501",
    reads: ["server"],
    severities: ["warning"],
    meaning:
      "Without pg_monitor the server hides the state of senders and receivers, the WAL directory and waiting sessions: many " +
      "faults go unnoticed. Without a function or table that was revoked from everybody, what depends on it is unknown.",
    steps: [
      "The `GRANT` of the finding, by a superuser, on the primary; that of a function or table in the database that the exporter connects to.",
      "Where nobody may grant it, as on a managed service, its values remain unknown: see docs/INSTALL.md, hardened servers and managed services.",
    ],
    *find(view) {
      for (const server of distinctServers(view)) {
        if (!server.up) continue;
        const grants = server.runs.flatMap(({ collector, reason }) => {
          const grant = grantIn(reason);
          return grant === undefined ? [] : [{ collector, grant }];
        });
        const fact = freshRow(server, "server");
        const hides = fact !== null && (!fact.canReadStatistics || !fact.canReadWalDirectory);
        if (grants.length === 0 && !hides) continue;
        const statements = new Set(grants.flatMap(({ grant }) => grant.split("; ")));
        const isPerDatabase = [...statements].some((each) => each.includes(" ON "));
        const isMember = (can: boolean | undefined) => can === true ? "yes" : "no";
        yield {
          severity: "warning",
          server: server.server,
          summary: `The exporter's role may not read everything on "${server.server}"`,
          evidence: grants.length > 0
            ? `not collected, or only in part: ${grants.map(({ collector }) => collector).join(", ")}`
            : `member of pg_read_all_stats: ${isMember(fact?.canReadStatistics)}, of pg_monitor: ` +
              isMember(fact?.canReadWalDirectory),
          advice: `${onPrimary(view, server.server)}${
            isPerDatabase ? ", in the database that the exporter connects to" : ""
          }: ${[...statements].join("; ") || "GRANT pg_monitor TO the exporter's role"};`,
        };
      }
    },
  },
  {
    name: "collector_failing",
    title: "All collectors succeed",
    looksAt: "outcomes of the collectors",
    reads: [],
    severities: ["warning"],
    meaning:
      "A part of a server's state could not be read although the server is reachable: what depends on it is unknown.",
    look: [
      "`pg-replication-exporter doctor` and the exporter's log have the message.",
      "`pg-replication-exporter check-config --connect` names the missing privileges.",
    ],
    steps: [
      "A missing privilege: run the `GRANT` of the message on the primary.",
      "A timeout: the server is slow, or the WAL directory huge (wal_directory, archive_queue): raise `--collect.deadline`, or do without the collector: `--no-collector.NAME`.",
      "Otherwise follow the message.",
    ],
    *find(view) {
      for (const { server, up, runs } of distinctServers(view)) {
        for (const { collector, outcome, reason } of up ? runs : []) {
          if (outcome !== "failed" || grantIn(reason) !== undefined) continue;
          yield {
            severity: "warning",
            server,
            subject: collector,
            summary: `Collector ${collector} fails on "${server}"`,
            evidence: reason || "outcome failed, without a reason",
            advice: /SQLSTATE 57014/.test(reason)
              ? `The statement is too slow there: look at the server's load, or turn it off with --no-collector.${collector}`
              : `Follow the message; to do without, --no-collector.${collector}`,
          };
        }
      }
    },
  },
];
