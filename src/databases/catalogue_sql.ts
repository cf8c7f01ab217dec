/**
 * Statements that read the catalogues of one database.
 *
 * They lock no user table. `pg_publication_tables` and `pg_partition_tree()` would: they wait for a session that holds
 * ACCESS EXCLUSIVE on one of the tables.
 *
 * @module
 */
import { quoteText } from "../domain/sql_text.ts";

/** Most tables of a database that are read with their columns. */
export const MOST_TABLES = 5000;
/** Most memberships of tables in publications, or in subscriptions, that are read. */
export const MOST_MEMBERS = 20_000;
/** Most names of other tables, and most sequences. */
export const MOST_OTHER_NAMES = 10_000;

/** OIDs of what users made begin here (`FirstNormalObjectId`): what is below is never published. */
const FIRST_USER_OID = 16384;

/** Publications. */
export function publicationsSql(versionNum: number): string {
  return `SELECT p.pubname, p.puballtables, p.pubinsert, p.pubupdate, p.pubdelete, p.pubtruncate, p.pubviaroot,
    ${versionNum >= 180000 ? "p.pubgencols = 's'" : "false"} AS pubgencols
    FROM pg_catalog.pg_publication AS p ORDER BY p.pubname`;
}

/**
 * Tables of publications, as the server resolves them: a partitioned table stands for its partitions, or, with
 * `publish_via_partition_root`, these for it.
 *
 * {@link https://github.com/postgres/postgres/blob/master/src/backend/catalog/pg_publication.c} (`pg_get_publication_tables`)
 */
export function publishedTablesSql(versionNum: number): string {
  const since15 = versionNum >= 150000;
  const published = (alias: string) =>
    `${alias}.oid >= ${FIRST_USER_OID} AND ${alias}.relkind IN ('r', 'p') AND ${alias}.relpersistence = 'p'`;
  return `WITH RECURSIVE listed AS (
    SELECT r.prpubid AS pub, r.prrelid AS rel, ${
    since15
      ? "r.prqual IS NOT NULL AS is_filtered, r.prattrs::text AS attributes"
      : "false AS is_filtered, NULL AS attributes"
  }
    FROM pg_catalog.pg_publication_rel AS r
    UNION ALL SELECT p.oid, c.oid, false, NULL FROM pg_catalog.pg_publication AS p
      JOIN pg_catalog.pg_class AS c ON ${published("c")} WHERE p.puballtables${
    since15
      ? `
    UNION ALL SELECT s.pnpubid, c.oid, false, NULL FROM pg_catalog.pg_publication_namespace AS s
      JOIN pg_catalog.pg_class AS c ON c.relnamespace = s.pnnspid AND ${published("c")}`
      : ""
  }
  ), member AS (
    SELECT pub, rel, pg_catalog.bool_and(is_filtered) AS is_filtered, pg_catalog.max(attributes) AS attributes
    FROM listed GROUP BY pub, rel
  ), part (root, rel) AS (
    SELECT DISTINCT m.rel, m.rel FROM member AS m JOIN pg_catalog.pg_class AS c ON c.oid = m.rel AND c.relkind = 'p'
    UNION SELECT part.root, i.inhrelid FROM part JOIN pg_catalog.pg_inherits AS i ON i.inhparent = part.rel
  ), resolved AS (
    SELECT m.pub, m.rel, m.is_filtered, m.attributes FROM member AS m
      JOIN pg_catalog.pg_publication AS p ON p.oid = m.pub
      JOIN pg_catalog.pg_class AS c ON c.oid = m.rel
      WHERE CASE WHEN p.pubviaroot THEN NOT EXISTS (SELECT 1 FROM part
          JOIN member AS root ON root.rel = part.root AND root.pub = m.pub
          WHERE part.rel = m.rel AND part.root <> m.rel)
        ELSE c.relkind = 'r' END
    UNION ALL SELECT m.pub, part.rel, false, NULL FROM member AS m
      JOIN pg_catalog.pg_publication AS p ON p.oid = m.pub AND NOT p.pubviaroot
      JOIN part ON part.root = m.rel
      JOIN pg_catalog.pg_class AS leaf ON leaf.oid = part.rel AND leaf.relkind = 'r'
      WHERE NOT EXISTS (SELECT 1 FROM member AS own WHERE own.pub = m.pub AND own.rel = part.rel)
  )
  SELECT DISTINCT p.pubname, r.rel::text AS rel, r.is_filtered, r.attributes
  FROM resolved AS r JOIN pg_catalog.pg_publication AS p ON p.oid = r.pub
  LIMIT ${MOST_MEMBERS + 1}`;
}

/**
 * Subscriptions of the database with their tables; one row without a table where there is none.
 *
 * 13 does not let the role read `pg_subscription.oid`.
 */
export function subscribedTablesSql(versionNum: number): string {
  const [subid, subbinary] = versionNum >= 140000 ? ["s.oid", "s.subbinary"] : [
    `(SELECT DISTINCT w.subid FROM pg_catalog.pg_stat_subscription AS w
      JOIN pg_catalog.pg_subscription_rel AS own ON own.srsubid = w.subid WHERE w.subname = s.subname)`,
    "false",
  ];
  return `SELECT s.subname, ${subbinary} AS subbinary, r.srrelid::text AS rel, r.srsubstate::text AS state
    FROM pg_catalog.pg_subscription AS s
    JOIN pg_catalog.pg_database AS d ON d.oid = s.subdbid AND d.datname = pg_catalog.current_database()
    LEFT JOIN pg_catalog.pg_subscription_rel AS r ON r.srsubid = ${subid}
    ORDER BY s.subname LIMIT ${MOST_MEMBERS + 1}`;
}

/**
 * Tables with their columns and keys.
 *
 * @param oids Which.
 */
export function tablesSql(oids: readonly string[]): string {
  return `SELECT c.oid::text AS rel, n.nspname, c.relname, c.relkind = 'p' AS is_partitioned, c.relreplident::text,
    (SELECT pg_catalog.json_agg(a.attname ORDER BY k.ord)::text
      FROM pg_catalog.pg_index AS i, pg_catalog.unnest(i.indkey::int2[]) WITH ORDINALITY AS k(attnum, ord)
      JOIN pg_catalog.pg_attribute AS a ON a.attnum = k.attnum
      WHERE i.indrelid = c.oid AND a.attrelid = c.oid AND k.ord <= i.indnkeyatts AND i.indisvalid AND i.indimmediate
        AND CASE WHEN c.relreplident = 'i' THEN i.indisreplident ELSE i.indisprimary END) AS key,
    CASE WHEN c.relkind = 'p' THEN (WITH RECURSIVE below AS (
        SELECT i.inhrelid FROM pg_catalog.pg_inherits AS i WHERE i.inhparent = c.oid
        UNION ALL SELECT i.inhrelid FROM below JOIN pg_catalog.pg_inherits AS i ON i.inhparent = below.inhrelid)
      SELECT pg_catalog.bool_and(leaf.relreplident = 'f' OR leaf.relreplident <> 'n' AND EXISTS (
        SELECT 1 FROM pg_catalog.pg_index AS i
        WHERE i.indrelid = leaf.oid AND i.indisvalid AND i.indimmediate
          AND CASE WHEN leaf.relreplident = 'i' THEN i.indisreplident ELSE i.indisprimary END))
      FROM below JOIN pg_catalog.pg_class AS leaf ON leaf.oid = below.inhrelid AND leaf.relkind = 'r') END
      AS has_identified_partitions,
    (SELECT ic.relname FROM pg_catalog.pg_index AS i JOIN pg_catalog.pg_class AS ic ON ic.oid = i.indexrelid
      WHERE i.indrelid = c.oid AND i.indisunique AND i.indisvalid AND i.indimmediate
        AND i.indpred IS NULL AND i.indexprs IS NULL AND NOT EXISTS (SELECT 1 FROM pg_catalog.pg_attribute AS a
          WHERE a.attrelid = c.oid AND a.attnum = ANY (i.indkey::int2[]) AND NOT a.attnotnull)
      ORDER BY i.indnkeyatts, i.indexrelid LIMIT 1) AS candidate,
    CASE WHEN c.relispartition THEN (WITH RECURSIVE above AS (
        SELECT i.inhparent FROM pg_catalog.pg_inherits AS i WHERE i.inhrelid = c.oid
        UNION ALL SELECT i.inhparent FROM above JOIN pg_catalog.pg_inherits AS i ON i.inhrelid = above.inhparent)
      SELECT pg_catalog.json_agg(pg_catalog.json_build_array(an.nspname, a.relname))::text
      FROM above JOIN pg_catalog.pg_class AS a ON a.oid = above.inhparent
      JOIN pg_catalog.pg_namespace AS an ON an.oid = a.relnamespace) END AS roots,
    (SELECT pg_catalog.json_agg(pg_catalog.json_build_array(a.attnum::text, a.attname,
        pg_catalog.format_type(a.atttypid, a.atttypmod), a.attnotnull::text, a.attgenerated,
        (a.atthasdef OR a.attidentity <> '')::text) ORDER BY a.attnum)::text
      FROM pg_catalog.pg_attribute AS a
      WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped) AS columns
    FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
    WHERE c.oid = ANY (${quoteText(`{${oids.join(",")}}`)}::pg_catalog.oid[])`;
}

/** Names of all tables of users. */
export const TABLE_NAMES_SQL: string = `SELECT n.nspname, c.relname FROM pg_catalog.pg_class AS c
    JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
    WHERE c.oid >= ${FIRST_USER_OID} AND c.relkind IN ('r', 'p') AND c.relpersistence <> 't'
    LIMIT ${MOST_OTHER_NAMES + 1}`;

/**
 * Sequences in the schemas of tables.
 *
 * `pg_sequence_last_value()` locks a sequence as a query does: this may time out.
 *
 * @param oids The tables.
 */
export function sequencesSql(oids: readonly string[]): string {
  return `SELECT n.nspname, c.relname, s.seqincrement < 0 AS is_descending, r.is_readable,
    CASE WHEN r.is_readable THEN pg_catalog.pg_sequence_last_value(c.oid)::text END AS last_value
    FROM pg_catalog.pg_sequence AS s JOIN pg_catalog.pg_class AS c ON c.oid = s.seqrelid AND c.relpersistence = 'p'
    JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
    CROSS JOIN LATERAL (SELECT pg_catalog.has_schema_privilege(n.oid, 'USAGE')
      AND pg_catalog.has_sequence_privilege(c.oid, 'SELECT') AS is_readable) AS r
    WHERE n.oid IN (SELECT t.relnamespace FROM pg_catalog.pg_class AS t
      WHERE t.oid = ANY (${quoteText(`{${oids.join(",")}}`)}::pg_catalog.oid[]))
    LIMIT ${MOST_OTHER_NAMES}`;
}
