/**
 * What the exporter may not read, or fails to read.
 *
 * @module
 */
import type { ServerSnapshot, View } from "../../domain/view.ts";
import type { Check } from "./check.ts";
import { freshRow } from "./view_queries.ts";

const GRANT = /GRANT .*$/;

const missingRights: Check = {
  name: "missing_rights",
  title: "The exporter's role may read all it needs",
  looksAt: "membership in pg_monitor, SQLSTATE 42501",
  reads: ["server"],
  severities: ["warning"],
  meaning:
    "Without pg_monitor the server hides the state of senders and receivers, the WAL directory and who waits: much " +
    "of what could go wrong is not seen.",
  remedy: "GRANT pg_monitor TO the exporter's role, on the primary.",
  *find(view) {
    for (const server of view.servers) {
      if (!server.up) continue;
      const lacking = server.runs.filter((run) => isLackOfRight(run.reason));
      const fact = freshRow(server, "server");
      const hides = fact !== null && (!fact.canReadStatistics || !fact.canReadWalDirectory);
      if (lacking.length === 0 && !hides) continue;
      const grant = lacking.map(({ reason }) => GRANT.exec(reason)?.[0]).find((text) => text !== undefined);
      yield {
        severity: "warning",
        server: server.server,
        subject: "",
        summary: `The exporter's role may not read everything on "${server.server}"`,
        evidence: lacking.length > 0
          ? `not collected: ${lacking.map(({ collector }) => collector).join(", ")}`
          : `member of pg_read_all_stats: ${
            fact?.canReadStatistics === true ? "yes" : "no"
          }, of pg_monitor: ` +
            `${fact?.canReadWalDirectory === true ? "yes" : "no"}`,
        advice: `On the primary: ${grant ?? "GRANT pg_monitor TO the exporter's role"}`,
      };
    }
  },
};

const collectorFailing: Check = {
  name: "collector_failing",
  title: "Every collector works",
  looksAt: "outcomes of the collectors",
  reads: [],
  severities: ["warning"],
  meaning:
    "A part of a server's state could not be read although the server was reached: what depends on it is not known.",
  remedy: "Do what the message says; a timeout of wal_directory or archive_queue means a huge pg_wal.",
  *find(view) {
    for (const server of view.servers) {
      for (const { collector, reason } of failed(server)) {
        yield {
          severity: "warning",
          server: server.server,
          subject: collector,
          summary: `Collector ${collector} fails on "${server.server}"`,
          evidence: reason === "" ? "outcome failed, without a reason" : reason,
          advice: /SQLSTATE 57014/.test(reason)
            ? `The statement is too slow there: look at the server's load, or turn it off with --no-collector.${collector}`
            : `Do what the message says; to do without, --no-collector.${collector}`,
        };
      }
    }
  },
};

/** Rights and collectors. */
export const rightsChecks: readonly Check[] = [missingRights, collectorFailing];

function isLackOfRight(reason: string): boolean {
  return GRANT.test(reason);
}

function failed({ up, runs }: ServerSnapshot): View["servers"][number]["runs"] {
  return up ? runs.filter(({ outcome, reason }) => outcome === "failed" && !isLackOfRight(reason)) : [];
}
