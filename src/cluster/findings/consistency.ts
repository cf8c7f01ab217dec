/**
 * Tables that differ between primary and standby, or that could not be compared.
 *
 * @module
 */
import { formatSeconds } from "../../domain/quantities.ts";
import type { Check } from "./check.ts";

/** A table somebody asked for is spoken of when it could not be compared for so long, seconds. */
const TOO_LONG_SECONDS = 3600;

const GRANT = /GRANT .*$/;

const dataDiffers: Check = {
  name: "data_differs",
  title: "Every table that was compared has the same rows on primary and standby",
  looksAt: "rows of the tables of --consistency.table, by hashes, at one position",
  reads: [],
  applies: ({ consistency }) => consistency.some(({ conclusiveAt }) => conclusiveAt !== null),
  severities: ["critical"],
  meaning:
    "A physical standby shows other rows than its primary at the same position: it was written to while it was promoted, " +
    "its disk or memory is damaged, or replay has a defect. Whoever reads from it reads wrong data, and a failover to it " +
    "would make that the truth.",
  remedy:
    "Take the standby out of use for reading and for failover, find out which of the two is right, then rebuild it with " +
    "pg_basebackup.",
  *find(view) {
    for (const { primary, standby, table, conclusive, conclusiveAt } of view.consistency) {
      if (conclusive?.verdict !== "different") continue;
      const age = conclusiveAt === null ? "" : `, ${formatSeconds(Math.max(0, view.at - conclusiveAt))} ago`;
      yield {
        severity: "critical",
        server: standby,
        subject: table,
        summary: `Table ${table} differs between "${primary}" and standby "${standby}"`,
        evidence: `${conclusive.reason}; seen three times at later and later positions${age}`,
        advice:
          `Neither read from nor fail over to "${standby}"; look at the rows on both servers, run pg_amcheck (or ` +
          `pg_checksums when it is stopped) on both, then rebuild "${standby}" from "${primary}" with pg_basebackup`,
      };
    }
  },
};

const consistencyNotChecked: Check = {
  name: "consistency_not_checked",
  title: "Every table that is to be compared is",
  looksAt: "verdicts of the tables of --consistency.table",
  reads: [],
  applies: ({ consistency }) => consistency.length > 0,
  severities: ["warning", "info"],
  meaning:
    "A table that was named to be compared could not be, or parts of it could not: for want of a right (warning), or for an " +
    "hour because of what the evidence says. Whether primary and standby agree there is not known.",
  remedy:
    "GRANT SELECT on it to the exporter's role; raise the budgets, or take the table out of --consistency.table.",
  *find(view) {
    for (const { standby, table, verdict, reason, inconclusiveSince, pass } of view.consistency) {
      if (inconclusiveSince === undefined || inconclusiveSince === null) {
        const since = pass?.incompleteSince ?? null;
        if (since === null || view.at - since < TOO_LONG_SECONDS) continue;
        yield {
          severity: "info",
          server: standby,
          subject: table,
          summary: `Parts of table ${table} could not be compared on standby "${standby}"`,
          evidence: `${pass?.undecidedBecause || "No reason told"}; for ${
            formatSeconds(view.at - since)
          } no pass through the table was complete`,
          advice:
            "Every check tries them again. Parts that the primary changes all the time need a quieter hour, parts that take " +
            "too long a higher --consistency.statement-timeout",
        };
        continue;
      }
      const seconds = view.at - inconclusiveSince;
      const grant = verdict === "failed" ? GRANT.exec(reason)?.[0] : undefined;
      if (grant === undefined && seconds < TOO_LONG_SECONDS) continue;
      yield {
        severity: grant === undefined ? "info" : "warning",
        server: standby,
        subject: table,
        summary: `Table ${table} could not be compared on standby "${standby}"`,
        evidence: `${verdict}: ${reason === "" ? "no reason told" : reason}; for ${
          formatSeconds(Math.max(0, seconds))
        }`,
        advice: grant === undefined
          ? ADVICE[verdict] ?? "Do what the evidence says, or take the table out of --consistency.table"
          : `On the primary: ${grant}`,
      };
    }
  },
};

const ADVICE: Readonly<Record<string, string>> = {
  busy: "The table changes all the time; check it at a quieter hour, or take it out of --consistency.table",
  skipped:
    "Do what the evidence says: the table, the standby or its lag; else take it out of --consistency.table",
};

/** Consistency. */
export const consistencyChecks: readonly Check[] = [dataDiffers, consistencyNotChecked];
