/**
 * SQL of the consistency check of a subscription: which of a table is published, and how far it is applied.
 *
 * The catalogues are read directly: `pg_publication_tables` locks every published table.
 *
 * @module
 */
import type { TableName } from "../domain/table_name.ts";
import { literal } from "./table_sql.ts";

/** A subscription as its subscriber knows it. */
export interface ComparedSubscription {
  /** `subname`. */
  readonly name: string;
  /** `pg_subscription.oid`. */
  readonly oid: string;
  /** Its database on the subscriber. */
  readonly database: string;
  /** Its slot on the publisher. */
  readonly slot: string;
  /** The slot's database on the publisher. */
  readonly publisherDatabase: string;
  /** `subpublications`. */
  readonly publications: readonly string[];
  /** `suborigin` (16+): any or none. */
  readonly origin: string | null;
}

function oidOf({ schema, table }: TableName): string {
  return `(SELECT c.oid FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
    WHERE n.nspname = ${literal(schema)} AND c.relname = ${literal(table)})`;
}

/**
 * How each of the publications publishes a table; no row of those that do not.
 *
 * A partition is published as the topmost published ancestor, when the publication says so. Row filters and lists of columns
 * are new in 15, and then also whole schemas.
 *
 * @param name The table.
 * @param options `publications`: their names; `versionNum`: of the publisher.
 */
export function publishedSql(
  name: TableName,
  { publications, versionNum }: { readonly publications: readonly string[]; readonly versionNum: number },
): string {
  const has15 = versionNum >= 150_000;
  const bySchema = has15
    ? `EXISTS (SELECT 1 FROM pg_catalog.pg_publication_namespace AS pn JOIN pg_catalog.pg_class AS pc
        ON pc.relnamespace = pn.pnnspid WHERE pn.pnpubid = p.oid AND pc.oid = a.relid)`
    : "false";
  const isPartRestricted = has15
    ? `EXISTS (SELECT 1 FROM pg_catalog.pg_publication_rel AS x JOIN pg_catalog.pg_partition_tree(t.oid) AS y
        ON y.relid = x.prrelid WHERE x.prpubid = p.oid AND (x.prqual IS NOT NULL OR x.prattrs IS NOT NULL))`
    : "false";
  return `SELECT p.pubname, p.pubviaroot AS via_root, (c.relkind = 'p') AS is_partitioned,
    p.pubinsert AND p.pubupdate AND p.pubdelete AND p.pubtruncate AS has_all_actions,
    p.puballtables OR own.relid IS NOT NULL AS is_own, root.name AS root,
    ${has15 ? "pg_catalog.pg_get_expr(r.prqual, r.prrelid)" : "NULL"} AS filter,
    ${has15 ? "pg_catalog.array_to_string(r.prattrs::int2[], ' ')" : "NULL"} AS columns,
    ${isPartRestricted} AS is_part_restricted,
    ${versionNum >= 180_000 ? "p.pubgencols = 's'" : "false"} AS has_generated,
    EXISTS (SELECT 1 FROM pg_catalog.pg_subscription_rel AS s WHERE s.srrelid = t.oid) AS is_subscribed
    FROM pg_catalog.pg_publication AS p CROSS JOIN (SELECT ${oidOf(name)} AS oid) AS t
    JOIN pg_catalog.pg_class AS c ON c.oid = t.oid
    LEFT JOIN pg_catalog.pg_publication_rel AS r ON r.prpubid = p.oid AND r.prrelid = t.oid
    LEFT JOIN LATERAL (SELECT a.relid FROM (SELECT t.oid AS relid) AS a
      WHERE r.oid IS NOT NULL OR ${bySchema}) AS own ON true
    LEFT JOIN LATERAL (SELECT a.relid::pg_catalog.regclass::text AS name
      FROM pg_catalog.pg_partition_ancestors(t.oid) WITH ORDINALITY AS a(relid, ord)
      WHERE a.relid <> t.oid AND (p.puballtables OR ${bySchema} OR EXISTS (
        SELECT 1 FROM pg_catalog.pg_publication_rel AS x WHERE x.prpubid = p.oid AND x.prrelid = a.relid))
      ORDER BY a.ord DESC LIMIT 1) AS root ON true
    WHERE p.pubname IN (${publications.map(literal).join(", ") || "NULL"})
      AND (p.puballtables OR own.relid IS NOT NULL OR root.name IS NOT NULL)`;
}

/**
 * Columns of a table that can be published, in their order.
 *
 * @param name The table.
 */
export function columnsSql(name: TableName): string {
  return `SELECT a.attnum::text AS number, a.attname::text AS name,
    pg_catalog.format_type(a.atttypid, a.atttypmod) AS type, ty.typname::text AS base,
    ty.typnamespace = 'pg_catalog'::pg_catalog.regnamespace AS is_built_in, ty.typtype = 'e' AS is_enum,
    a.attgenerated::text AS generated
    FROM pg_catalog.pg_attribute AS a JOIN pg_catalog.pg_type AS ty ON ty.oid = a.atttypid
    WHERE a.attrelid = ${oidOf(name)} AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum`;
}

/**
 * A table on a subscriber: no row when it does not exist.
 *
 * @param name The table.
 * @param options `subscription`: its oid; `versionNum`: of the subscriber.
 */
export function subscribedSql(
  name: TableName,
  { subscription, versionNum }: { readonly subscription: string; readonly versionNum: number },
): string {
  const bySchema = versionNum < 150_000
    ? ""
    : " OR EXISTS (SELECT 1 FROM pg_catalog.pg_publication_namespace AS p WHERE p.pnnspid = c.relnamespace)";
  return `SELECT c.oid::text AS oid, c.relkind = 'p' AS is_partitioned,
    pg_catalog.has_schema_privilege(n.oid, 'USAGE') AS may_use_schema,
    pg_catalog.has_table_privilege(c.oid, 'SELECT') AS may_select,
    EXISTS (SELECT 1 FROM pg_catalog.pg_publication AS p WHERE p.puballtables) OR EXISTS (
      SELECT 1 FROM pg_catalog.pg_publication_rel AS p
      WHERE p.prrelid = c.oid OR p.prrelid IN (SELECT * FROM pg_catalog.pg_partition_ancestors(c.oid))
    )${bySchema} AS is_published, r.srsubstate::text AS state,
    (SELECT pg_catalog.string_agg(DISTINCT s.subname::text, ', ') FROM pg_catalog.pg_subscription_rel AS o
      JOIN pg_catalog.pg_stat_subscription AS s ON s.subid = o.srsubid WHERE o.srrelid = c.oid AND o.srsubid <> ${subscription}) AS others
    FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
    LEFT JOIN pg_catalog.pg_subscription_rel AS r ON r.srrelid = c.oid AND r.srsubid = ${subscription}
    WHERE c.oid = ${oidOf(name)}`;
}

/**
 * Condition that all of a table was copied.
 *
 * @param oid The table's oid on the subscriber.
 * @param options The subscription's oid, and whether it has the partitions of the table, not the table itself.
 */
export function copiedSql(
  oid: string,
  { subscription, byPartition }: { readonly subscription: string; readonly byPartition: boolean },
): string {
  const tables = byPartition
    ? `(SELECT p.relid FROM pg_catalog.pg_partition_tree(${oid}) AS p WHERE p.isleaf)`
    : `(SELECT ${oid}::oid AS relid)`;
  return `NOT EXISTS (SELECT 1 FROM ${tables} AS leaf WHERE NOT EXISTS (
    SELECT 1 FROM pg_catalog.pg_subscription_rel AS s
    WHERE s.srrelid = leaf.relid AND s.srsubid = ${subscription} AND s.srsubstate = 'r'))`;
}

/**
 * The last position that a subscription received.
 *
 * @param subscription Its oid.
 */
export function receivedSql(subscription: string): string {
  return `SELECT pg_catalog.pg_is_in_recovery() AS in_recovery,
    (SELECT pg_catalog.max(greatest(s.received_lsn, s.latest_end_lsn)) FROM pg_catalog.pg_stat_subscription AS s
      WHERE s.subid = ${subscription} AND s.relid IS NULL) AS received`;
}

/**
 * What a slot's subscriber has confirmed to have applied and flushed.
 *
 * @param slot Its name; of the session's database.
 */
export function confirmedSql(slot: string): string {
  return `SELECT s.confirmed_flush_lsn AS confirmed, pg_catalog.pg_current_wal_insert_lsn() AS insert_position
    FROM pg_catalog.pg_replication_slots AS s
    WHERE s.slot_name = ${literal(slot)} AND s.database = pg_catalog.current_database()`;
}
