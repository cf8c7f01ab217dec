import { quoteText } from "../domain/sql_text.ts";
import type { TableName } from "../domain/table_name.ts";

/** A column of the key by which a table is read in ranges. */
export interface KeyColumn {
  /** Its name. */
  readonly name: string;
  /** Its type, as SQL. */
  readonly type: string;
  /** Whether its order depends on a collation, which the two hosts may have in different versions. */
  readonly isCollated: boolean;
}

/** A table that can be compared. */
export interface Table {
  /** Its name. */
  readonly name: TableName;
  /** Whether it is partitioned: its rows are those of its partitions. */
  readonly isPartitioned: boolean;
  /** Columns of its key; `[]` when it has none that can be used. */
  readonly key: readonly KeyColumn[];
}

/** One key: the text of each column. */
export type Key = readonly string[];

/** Rows behind `after` up to and including `upTo`; null: from the first, to the last. */
export interface KeyRange {
  /** The key before the first; null: none. */
  readonly after: Key | null;
  /** The last key; null: whatever comes. */
  readonly upTo: Key | null;
}

/** All rows. */
export const WHOLE_TABLE: KeyRange = { after: null, upTo: null };

/** Settings that change how rows are written as text, and what a reading may use; the same on both servers. */
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

/** Makes a session write rows as every other one does. */
export const SET_SESSION = `SELECT ${
  SETTINGS.map(([name, value]) => `pg_catalog.set_config(${quoteText(name)}, ${quoteText(value)}, false)`)
    .join(", ")
}`;

/** The same for one statement, behind a pooler that hands each one to another connection. */
export const SET_STATEMENT: string = SETTINGS.map(([name, value]) =>
  `SET LOCAL ${name} = ${quoteText(value)}; `
)
  .join("");

/** A text literal that is read the same whatever `standard_conforming_strings` is. */
function literal(text: string): string {
  return text.includes("\\") ? ` E${quoteText(text.replaceAll("\\", "\\\\"))}` : quoteText(text);
}

/** An identifier in quotes whatever it is: also a reserved word. */
function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** The table's name as SQL. */
export function sqlName({ schema, table }: TableName): string {
  return `${quoted(schema)}.${quoted(table)}`;
}

/**
 * What kind of relation it is, how many rows it may have, whether we may read it, and the sizes of WAL.
 *
 * @param name The table.
 */
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
 * Columns of the primary key, or of another unique index that every row is in.
 *
 * An extension's type may have an order that operators found through our search path do not have: it is no key.
 *
 * @param oid The table's oid.
 */
export function keySql(oid: string): string {
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
          WHERE n.attrelid = i.indrelid AND n.attnum = ANY (i.indkey::int2[]) AND NOT n.attnotnull)
      ORDER BY i.indisprimary DESC, i.indnkeyatts, i.indexrelid LIMIT 1) AS i
    CROSS JOIN LATERAL pg_catalog.unnest(i.indkey::int2[]) WITH ORDINALITY AS k(attnum, ord)
    JOIN pg_catalog.pg_attribute AS a ON a.attrelid = i.indrelid AND a.attnum = k.attnum
    JOIN pg_catalog.pg_type AS ty ON ty.oid = a.atttypid
    WHERE k.ord <= i.indnkeyatts ORDER BY k.ord`;
}

/**
 * Where the server stands, in the snapshot of the statement it is part of: evaluated after the snapshot was taken, so
 * that the commit of every transaction which that shows lies before `insert_position`.
 */
const STANDING = `SELECT pg_catalog.pg_is_in_recovery() AS in_recovery,
  CASE WHEN pg_catalog.pg_is_in_recovery() THEN NULL ELSE pg_catalog.pg_current_wal_insert_lsn() END AS insert_position,
  CASE WHEN pg_catalog.pg_is_in_recovery() THEN NULL ELSE pg_catalog.pg_current_wal_flush_lsn() END AS flush_position,
  pg_catalog.pg_current_snapshot()::text AS snapshot,
  pg_catalog.age(pg_catalog.pg_snapshot_xmax(pg_catalog.pg_current_snapshot())::xid) AS begun`;

/** What a row says: the same text on both servers. */
const CONTENT = "pg_catalog.hashtextextended((t.*)::text, 0)";
/** Which version of a row it is: an update leaves another one, even one that changes nothing. */
const VERSION = "t.tableoid::text || ' ' || t.ctid::text || ' ' || t.xmin::text";

function source(table: Table): string {
  return `${table.isPartitioned ? "" : "ONLY "}${sqlName(table.name)} AS t`;
}

function columns(key: readonly KeyColumn[]): readonly string[] {
  return key.map(({ name }) => `t.${quoted(name)}`);
}

function bound(table: Table, operator: string, values: Key): string {
  const literals = table.key.map(({ type }, index) => `${literal(values[index] ?? "")}::${type}`);
  return `ROW(${columns(table.key).join(", ")}) ${operator} ROW(${literals.join(", ")})`;
}

function within(table: Table, { after, upTo }: KeyRange): string {
  const conditions = [
    ...after === null ? [] : [bound(table, ">", after)],
    ...upTo === null ? [] : [bound(table, "<=", upTo)],
  ];
  return conditions.length === 0 ? "" : `WHERE ${conditions.join(" AND ")}`;
}

/**
 * Rows of a range, as sums that do not depend on their order.
 *
 * @param table The table.
 * @param options The range, and how many rows are read at most.
 */
export function sumSql(
  table: Table,
  { range, limit }: { readonly range: KeyRange; readonly limit: number },
): string {
  return `SELECT r.*, s.* FROM (${STANDING}) AS r CROSS JOIN LATERAL (
    SELECT pg_catalog.count(*)::text AS rows, pg_catalog.sum(x.content)::text AS content,
      pg_catalog.sum(pg_catalog.hashtextextended(x.version, 0))::text AS versions
    FROM (SELECT ${CONTENT} AS content, ${VERSION} AS version
      FROM ${source(table)} ${within(table, range)} LIMIT ${limit}) AS x) AS s`;
}

/**
 * Rows of a range, one by one, in the order of the key.
 *
 * @param table The table, with a key.
 * @param options The range, and how many rows are read at most.
 */
export function rowsSql(
  table: Table,
  { range, limit }: { readonly range: KeyRange; readonly limit: number },
): string {
  return oneByOne(table, `${within(table, range)} ORDER BY ${columns(table.key).join(", ")} LIMIT ${limit}`);
}

/**
 * Rows of some keys, one by one, without believing any order: also what an index in another order would not find.
 *
 * @param table The table, with a key.
 * @param rows Their keys, and their versions as {@linkcode rowsSql} tells them.
 */
export function lookUpSql(
  table: Table,
  rows: readonly { readonly key: Key; readonly versions: readonly string[] }[],
): string {
  // What an expression makes of a column is in no index.
  const texts = columns(table.key).map((column) => `${column}::text || ''`);
  const wanted = rows.map(({ key }) => `(${key.map(literal).join(", ")})`);
  const places = rows.flatMap(({ versions }) => versions.map((version) => version.split(" ")[1] ?? ""));
  const tids = places.map((place) => `'${place}'::pg_catalog.tid`);
  return oneByOne(
    table,
    `WHERE t.ctid = ANY (ARRAY[${tids.join(", ")}]) AND (${texts.join(", ")}) IN (${wanted.join(", ")})`,
  );
}

function oneByOne(table: Table, rest: string): string {
  const keys = columns(table.key).map((column, index) => `${column}::text AS key${index}`);
  return `SELECT r.*, x.* FROM (${STANDING}) AS r LEFT JOIN LATERAL (
    SELECT ${keys.join(", ")}, ${CONTENT}::text AS content, ${VERSION} AS version
    FROM ${source(table)} ${rest}) AS x ON true`;
}

/**
 * The key so many rows into a range.
 *
 * @param table The table, with a key.
 * @param options The range, and the rows before that one.
 */
export function keyAtSql(
  table: Table,
  { range, offset }: { readonly range: KeyRange; readonly offset: number },
): string {
  const all = columns(table.key);
  return `SELECT ${all.map((column, index) => `${column}::text AS key${index}`).join(", ")}
    FROM ${source(table)} ${within(table, range)} ORDER BY ${all.join(", ")} OFFSET ${offset} LIMIT 1`;
}

/** How far a standby has replayed. */
export const REPLAYED_SQL: string = "SELECT pg_catalog.pg_is_in_recovery() AS in_recovery, " +
  "pg_catalog.pg_last_wal_replay_lsn() AS replayed";

/**
 * Whether a standby already shows any of these transactions as committed.
 *
 * One that it has not heard of is not committed there, and asking for it would be an error.
 *
 * @param xids 64-bit transaction ids.
 */
export function anyCommittedSql(xids: readonly string[]): string {
  const list = xids.map((xid) => `('${xid}'::xid8)`).join(", ");
  return `SELECT pg_catalog.count(*) > 0 AS any_committed FROM (VALUES ${list}) AS v(xid)
    WHERE CASE WHEN v.xid >= pg_catalog.pg_snapshot_xmax(pg_catalog.pg_current_snapshot()) THEN false
      ELSE pg_catalog.pg_xact_status(v.xid) = 'committed' END`;
}
