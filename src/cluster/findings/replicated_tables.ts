/**
 * Tables and columns that do not replicate logically although they are published or subscribed: DDL is not replicated.
 *
 * @module
 */
import { joinNames } from "../../domain/quantities.ts";
import { quoteName } from "../../domain/sql_text.ts";
import { type Check, joinEvidence } from "./check.ts";
import {
  capitalized,
  counted,
  hasGaps,
  inPublisher,
  inSubscriber,
  joinStatements,
  MOST_NAMED,
  perComparedSubscription,
  plural,
  readAgo,
  refresh,
  refreshCommand,
} from "./subscription_pair.ts";

/** Tables of subscriptions, compared with what is published. */
export const replicatedTableChecks: readonly Check[] = [
  {
    name: "publication_missing",
    title: "Every publication of a subscription exists",
    looksAt: "pg_subscription.subpublications, pg_publication of the publisher's database",
    reads: [],
    applies: hasGaps,
    severities: ["critical"],
    meaning:
      "A subscription names a publication that its publisher does not have: it was dropped or renamed. Up to PostgreSQL 17 " +
      "nothing of the subscription arrives any more; from 18 on the tables of that publication are left out, without an error.",
    look: ["In the publisher's database: `SELECT pubname FROM pg_publication;`"],
    steps: [
      "Renamed: `ALTER SUBSCRIPTION NAME SET PUBLICATION NEW_NAME WITH (refresh = false);` in the subscriber's database. Do not refresh before: that would take the tables of the missing publication out of the subscription, and copy them again later.",
      "Dropped: create it again in the publisher's database, with the same tables.",
      'Changes are decoded with the catalogues of the moment when they were written, so that up to 17 those written without the publication can never be sent. If the log of the subscriber still shows `publication "NAME" does not exist`, the subscription must be created again and its tables copied: see `slot_lost`.',
    ],
    find: perComparedSubscription((pair) => {
      const { missingPublications: missing } = pair.gaps;
      if (missing.length === 0) return null;
      const { server, fact } = pair.subscription;
      const list = missing.map(quoteName);
      return {
        severity: "critical",
        summary: `"${pair.publisher}" does not have ${plural(list, "publication", "publications")} ${
          joinNames(list, MOST_NAMED)
        } of subscription "${fact.name}" on "${server}"`,
        evidence: joinEvidence(
          `subpublications = ${joinNames(fact.publications)}`,
          `publications on "${pair.publisher}": ${joinNames(pair.publications) || "none"}`,
          readAgo(pair),
        ),
        advice:
          `If it was renamed, ${inSubscriber(pair)}: ALTER SUBSCRIPTION ${
            quoteName(fact.name)
          } SET PUBLICATION ` +
          `${
            ["NAME", ...fact.publications.filter((each) => !missing.includes(each)).map(quoteName)].join(", ")
          } WITH (refresh = false);. ` +
          `If it was dropped, create it again with the same tables, ${
            inPublisher(pair)
          }. Up to PostgreSQL 17 changes ` +
          "written in between cannot be sent: see the runbook if the worker still fails",
      };
    }),
  },
  {
    name: "published_table_missing",
    title: "The subscriber has every published table",
    looksAt: "pg_publication_rel and pg_class of the publisher's database, pg_class of the subscriber's",
    reads: [],
    applies: hasGaps,
    severities: ["warning"],
    meaning:
      "A published table does not exist on the subscriber: DDL is not replicated. The first change of such a table stops the " +
      "whole subscription.",
    look: [
      "In the publisher's database: `SELECT * FROM pg_publication_rel;`; the log of the subscriber: `logical replication target relation … does not exist`.",
    ],
    steps: [
      "Create the table in the subscriber's database, with columns and key as on the publisher: `pg_dump --schema-only -t TABLE` there prints it.",
      "`ALTER SUBSCRIPTION NAME REFRESH PUBLICATION;` copies its rows.",
      "Removing the table from the publication does not help once a change was written: it is decoded with the catalogues of that moment.",
    ],
    find: perComparedSubscription((pair) => {
      const { missingTables: missing } = pair.gaps;
      if (missing.length === 0) return null;
      const { server } = pair.subscription;
      return {
        severity: "warning",
        extent: missing.length,
        summary: `"${server}" does not have ${counted(missing, "published table")} of "${pair.publisher}"`,
        evidence: joinEvidence(joinNames(missing), readAgo(pair)),
        advice:
          `${capitalized(inSubscriber(pair))}, create ${
            joinNames(missing, MOST_NAMED)
          } with columns and key as on ` +
          `"${pair.publisher}"; then ${
            refreshCommand(pair)
          }, which copies the rows. Removing a table from the publication does ` +
          "not help once it was written to",
      };
    }),
  },
  {
    name: "table_not_subscribed",
    title: "Every published table is part of the subscription",
    looksAt: "pg_publication_rel of the publisher's database, pg_subscription_rel of the subscriber's",
    reads: [],
    applies: hasGaps,
    severities: ["warning"],
    meaning:
      "A table was added to a publication after the subscription was created or last refreshed. Its changes are sent, and " +
      "ignored: the subscriber's table stays as it is, and nothing reports an error or a lag.",
    look: [
      "In the subscriber's database: `SELECT srrelid::regclass, srsubstate FROM pg_subscription_rel;`",
    ],
    steps: [
      "`ALTER SUBSCRIPTION NAME REFRESH PUBLICATION;` in the subscriber's database copies the rows of the table, then its changes follow.",
      "Rows that the subscriber's table already has make the copy fail with a duplicate key, as long as they are there. If they are known to be the same, refresh `WITH (copy_data = false)`: then only changes from now on arrive.",
    ],
    find: perComparedSubscription((pair) => {
      const { unsubscribedTables: tables } = pair.gaps;
      if (tables.length === 0) return null;
      const { server, fact } = pair.subscription;
      return {
        severity: "warning",
        extent: tables.length,
        summary:
          `Subscription "${fact.name}" on "${server}" ignores ${counted(tables, "published table")} of ` +
          `"${pair.publisher}"`,
        evidence: joinEvidence(`not in pg_subscription_rel: ${joinNames(tables)}`, readAgo(pair)),
        advice: `${capitalized(refresh(pair))}, which copies the rows of ` +
          `${joinNames(tables, MOST_NAMED)}. The copy fails on rows that are already there with the same key`,
      };
    }),
  },
  {
    name: "table_not_published",
    title: "Every table of a subscription is published",
    looksAt: "pg_subscription_rel of the subscriber's database, pg_publication_rel of the publisher's",
    reads: [],
    applies: hasGaps,
    severities: ["info"],
    meaning:
      "A table left the publication, was renamed or dropped on the publisher: the subscriber's table no longer changes, and " +
      "nothing reports it.",
    steps: [
      "If it was intended: `ALTER SUBSCRIPTION NAME REFRESH PUBLICATION;` removes the table from the subscription; its rows stay.",
      "Otherwise add the table to the publication again, and refresh with copy_data = true after its rows were removed on the subscriber: changes in between were not sent.",
    ],
    find: perComparedSubscription((pair) => {
      const { unpublishedTables: tables } = pair.gaps;
      if (tables.length === 0) return null;
      const { server, fact } = pair.subscription;
      return {
        severity: "info",
        extent: tables.length,
        summary:
          `Subscription "${fact.name}" on "${server}" has ${
            counted(tables, "table")
          } that "${pair.publisher}" does ` +
          "not publish",
        evidence: joinEvidence(`no longer published: ${joinNames(tables)}`, readAgo(pair)),
        advice: `If that is intended, ${refresh(pair)}, which leaves their rows. Otherwise ` +
          `publish them again, ${inPublisher(pair)}: what changed in between is missing on "${server}"`,
      };
    }),
  },
  {
    name: "table_columns_differ",
    title: "Published tables fit the subscriber's",
    looksAt: "pg_attribute, pg_index and pg_class.relreplident on both sides",
    reads: [],
    applies: hasGaps,
    severities: ["warning", "info"],
    grades: "Info when no change stops the subscription for certain.",
    meaning:
      "A table differs between publisher and subscriber, usually because DDL was run on one side: it is not replicated. A " +
      "published column that the subscriber lacks or generates, a column there that is NOT NULL without a default, and a key " +
      "that the publisher does not send stop the whole subscription at the first change that meets them. A column of another " +
      "type stops it at the first value that does not fit.",
    look: ["`\\d TABLE` on both sides; the log of the subscriber has the error of the worker."],
    steps: [
      "Make the subscriber's table fit, as the evidence says: add the column, drop NOT NULL or the generation expression, add the primary key.",
      "Later changes of the schema: a new column is added on the subscriber first, a column that goes is removed on the publisher first.",
    ],
    find: perComparedSubscription((pair) => {
      const { misfits } = pair.gaps;
      if (misfits.length === 0) return null;
      const { server } = pair.subscription;
      const isStopping = (each: typeof misfits[number]) => each.misfits.some(({ stops }) => stops);
      const all = misfits.toSorted((a, b) => Number(isStopping(b)) - Number(isStopping(a)));
      const texts = all.map(({ table, misfits: own }) =>
        `${table}: ${own.map(({ what }) => what).join(", ")}`
      );
      const fixes = all.flatMap(({ table, misfits: own }) => own.map(({ fix }) => ({ table, fix })));
      const commands = fixes.filter(({ fix }) => fix.endsWith(";")).map(({ fix }) => fix);
      const clauses = fixes.filter(({ fix }) => !fix.endsWith(";")).map(({ table, fix }) =>
        `in ${table} ${fix}`
      );
      const stopping = all.filter(isStopping).length;
      return {
        severity: stopping > 0 ? "warning" : "info",
        extent: misfits.length,
        summary: `${capitalized(counted(misfits, "table"))} of "${pair.publisher}" ${
          plural(misfits, "does", "do")
        } not fit on "${server}"`,
        evidence: joinEvidence(
          joinNames(texts, MOST_NAMED),
          stopping > 0 && `a change of ${stopping === 1 ? "one" : stopping} of them stops the subscription`,
          readAgo(pair),
        ),
        advice: `${capitalized(inSubscriber(pair))}: ` + [
          ...commands.length === 0 ? [] : [joinStatements(commands)],
          ...clauses.length === 0 ? [] : [joinNames(clauses, MOST_NAMED)],
        ].join(" Then "),
      };
    }),
  },
];
