/**
 * Tables that differ between primary and standby, or between publisher and subscriber, or could not be compared.
 *
 * @module
 */
import { formatSeconds } from "../../domain/quantities.ts";
import type { View } from "../../domain/view.ts";
import { type Check, grantIn } from "./check.ts";
import { destructive } from "./destructive.ts";
import { rebuildFromBackup } from "./rebuild.ts";
import { repairRows } from "./repair_rows.ts";
import { onPrimary } from "./view_queries.ts";

/** After this long a table that could not be compared is a finding, seconds. */
const TOO_LONG_SECONDS = 3600;

const NOT_COMPARED_ADVICE: Readonly<Record<string, string>> = {
  busy: "The table changes all the time; check it at a quieter hour, or take it out of --consistency.table",
  skipped:
    "Follow the evidence: the table, the standby or subscription, or its lag; otherwise take the table out of " +
    "--consistency.table",
};

/** How long ago a difference was last seen. */
function ageOf(view: View, conclusiveAt: number | null): string {
  return conclusiveAt === null ? "" : `, ${formatSeconds(Math.max(0, view.at - conclusiveAt))} ago`;
}

/** Where a privilege on a table of a subscription is granted; null on a standby: on its primary. */
function placeOfGrant(reason: string): string | null {
  const place = /; run on (".*), in database (.*): GRANT /.exec(reason);
  return place && `On ${place[1]}, in database ${place[2]}`;
}

/** Consistency. */
export const consistencyChecks: readonly Check[] = [
  {
    name: "data_differs",
    title: "Every compared table has the same rows on primary and standby",
    looksAt: "rows of the tables of --consistency.table, by hashes, at one position",
    reads: [],
    applies: ({ consistency }) =>
      consistency.some(({ subscription, conclusiveAt }) =>
        subscription === undefined && conclusiveAt !== null
      ),
    severities: ["critical"],
    meaning:
      "A physical standby shows other rows than its primary at the same position: it was written to while it was promoted, " +
      "its disk or memory is damaged, or replay has a defect. The comparison is conclusive: the primary agreed with itself " +
      "before and after, the standby did not agree with it. Reads from the standby return wrong data, and a failover to it " +
      "would make the wrong data permanent.",
    look: [
      "`pgrepl_consistency_different == 1` names table and standby; the page and `doctor` the range of keys. It persists until that part of the table is compared equal (docs/CONSISTENCY.md).",
    ],
    steps: [
      "Take the standby out of read traffic and out of the candidates for a failover.",
      "Find out which of the two is right: look at the rows on both servers, run `pg_amcheck` on both.",
      "Check the disks, and data checksums (`pg_checksums --check` on a stopped server).",
      destructive({
        because: "A damaged copy cannot be repaired, only replaced",
        checkFirst:
          "is the primary's side the right one? If the primary is the damaged one, a rebuild copies the damage and destroys the last good copy.",
        step:
          "rebuild the standby with `pg_basebackup`, as in `wal_removed`, and keep its old data directory.",
        loses: "the rows that only the standby had right are in the old data directory alone.",
      }),
    ],
    *find(view) {
      for (const { primary, standby, subscription, table, conclusive, conclusiveAt } of view.consistency) {
        if (conclusive?.verdict !== "different" || subscription !== undefined) continue;
        const age = ageOf(view, conclusiveAt);
        yield {
          severity: "critical",
          server: standby,
          subject: table,
          remedy: {
            intent: { kind: "rebuild" },
            before:
              `Neither read from nor fail over to "${standby}"; look at the rows on both servers, run pg_amcheck on ` +
              `both. If "${standby}" is wrong:`,
          },
          summary: `Table ${table} differs between "${primary}" and standby "${standby}"`,
          evidence: `${conclusive.reason}; seen three times at increasing positions${age}`,
          advice: `Neither read from nor fail over to "${standby}". ` + destructive({
            because: "A damaged copy cannot be repaired, only replaced",
            checkFirst:
              `is "${primary}" right? Look at the rows on both, and run pg_amcheck (or pg_checksums when it ` +
              "is stopped) on both",
            step: `if it is, ${rebuildFromBackup(view, { name: standby, source: primary })}`,
            loses: `the damage is copied, and the last good rows are in DATADIR.old alone`,
          }),
        };
      }
    },
  },
  {
    name: "subscription_data_differs",
    title: "Every compared table has the same rows on publisher and subscriber",
    looksAt: "published rows and columns of the tables of --consistency.table, by hashes, at one position",
    reads: [],
    applies: ({ consistency }) =>
      consistency.some(({ subscription, conclusiveAt }) =>
        subscription !== undefined && conclusiveAt !== null
      ),
    severities: ["warning"],
    meaning:
      "A subscriber has other rows than its publisher although it has applied everything: somebody wrote to its table, a " +
      "change met no row there (before 18 no view says so), or changes were skipped. The comparison is conclusive: the " +
      "rows were the same on the publisher before and after, and the subscriber had confirmed a later position each time. " +
      "Replication does not repair it by itself, and later changes of these rows may stop the subscription with an error.",
    look: [
      "`pgrepl_consistency_different == 1` names subscriber, subscription and table; the page and `doctor` the keys. It persists until that part of the table is compared equal (docs/CONSISTENCY.md).",
      "Who else may write to the table on the subscriber; `pgrepl_subscription_conflicts_total` (18 and later).",
    ],
    steps: [
      "Find out which of the two is right. As long as others write to the subscriber's table, it will differ again.",
      "`doctor` prints the SQL that copies the rows that differ from the publisher and locks them meanwhile, so that replication changes none of them in between.",
      "Rows that only the subscriber has are deleted by hand, after their owner was asked.",
      "If too many rows differ, the whole table has to be copied again.",
    ],
    *find(view) {
      for (const result of view.consistency) {
        const { primary, standby, subscription, table, conclusive, conclusiveAt } = result;
        if (conclusive?.verdict !== "different" || subscription === undefined) continue;
        yield {
          severity: "warning",
          server: standby,
          subject: `${subscription} ${table}`,
          summary:
            `Table ${table} of subscription "${subscription}" differs between "${primary}" and "${standby}"`,
          evidence: `${conclusive.reason}; seen three times, each after "${standby}" had applied everything${
            ageOf(view, conclusiveAt)
          }`,
          advice: repairRows(view, result),
        };
      }
    },
  },
  {
    name: "consistency_not_checked",
    title: "Every table of --consistency.table could be compared",
    looksAt: "verdicts of the tables of --consistency.table",
    reads: [],
    applies: ({ consistency }) => consistency.length > 0,
    severities: ["warning", "info"],
    grades: "Warning for lack of a privilege, info when it has lasted an hour for another reason.",
    meaning:
      "A table of --consistency.table, or a part of it, could not be compared, for the reason in the evidence. Whether " +
      "primary and standby, or publisher and subscriber, agree there is unknown.",
    steps: [
      "GRANT SELECT on it to the exporter's role, for a subscription on both ends; raise the budgets, or take the table out of `--consistency.table`.",
    ],
    *find(view) {
      for (const result of view.consistency) {
        const { standby, subscription, table, verdict, reason, inconclusiveSince, pass } = result;
        const subject = subscription === undefined ? table : `${subscription} ${table}`;
        const copy = subscription === undefined
          ? `on standby "${standby}"`
          : `on "${standby}", subscription "${subscription}"`;
        if (inconclusiveSince === undefined || inconclusiveSince === null) {
          const since = pass?.incompleteSince ?? null;
          if (since === null || view.at - since < TOO_LONG_SECONDS) continue;
          const because = pass?.undecidedBecause || "No reason known";
          yield {
            severity: "info",
            server: standby,
            subject,
            summary: `Parts of table ${table} could not be compared ${copy}`,
            evidence: `${because}; no complete pass through the table for ${formatSeconds(view.at - since)}`,
            advice:
              "Every check retries them. Parts that are changed all the time need a quieter hour, parts that take " +
              "too long a higher --consistency.statement-timeout",
          };
          continue;
        }
        const seconds = view.at - inconclusiveSince;
        const grant = verdict === "failed" ? grantIn(reason) : undefined;
        if (grant === undefined && seconds < TOO_LONG_SECONDS) continue;
        yield {
          severity: grant === undefined ? "info" : "warning",
          server: standby,
          subject,
          summary: `Table ${table} could not be compared ${copy}`,
          evidence: `${verdict}: ${reason || "no reason known"}; for ${formatSeconds(Math.max(0, seconds))}`,
          advice: grant === undefined
            ? NOT_COMPARED_ADVICE[verdict] ??
              "Follow the evidence, or take the table out of --consistency.table"
            : `${placeOfGrant(reason) ?? onPrimary(view, standby)}: ${grant};`,
        };
      }
    },
  },
];
