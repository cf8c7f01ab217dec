import { quoteText } from "../domain/sql_text.ts";
import type { TableName } from "../domain/table_name.ts";

/** A column of the key that a table is ordered by. */
export interface KeyColumn {
  /** Its name. */
  readonly name: string;
  /** Its type, as SQL. */
  readonly type: string;
  /** Whether its order depends on a collation, whose version may differ between hosts. */
  readonly isCollated: boolean;
  /** Whether it is ordered by its bytes (collation `C`) whatever its collation, at the cost of a sort. */
  readonly isOrderedByBytes?: boolean;
}

/** A table to compare, as the primary describes it. */
export interface ComparedTable {
  /** Its name. */
  readonly name: TableName;
  /** Changes when the name means another table, in this or another database, or the key changes. */
  readonly identity: string;
  /** Estimated number of rows (`pg_class.reltuples`); null before the first VACUUM or ANALYZE. */
  readonly estimatedRows: number | null;
  /** Whether it is partitioned: its rows are those of its partitions. */
  readonly isPartitioned: boolean;
  /** Columns of its key; `[]` when it has no usable key. */
  readonly key: readonly KeyColumn[];
  /** Names of the columns that are compared; absent: all. */
  readonly columns?: readonly string[];
  /** Whether the copy publishes the table itself. */
  readonly isPublishedAgain?: boolean;
  /** What is compared of a row `t`, as SQL expressions; absent: the whole row. */
  readonly values?: readonly string[];
  /** Which rows are compared, as an SQL condition on their columns; absent: all. */
  readonly filter?: string | null;
  /** Whether the server has all rows that it is to have, as an SQL condition; absent: always. */
  readonly readyWhen?: string;
}

/** Key of a row: the text of each column. */
export type RowKey = readonly string[];

/** A row to look up. */
export interface RowPlace {
  /** Its key. */
  readonly key: RowKey;
  /** Its versions: partition, place in the file (`ctid`) and `xmin`. */
  readonly versions: readonly string[];
}

/** Rows behind the key `after` up to and including the key `upTo`. */
export interface KeyRange {
  /** Key before the first row; null: from the first row of the table. */
  readonly after: RowKey | null;
  /** Key of the last row; null: to the end of the table. */
  readonly upTo: RowKey | null;
}

/** A range to read. */
export interface LimitedRange {
  /** The range. */
  readonly range: KeyRange;
  /** Most rows to read. */
  readonly limit: number;
}

/** All rows. */
export const WHOLE_TABLE: KeyRange = { after: null, upTo: null };

/** Settings that fix the text form of rows, so that it is the same on both servers, and limit what a query uses. */
const SETTINGS: readonly (readonly [string, string])[] = [
  ["search_path", "pg_catalog"],
  ["datestyle", "ISO, YMD"],
  ["intervalstyle", "postgres"],
  ["timezone", "UTC"],
  ["extra_float_digits", "3"],
  ["bytea_output", "hex"],
  ["lc_monetary", "C"],
  ["quote_all_identifiers", "off"],
  ["row_security", "off"],
  ["max_parallel_workers_per_gather", "0"],
];

/** Applies the settings to a session. */
export const SET_SESSION = `SELECT ${
  SETTINGS.map(([name, value]) => `pg_catalog.set_config(${quoteText(name)}, ${quoteText(value)}, false)`)
    .join(", ")
}`;

/** Applies them to one statement: behind a pooler the next one may get another connection. */
export const SET_STATEMENT: string = SETTINGS
  .map(([name, value]) => `SET LOCAL ${name} = ${quoteText(value)}; `)
  .join("");

/** A text literal that does not depend on `standard_conforming_strings`. */
export function literal(text: string): string {
  return text.includes("\\") ? ` E${quoteText(text.replaceAll("\\", "\\\\"))}` : quoteText(text);
}

/** An identifier, always quoted: it may be a reserved word. */
export function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** The table's name as SQL. */
export function sqlName({ schema, table }: TableName): string {
  return `${quoted(schema)}.${quoted(table)}`;
}

/** Describes a table: kind, estimated rows, privileges to read it, and the server's WAL sizes. */
export function describeSql({ schema, table }: TableName): string {
  return `SELECT c.oid::text AS oid, c.relkind::text AS kind, c.relpersistence::text AS persistence,
    pg_catalog.has_schema_privilege(n.oid, 'USAGE') AS may_use_schema,
    pg_catalog.has_table_privilege(c.oid, 'SELECT') AS may_select,
    EXISTS (SELECT 1 FROM pg_catalog.pg_partition_tree(c.oid) AS p
      JOIN pg_catalog.pg_class AS leaf ON leaf.oid = p.relid
      WHERE leaf.relkind = 'f' OR leaf.relpersistence <> 'p') AS has_unreplicated_part,
    (SELECT d.oid::text FROM pg_catalog.pg_database AS d WHERE d.datname = pg_catalog.current_database()) AS database,
    (SELECT CASE WHEN pg_catalog.bool_and(leaf.reltuples >= 0) THEN pg_catalog.sum(leaf.reltuples)::bigint::text END
      FROM pg_catalog.pg_class AS leaf WHERE leaf.oid = c.oid AND c.relkind <> 'p' OR leaf.oid IN (
        SELECT p.relid FROM pg_catalog.pg_partition_tree(c.oid) AS p WHERE p.isleaf)) AS estimated_rows,
    pg_catalog.current_setting('wal_block_size') AS wal_page,
    (SELECT s.setting FROM pg_catalog.pg_settings AS s WHERE s.name = 'wal_segment_size') AS wal_segment
    FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
    WHERE n.nspname = ${literal(schema)} AND c.relname = ${literal(table)}`;
}

/**
 * Columns of the primary key, or of another unique index that contains every row.
 *
 * A type of an extension is not usable: operators found through our search path may order it differently.
 *
 * @param oid The table's oid.
 * @param among Numbers of the columns that the key may have; all when absent.
 */
export function keySql(oid: string, among: readonly number[] | null = null): string {
  const isBarred = among === null ? "" : ` OR n.attnum <> ALL ('{${among.join(",")}}'::int2[])`;
  return `SELECT a.attname::text AS name, pg_catalog.format_type(a.atttypid, a.atttypmod) AS type,
    a.attcollation <> 0 AND NOT EXISTS (SELECT 1 FROM pg_catalog.pg_collation AS l
      WHERE l.oid = a.attcollation AND l.collname IN ('C', 'POSIX')) AS is_collated,
    ty.typnamespace = 'pg_catalog'::pg_catalog.regnamespace OR ty.typtype = 'e' AS is_usable
    FROM (SELECT i.indrelid, i.indkey, i.indnkeyatts FROM pg_catalog.pg_index AS i
      JOIN pg_catalog.pg_class AS ic ON ic.oid = i.indexrelid
      JOIN pg_catalog.pg_am AS am ON am.oid = ic.relam AND am.amname = 'btree'
      WHERE i.indrelid = ${oid} AND i.indisunique AND i.indisvalid AND i.indimmediate
        AND i.indpred IS NULL AND i.indexprs IS NULL
        AND NOT EXISTS (SELECT 1 FROM pg_catalog.pg_attribute AS n
          WHERE n.attrelid = i.indrelid AND n.attnum = ANY (i.indkey::int2[]) AND (NOT n.attnotnull${isBarred}))
      ORDER BY i.indisprimary DESC, i.indnkeyatts, i.indexrelid LIMIT 1) AS i
    CROSS JOIN LATERAL pg_catalog.unnest(i.indkey::int2[]) WITH ORDINALITY AS k(attnum, ord)
    JOIN pg_catalog.pg_attribute AS a ON a.attrelid = i.indrelid AND a.attnum = k.attnum
    JOIN pg_catalog.pg_type AS ty ON ty.oid = a.atttypid
    WHERE k.ord <= i.indnkeyatts ORDER BY k.ord`;
}

/**
 * State of the server, read after the statement took its snapshot: the commits that the snapshot shows all lie before
 * `insert_position`.
 */
const SNAPSHOT_STATE = `SELECT pg_catalog.pg_is_in_recovery() AS in_recovery,
  CASE WHEN pg_catalog.pg_is_in_recovery() THEN NULL ELSE pg_catalog.pg_current_wal_insert_lsn() END AS insert_position,
  CASE WHEN pg_catalog.pg_is_in_recovery() THEN NULL ELSE pg_catalog.pg_current_wal_flush_lsn() END AS flush_position,
  pg_catalog.pg_current_snapshot()::text AS snapshot,
  pg_catalog.age(pg_catalog.pg_snapshot_xmax(pg_catalog.pg_current_snapshot())::xid) AS begun`;

/** Version of a row: every update makes a new one, even an update that changes nothing. */
const ROW_VERSION = "t.tableoid::text || ' ' || t.ctid::text || ' ' || t.xmin::text";

function source(table: ComparedTable): string {
  return `${table.isPartitioned ? "" : "ONLY "}${sqlName(table.name)} AS t`;
}

function columns(key: readonly KeyColumn[]): readonly string[] {
  return key.map(({ name, isOrderedByBytes }) => {
    const column = `t.${quoted(name)}`;
    return isOrderedByBytes === true ? `(${column} COLLATE pg_catalog."C")` : column;
  });
}

/** Hash of what is compared of a row: of the same text on both servers. */
function rowContent({ values }: ComparedTable): string {
  const row = values === undefined ? "(t.*)" : `ROW(${values.join(", ")})`;
  return `pg_catalog.hashtextextended(${row}::text, 0)`;
}

function snapshotState({ readyWhen = "true" }: ComparedTable): string {
  return `${SNAPSHOT_STATE}, ${readyWhen} AS is_ready`;
}

function bound(table: ComparedTable, operator: string, values: RowKey): string {
  const literals = table.key.map(({ type }, index) => `${literal(values[index] ?? "")}::${type}`);
  return `ROW(${columns(table.key).join(", ")}) ${operator} ROW(${literals.join(", ")})`;
}

function within(table: ComparedTable, { after, upTo }: KeyRange): string {
  const conditions = [
    ...after === null ? [] : [bound(table, ">", after)],
    ...upTo === null ? [] : [bound(table, "<=", upTo)],
    ...table.filter ? [`(${table.filter})`] : [],
  ];
  return conditions.length === 0 ? "" : `WHERE ${conditions.join(" AND ")}`;
}

/** Sums over the rows of a range, which do not depend on their order. */
export function sumSql(table: ComparedTable, { range, limit }: LimitedRange): string {
  return `SELECT r.*, s.* FROM (${snapshotState(table)}) AS r CROSS JOIN LATERAL (
    SELECT pg_catalog.count(*)::text AS rows, pg_catalog.sum(x.content)::text AS content,
      pg_catalog.sum(pg_catalog.hashtextextended(x.version, 0))::text AS versions
    FROM (SELECT ${rowContent(table)} AS content, ${ROW_VERSION} AS version
      FROM ${source(table)} ${within(table, range)} LIMIT ${limit}) AS x) AS s`;
}

/** Rows of a range of a table with a key, in key order. */
export function rowsSql(table: ComparedTable, { range, limit }: LimitedRange): string {
  return oneByOne(table, `${within(table, range)} ORDER BY ${columns(table.key).join(", ")} LIMIT ${limit}`);
}

/** Rows with the given keys at the given places of a table with a key, found without an index and its order. */
export function lookUpSql(table: ComparedTable, rows: readonly RowPlace[]): string {
  // An expression, so that no index on the column matches.
  const texts = columns(table.key).map((column) => `${column}::text || ''`);
  const wanted = rows.map(({ key }) => `(${key.map(literal).join(", ")})`);
  const places = rows.flatMap(({ versions }) => versions.map((version) => version.split(" ")[1] ?? ""));
  const tids = places.map((place) => `'${place}'::pg_catalog.tid`);
  return oneByOne(
    table,
    `WHERE t.ctid = ANY (ARRAY[${tids.join(", ")}]) AND (${texts.join(", ")}) IN (${wanted.join(", ")})`,
  );
}

function oneByOne(table: ComparedTable, rest: string): string {
  const keys = columns(table.key).map((column, index) => `${column}::text AS key${index}`);
  return `SELECT r.*, x.* FROM (${snapshotState(table)}) AS r LEFT JOIN LATERAL (
    SELECT ${keys.join(", ")}, ${rowContent(table)}::text AS content, ${ROW_VERSION} AS version
    FROM ${source(table)} ${rest}) AS x ON true`;
}

/** The key of a table that follows `offset` rows of a range. */
export function keyAtSql(
  table: ComparedTable,
  { range, offset }: { readonly range: KeyRange; readonly offset: number },
): string {
  const all = columns(table.key);
  return `SELECT ${all.map((column, index) => `${column}::text AS key${index}`).join(", ")}
    FROM ${source(table)} ${within(table, range)} ORDER BY ${all.join(", ")} OFFSET ${offset} LIMIT 1`;
}

/** Replay position of a standby. */
export const REPLAYED_SQL: string = "SELECT pg_catalog.pg_is_in_recovery() AS in_recovery, " +
  "pg_catalog.pg_last_wal_replay_lsn() AS replayed";

/**
 * Those of the transactions that are committed on a standby.
 *
 * `pg_xact_status()` raises an error for an id from the future, so ids from `xmax` on count as not committed.
 *
 * @param xids 64-bit transaction ids; at least one.
 */
export function committedSql(xids: readonly string[]): string {
  return `SELECT v.xid::text AS xid FROM ${transactions(xids)}
    WHERE CASE WHEN v.xid >= pg_catalog.pg_snapshot_xmax(pg_catalog.pg_current_snapshot()) THEN false
      ELSE pg_catalog.pg_xact_status(v.xid) = 'committed' END`;
}

/**
 * Those of the running transactions of a publisher that may have written their commit to WAL: a session that waits for its
 * client within a transaction has not. One whose session cannot be seen, or that is prepared, may have.
 *
 * @param xids 64-bit transaction ids; at least one.
 */
export function perhapsCommittingSql(xids: readonly string[]): string {
  return `SELECT v.xid::text AS xid FROM ${transactions(xids)}
    WHERE NOT EXISTS (SELECT 1 FROM pg_catalog.pg_stat_activity AS a WHERE a.backend_xid = v.xid::xid
      AND a.backend_type = 'client backend' AND a.state LIKE 'idle in transaction%')`;
}

function transactions(xids: readonly string[]): string {
  return `(VALUES ${xids.map((xid) => `('${xid}'::xid8)`).join(", ")}) AS v(xid)`;
}
