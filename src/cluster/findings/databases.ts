/**
 * What of a database does not replicate logically whatever the other side has, and databases that could not be read.
 *
 * @module
 */
import type { CatalogueTable, Publication } from "../../domain/catalogue.ts";
import { joinNames } from "../../domain/quantities.ts";
import { quoteName, quoteText } from "../../domain/sql_text.ts";
import { formatTableName } from "../../domain/table_name.ts";
import type { View } from "../../domain/view.ts";
import { hasUsableIdentity } from "../logical/compare_tables.ts";
import { type Check, grantIn, joinEvidence, type Unknown } from "./check.ts";
import {
  capitalized,
  counted,
  hasGaps,
  inSubscriber,
  joinStatements,
  MOST_NAMED,
  perComparedSubscription,
  readAgo,
} from "./subscription_pair.ts";

/** Databases with publications or subscriptions. */
export const databaseChecks: readonly Check[] = [
  {
    name: "replica_identity_missing",
    title: "Every published table can be updated",
    looksAt: "pg_class.relreplident and pg_index of the publisher's databases",
    reads: [],
    applies: ({ catalogues = [] }) =>
      catalogues.some(({ content }) => (content?.publications.length ?? 0) > 0),
    severities: ["warning"],
    meaning:
      "A table without a replica identity is in a publication that publishes updates or deletes: `UPDATE` and `DELETE` of the " +
      "table fail on the publisher at once, for the application. `INSERT` works.",
    look: [
      "The error of the application: `cannot update table … because it does not have a replica identity and publishes updates`.",
    ],
    steps: [
      "`ALTER TABLE TABLE ADD PRIMARY KEY (…);`, or with a unique index on NOT NULL columns `ALTER TABLE TABLE REPLICA IDENTITY USING INDEX …;`.",
      "Without any key: `ALTER TABLE TABLE REPLICA IDENTITY FULL;` works at once. It writes the whole old row to WAL with each change, and the subscriber looks for it in the whole table where no index fits: not for large tables that change often.",
      "A table that is only inserted into needs neither.",
    ],
    *find(view) {
      for (const { server, database, content } of view.catalogues ?? []) {
        if (content === null) continue;
        const tables = [...new Set(content.publications.flatMap(tablesToUpdate))].toSorted()
          .flatMap((name) => content.tables.get(name) ?? []).filter((table) => !hasUsableIdentity(table));
        if (tables.length === 0) continue;
        const names = tables.map(formatTableName);
        const fixes = tables.filter(({ isPartitioned }) => !isPartitioned).map(giveIdentity);
        const partitioned = tables.filter(({ isPartitioned }) => isPartitioned).map(formatTableName);
        yield {
          severity: "warning",
          server,
          subject: database,
          extent: names.length,
          summary: `${
            capitalized(counted(names, "published table"))
          } of "${server}" cannot be updated: no replica identity`,
          evidence: joinEvidence(
            `database "${database}": ${joinNames(names)}`,
            readAgo({ readAt: content.readAt, view }),
          ),
          advice: `On "${server}", in database "${database}": ` + [
            ...partitioned.length === 0
              ? []
              : [`give ${joinNames(partitioned, MOST_NAMED)} a primary key, or each of the partitions`],
            ...fixes.length === 0 ? [] : [joinStatements(fixes)],
          ].join(". Then ") +
            (fixes.some((fix) => fix.endsWith("FULL;"))
              ? " FULL is for tables without any key: every change then writes the whole old row to WAL, and the " +
                "subscriber searches its table for it. A primary key is better"
              : ""),
        };
      }
    },
  },
  {
    name: "sequences_behind",
    title: "The subscriber's sequences are not behind the publisher's",
    looksAt: "pg_sequence_last_value() on both sides, of sequences in the schemas of replicated tables",
    reads: [],
    applies: hasGaps,
    unknown: sequencesUnknown,
    severities: ["info"],
    meaning:
      "Sequences are not replicated. While the subscriber only receives, this does no harm; after a switchover to it the first " +
      "inserts would take values that exist already, and fail with a duplicate key.",
    look: [
      "On both sides: `SELECT schemaname, sequencename, last_value FROM pg_sequences;`",
    ],
    steps: [
      "At a switchover, after the last write on the publisher and before the first on the subscriber: run there what this prints on the publisher: `SELECT format('SELECT setval(%L, %s);', format('%I.%I', schemaname, sequencename), last_value) FROM pg_sequences WHERE last_value IS NOT NULL;`",
    ],
    find: perComparedSubscription((pair) => {
      const { sequencesBehind: behind } = pair.gaps;
      if (behind.length === 0) return null;
      const { server } = pair.subscription;
      const texts = behind.map(({ sequence, publisher, subscriber }) =>
        `${sequence} ${publisher} against ${subscriber ?? "unused"}`
      );
      return {
        severity: "info",
        extent: behind.length,
        summary: `${capitalized(counted(behind, "sequence"))} of "${pair.publisher}" ${
          behind.length === 1 ? "is" : "are"
        } ahead of "${server}": sequences are not replicated`,
        evidence: joinEvidence(joinNames(texts, MOST_NAMED), readAgo(pair)),
        advice:
          `Nothing while "${server}" only receives. At a switchover, after the last write on "${pair.publisher}", ` +
          `${inSubscriber(pair)}, with the values of then: ${
            joinStatements(
              behind.map(({ sequence, publisher }) => `SELECT setval(${quoteText(sequence)}, ${publisher});`),
            )
          }`,
      };
    }),
  },
  {
    name: "database_not_read",
    title: "Every database with publications or subscriptions could be read",
    looksAt: "connections to these databases, every --logical.databases-interval",
    reads: [],
    applies: ({ catalogues = [] }) => catalogues.length > 0,
    severities: ["warning", "info"],
    grades: "Warning for lack of a privilege.",
    meaning:
      "The catalogues of a database with publications or subscriptions could not be read, or only a part of them: what does " +
      "not replicate there is unknown.",
    steps: [
      "Grant the exporter's role CONNECT on the database, and let it in by `pg_hba.conf`.",
      "`--logical.databases-interval=0` reads no databases.",
    ],
    *find(view) {
      const failed = (view.catalogues ?? []).filter(({ failedBecause }) => failedBecause !== null);
      for (const [server, all] of Map.groupBy(failed, (each) => each.server)) {
        const grants = all.flatMap(({ failedBecause }) => grantIn(failedBecause ?? "") ?? []);
        const names = all.map(({ database }) => quoteName(database));
        yield {
          severity: grants.length > 0 ? "warning" : "info",
          server,
          extent: all.length,
          summary: `${
            capitalized(counted(all, "database"))
          } of "${server}" with publications or subscriptions could not be read`,
          evidence: joinEvidence(joinNames(names), all[0]?.failedBecause ?? ""),
          advice: grants.length > 0
            ? `On "${server}": ${joinStatements(grants.map((grant) => `${grant};`))}`
            : "Follow the evidence; it is tried again at every --logical.databases-interval",
        };
      }
      for (const { server, database, content } of view.catalogues ?? []) {
        if (content?.isPartial !== true) continue;
        yield {
          severity: "info",
          server,
          subject: database,
          summary: `Database "${database}" of "${server}" has more tables than are read`,
          evidence:
            `${content.tables.size} tables with their columns, ${content.otherTables.size} further names were read`,
          advice: "Nothing: which tables are missing on one side is not reported for this database",
        };
      }
    },
  },
];

function tablesToUpdate({ actions, tables }: Publication): readonly string[] {
  const isChanging = actions.includes("update") || actions.includes("delete");
  return isChanging ? tables.map(({ table }) => table) : [];
}

function giveIdentity(table: CatalogueTable): string {
  const alter = `ALTER TABLE ${formatTableName(table)} REPLICA IDENTITY`;
  if (table.identity === "nothing" && table.key.length > 0) return `${alter} DEFAULT;`;
  return table.candidateIndex === null
    ? `${alter} FULL;`
    : `${alter} USING INDEX ${quoteName(table.candidateIndex)};`;
}

function* unreadableSequences(view: View): Generator<Unknown> {
  for (const { server, database, content } of view.catalogues ?? []) {
    const hidden = content?.sequences?.filter(({ isReadable }) => !isReadable) ?? [];
    if (hidden.length === 0) continue;
    const role = quoteName(content?.user ?? "");
    const schemas = [...new Set(hidden.map(({ schema }) => quoteName(schema)))];
    yield {
      cluster: "",
      server,
      because:
        `Role ${role} may not read ${counted(hidden, "sequence")} of database ${
          quoteName(database)
        }; run there: ` +
        schemas.map((schema) =>
          `GRANT USAGE ON SCHEMA ${schema} TO ${role}; GRANT SELECT ON ALL SEQUENCES IN SCHEMA ${schema} TO ${role};`
        ).join(" "),
    };
  }
}

function sequencesUnknown(view: View): readonly Unknown[] {
  return [...unreadableSequences(view)];
}
