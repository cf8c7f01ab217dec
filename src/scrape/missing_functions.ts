/**
 * Which functions and tables of a statement the role may not use, or the server does not support.
 *
 * @module
 */
import { quoteName } from "../domain/sql_text.ts";
import { decodeText, requireBoolean, requireText, type Row } from "../postgres/decode.ts";
import { PostgresError } from "../postgres/errors.ts";
import type { QueryOptions, Session } from "../postgres/session.ts";

/** A function or table of `pg_catalog` that cannot be used. */
export interface Missing {
  /** Its name. */
  readonly name: string;
  /** Types of its arguments; null for a table. */
  readonly argumentTypes: string | null;
  /** Type of its result; null for a table. */
  readonly type: string | null;
  /** Its columns as a select list of NULLs; null when its result is one value. */
  readonly columns: string | null;
  /** Whether the role lacks the privilege; otherwise the server does not support it. */
  readonly isDenied: boolean;
}

/** Calls of the functions of {@linkcode inventorySql}, and the argument types that it and the collectors call them with. */
const OWN_CALLS = [
  ["has_function_privilege(31::oid, 'EXECUTE')", ["oid, text", "text, text"]],
  ["has_any_column_privilege(1259::oid, 'SELECT')", ["oid, text"]],
  ["has_table_privilege('pg_catalog.pg_class', 'SELECT')", ["text, text"]],
  ["oidvectortypes('')", ["oidvector"]],
  ["format_type(16, NULL)", ["oid, integer"]],
  ["pg_get_viewdef(0::oid)", ["oid"]],
  ["regexp_matches('', '', 'g')", ["text, text, text"]],
  ["unnest(ARRAY[''])", ["anyarray"]],
] as const;

/**
 * Finds what a statement lacks.
 *
 * @param session The session.
 * @param sql Statements whose functions and tables are all qualified by `pg_catalog`.
 * @param options Limits.
 * @returns What the role may not use.
 */
export async function findDenied(
  session: Session,
  sql: string,
  options: QueryOptions,
): Promise<readonly Missing[]> {
  const names = new Set([...sql.matchAll(/(?<!')pg_catalog\.(\w+)/g)].map(([, name = ""]) => name));
  try {
    return (await session.query(inventorySql(names), options)).map(decodeMissing).filter((each) =>
      each.isDenied
    );
  } catch (error) {
    if (sqlstateOf(error) !== "42501") throw error;
    return await findOwnDenied(session, options);
  }
}

/** Which functions of {@linkcode inventorySql} itself may not be used: what else is denied cannot be queried then. */
async function findOwnDenied(session: Session, options: QueryOptions): Promise<readonly Missing[]> {
  const failures = await failuresOf(session, OWN_CALLS.map(([call]) => `SELECT pg_catalog.${call}`), options);
  return OWN_CALLS.filter((_, index) => failures[index] === "42501").flatMap(([call, signatures]) => {
    const [name = ""] = call.split("(");
    const type = name.startsWith("has_") ? "boolean" : "text";
    return signatures.map((argumentTypes) => ({ name, argumentTypes, type, columns: null, isDenied: true }));
  });
}

/** SQLSTATE of a function that the server never supports. */
const UNSUPPORTED = "0A000";
/** The same outside recovery; in recovery what any server reports for functions of a primary. */
const UNSUPPORTED_ON_PRIMARY = "55000";

/** Whether a statement may have failed with this SQLSTATE because the server does not support a function. */
export function isUnsupported(sqlstate: string | null): boolean {
  return sqlstate === UNSUPPORTED || sqlstate === UNSUPPORTED_ON_PRIMARY;
}

/**
 * Finds functions that the server rejects: Amazon Aurora has no WAL of its own, and reports 0A000
 * (`feature_not_supported`) or, outside recovery, 55000.
 *
 * @param session The session.
 * @param sql A statement that failed.
 * @param options Limits.
 */
export async function findUnsupported(
  session: Session,
  sql: string,
  options: QueryOptions,
): Promise<readonly Missing[]> {
  const called = [...new Set([...sql.matchAll(/(?<!')pg_catalog\.(\w+)\(\)/g)].map(([, name = ""]) => name))];
  const [[row], failures] = await Promise.all([
    session.query("SELECT pg_catalog.pg_is_in_recovery() AS in_recovery", options),
    failuresOf(session, called.map((name) => `SELECT FROM pg_catalog.${name}()`), options),
  ]);
  const states = [UNSUPPORTED];
  if (row === undefined || !requireBoolean(row, "in_recovery")) states.push(UNSUPPORTED_ON_PRIMARY);
  const names = new Set(called.filter((_, index) => states.includes(failures[index] ?? "")));
  if (names.size === 0) return [];
  const described = (await session.query(inventorySql(names), options)).map(decodeMissing);
  return described.filter(({ argumentTypes }) => argumentTypes === "").map((each) => (
    { ...each, isDenied: false }
  ));
}

/**
 * The `GRANT`s of what a role may not use.
 *
 * @param missing What is missing.
 * @param user The role.
 * @returns Statements separated by semicolons; "" when no privilege is missing.
 */
export function grantsOf(missing: readonly Missing[], user: string): string {
  return missing.filter(({ isDenied }) => isDenied).map(({ name, argumentTypes }) => {
    const what = argumentTypes === null
      ? `SELECT ON pg_catalog.${name}`
      : `EXECUTE ON FUNCTION pg_catalog.${name}(${argumentTypes})`;
    return `GRANT ${what} TO ${quoteName(user)}`;
  }).join("; ");
}

/** The SQLSTATE of an error; null for any other error. */
export function sqlstateOf(error: unknown): string | null {
  return error instanceof PostgresError ? error.sqlstate : null;
}

/** The SQLSTATE with which each statement fails, null for those that succeed, in one round trip. */
async function failuresOf(
  session: Session,
  statements: readonly string[],
  options: QueryOptions,
): Promise<readonly (string | null)[]> {
  return await Promise.all(statements.map(async (sql) => {
    try {
      await session.query(sql, options);
      return null;
    } catch (error) {
      const sqlstate = sqlstateOf(error);
      if (sqlstate === null) throw error;
      return sqlstate;
    }
  }));
}

function decodeMissing(row: Row): Missing {
  return {
    name: requireText(row, "name"),
    argumentTypes: decodeText(row, "arguments"),
    type: decodeText(row, "type"),
    columns: decodeText(row, "columns"),
    isDenied: requireBoolean(row, "is_denied"),
  };
}

/** Functions and tables of these names, and functions of the views among them: their columns, and whether they may be used. */
function inventorySql(names: ReadonlySet<string>): string {
  const list = [...names].map((name) => `'${name}'`).join(", ");
  return `WITH relation AS (
    SELECT oid, relname FROM pg_catalog.pg_class
    WHERE relnamespace = 'pg_catalog'::pg_catalog.regnamespace AND relname IN (${list})
  ), name AS (
    SELECT (pg_catalog.regexp_matches(pg_catalog.pg_get_viewdef(oid), E'(\\\\w+)\\\\(', 'g'))[1] AS name FROM relation
    UNION SELECT pg_catalog.unnest(ARRAY[${list}])
  )
  SELECT proname AS name, pg_catalog.oidvectortypes(proargtypes) AS arguments,
    pg_catalog.format_type(prorettype, NULL) AS type,
    (SELECT pg_catalog.string_agg('NULL::' || pg_catalog.format_type(t, NULL) || ' AS ' || n, ', ')
      FROM ROWS FROM (pg_catalog.unnest(proallargtypes), pg_catalog.unnest(proargnames), pg_catalog.unnest(proargmodes))
        AS a(t, n, m) WHERE m <> 'i') AS columns,
    NOT pg_catalog.has_function_privilege(oid, 'EXECUTE') AS is_denied
  FROM pg_catalog.pg_proc
  WHERE pronamespace = 'pg_catalog'::pg_catalog.regnamespace AND proname IN (SELECT name FROM name)
  UNION ALL SELECT relname, NULL, NULL,
    (SELECT pg_catalog.string_agg('NULL::' || pg_catalog.format_type(atttypid, NULL) || ' AS ' || attname, ', ')
      FROM pg_catalog.pg_attribute WHERE attrelid = relation.oid AND attnum > 0),
    NOT pg_catalog.has_any_column_privilege(oid, 'SELECT')
  FROM relation ORDER BY 1, 2`;
}
