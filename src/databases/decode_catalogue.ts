import {
  type CatalogueColumn,
  type CatalogueSequence,
  type CatalogueTable,
  type DatabaseContent,
  type PublishedTable,
  type ReplicaIdentity,
  SUBSCRIBED_TABLE_STATES,
  type SubscribedTableState,
} from "../domain/catalogue.ts";
import { formatTableName } from "../domain/table_name.ts";
import {
  decodeBoolean,
  decodeLabel,
  decodeText,
  decodeTextRows,
  decodeTexts,
  requireBoolean,
  requireText,
  type Row,
} from "../postgres/decode.ts";
import { MOST_MEMBERS, MOST_OTHER_NAMES, MOST_TABLES } from "./catalogue_sql.ts";

/** The rows of each statement. */
export interface CatalogueRows {
  /** Of publications. */
  readonly publications: readonly Row[];
  /** Of their tables. */
  readonly published: readonly Row[];
  /** Of subscriptions with their tables. */
  readonly subscribed: readonly Row[];
  /** Of the tables of both. */
  readonly tables: readonly Row[];
  /** Of the names of all tables. */
  readonly names: readonly Row[];
  /** Of sequences; null when they could not be read. */
  readonly sequences: readonly Row[] | null;
}

/** A table, and the names of its columns by number. */
interface NumberedTable extends CatalogueTable {
  readonly numbers: ReadonlyMap<string, string>;
}

const PUBLISHED_ACTIONS = ["insert", "update", "delete", "truncate"] as const;
const IDENTITIES: Readonly<Record<string, ReplicaIdentity>> = {
  d: "default",
  i: "index",
  f: "full",
  n: "nothing",
};
const GENERATED: Readonly<Record<string, CatalogueColumn["generated"]>> = { s: "stored", v: "virtual" };
const STATES: Readonly<Record<string, SubscribedTableState>> = SUBSCRIBED_TABLE_STATES;

/** OIDs of the tables that are published or subscribed. */
export function tablesConcerned(
  { published, subscribed }: Pick<CatalogueRows, "published" | "subscribed">,
): readonly string[] {
  return [...allTables({ published, subscribed })].slice(0, MOST_TABLES);
}

function allTables(
  { published, subscribed }: Pick<CatalogueRows, "published" | "subscribed">,
): ReadonlySet<string> {
  return new Set([...published, ...subscribed].flatMap((row) => decodeText(row, "rel") ?? []));
}

/** Decodes what was read of a database. */
export function decodeCatalogue(
  rows: CatalogueRows,
): Omit<DatabaseContent, "readAt" | "durationSeconds" | "user"> {
  const tables = new Map(rows.tables.map((row) => [requireText(row, "rel"), decodeTable(row)]));
  // A table that was dropped between two statements has no name.
  const nameOf = (row: Row) => {
    const table = tables.get(decodeLabel(row, "rel"));
    return table === undefined ? [] : [formatTableName(table)];
  };
  const publishedBy = Map.groupBy(rows.published, (row) => requireText(row, "pubname"));
  const byName = new Map(
    [...tables.values()].map(({ numbers: _, ...table }) => [formatTableName(table), table]),
  );
  return {
    publications: rows.publications.map((row) => ({
      name: requireText(row, "pubname"),
      hasAllTables: requireBoolean(row, "puballtables"),
      actions: PUBLISHED_ACTIONS.filter((action) => requireBoolean(row, `pub${action}`)),
      viaRoot: requireBoolean(row, "pubviaroot"),
      publishesGenerated: requireBoolean(row, "pubgencols"),
      tables: (publishedBy.get(requireText(row, "pubname")) ?? []).flatMap((each): PublishedTable[] =>
        nameOf(each).map((table) => ({
          table,
          columns: columnList(each, tables),
          hasRowFilter: requireBoolean(each, "is_filtered"),
        }))
      ),
    })),
    subscriptions: [...Map.groupBy(rows.subscribed, (row) => requireText(row, "subname"))].map(
      ([subscription, own]) => ({
        subscription,
        isBinary: own.some((row) => requireBoolean(row, "subbinary")),
        tables: new Map(own.flatMap((row) =>
          nameOf(row).flatMap((table) => {
            const state = STATES[decodeLabel(row, "state")];
            return state === undefined ? [] : [[table, state] as const];
          })
        )),
      }),
    ),
    tables: byName,
    otherTables: new Set(
      rows.names.map(qualifiedName).filter((name) => !byName.has(name)),
    ),
    sequences: rows.sequences?.map(decodeSequence) ?? null,
    isPartial: [rows.published, rows.subscribed].some(({ length }) => length > MOST_MEMBERS) ||
      rows.names.length > MOST_OTHER_NAMES || allTables(rows).size > MOST_TABLES,
  };
}

function qualifiedName(row: Row): string {
  return formatTableName({ schema: requireText(row, "nspname"), table: requireText(row, "relname") });
}

function decodeTable(row: Row): NumberedTable {
  const columns = decodeTextRows(row, "columns");
  return {
    schema: requireText(row, "nspname"),
    table: requireText(row, "relname"),
    isPartitioned: requireBoolean(row, "is_partitioned"),
    roots: decodeTextRows(row, "roots").map(([schema = "", name = ""]) =>
      formatTableName({ schema, table: name })
    ),
    hasIdentifiedPartitions: decodeBoolean(row, "has_identified_partitions"),
    identity: IDENTITIES[requireText(row, "relreplident")] ?? "default",
    key: decodeTexts(row, "key"),
    candidateIndex: decodeText(row, "candidate"),
    columns: columns.map(([, name = "", type = "", notNull, generated = "", hasDefault]) => ({
      name,
      type,
      isNotNull: notNull === "true",
      generated: GENERATED[generated] ?? "",
      hasDefault: hasDefault === "true",
    })),
    numbers: new Map(columns.map(([number = "", name = ""]) => [number, name])),
  };
}

/** `prattrs`: numbers of columns; null without a column list. */
function columnList(row: Row, tables: ReadonlyMap<string, NumberedTable>): readonly string[] | null {
  const attributes = decodeText(row, "attributes");
  if (attributes === null) return null;
  const numbers = tables.get(decodeLabel(row, "rel"))?.numbers;
  return attributes.split(" ").flatMap((number) => numbers?.get(number) ?? []);
}

function decodeSequence(row: Row): CatalogueSequence {
  const lastValue = decodeText(row, "last_value");
  return {
    schema: requireText(row, "nspname"),
    sequence: qualifiedName(row),
    lastValue: lastValue === null ? null : BigInt(lastValue),
    isDescending: requireBoolean(row, "is_descending"),
    isReadable: requireBoolean(row, "is_readable"),
  };
}
