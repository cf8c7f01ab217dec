/**
 * Statements of a role that may not execute every function: hardened servers and managed services revoke some.
 *
 * PostgreSQL checks the privilege of a function before it runs the statement, so one revoked function would hide everything
 * that the statement reads. Without it, its values are NULL.
 *
 * @module
 */
import { quoteName } from "../domain/sql_text.ts";
import { decodeText, requireText } from "../postgres/decode.ts";
import type { Row } from "../postgres/decode.ts";
import { PostgresError } from "../postgres/errors.ts";
import type { QueryOptions, Session } from "../postgres/session.ts";

/** What to run. */
export interface PermittedOptions extends QueryOptions {
  /** Role of the session. */
  readonly user: string;
  /** Functions and views without which the statement is useless; absent: all of them. */
  readonly needs?: readonly string[] | undefined;
}

/** The result of a statement. */
export interface PermittedRows {
  /** The rows, with NULL for what the role may not read. */
  readonly rows: readonly Row[];
  /** The missing `GRANT`s, separated by semicolons; "" when none is missing. */
  readonly grants: string;
}

/** What remains of a statement: SQL, or the error if it needs what is denied. */
interface Remainder {
  readonly grants: string;
  readonly rest: string | PostgresError;
}

/** Calls of the functions of {@linkcode deniedSql}, and the argument types that it and the collectors call them with. */
const OWN_CALLS = [
  ["has_function_privilege(31::oid, 'EXECUTE')", ["oid, text", "text, text"]],
  ["has_table_privilege(1259::oid, 'SELECT')", ["oid, text", "text, text"]],
  ["oidvectortypes('')", ["oidvector"]],
  ["format_type(16, NULL)", ["oid, integer"]],
  ["pg_get_viewdef(0::oid)", ["oid"]],
  ["regexp_matches('', '', 'g')", ["text, text, text"]],
  ["unnest(ARRAY[''])", ["anyarray"]],
] as const;

/** By statement. They last as long as the session, and until a privilege changes. */
const remainders = new WeakMap<Session, Map<string, Remainder>>();

/**
 * Sends a statement; if a privilege is missing, what remains of it without the denied functions.
 *
 * @param session The session.
 * @param sql One statement whose functions and views are all qualified by `pg_catalog`.
 * @param options Role, limits, and what the statement needs.
 * @throws {PostgresError} When it fails; with the missing `GRANT` at its end when it needs what is denied.
 */
export async function queryPermitted(
  session: Session,
  sql: string,
  { user, needs, ...options }: PermittedOptions,
): Promise<PermittedRows> {
  const known = remainders.get(session) ?? new Map<string, Remainder>();
  remainders.set(session, known);
  const before = known.get(sql);
  if (before !== undefined) {
    // The statement itself is not tried: the server would log an error each time.
    const [denied, rows] = await Promise.all([
      deniedIn(session, sql, options),
      typeof before.rest === "string" ? session.query(before.rest, options) : [],
    ]);
    if (grantsOf(denied, user) !== before.grants) known.delete(sql);
    if (before.rest instanceof PostgresError) throw before.rest;
    return { rows, grants: before.grants };
  }
  try {
    return { rows: await session.query(sql, options), grants: "" };
  } catch (error) {
    if (!(error instanceof PostgresError) || error.sqlstate !== "42501") throw error;
    const denied = await deniedIn(session, sql, options);
    if (denied.length === 0) throw error;
    const remainder = remainderOf(sql, { denied, user, needs, error });
    known.set(sql, remainder);
    if (remainder.rest instanceof PostgresError) throw remainder.rest;
    return { rows: await session.query(remainder.rest, options), grants: remainder.grants };
  }
}

async function deniedIn(session: Session, sql: string, options: QueryOptions): Promise<readonly Row[]> {
  try {
    return await session.query(deniedSql(sql), options);
  } catch (error) {
    if (!(error instanceof PostgresError) || error.sqlstate !== "42501") throw error;
    return await ownDeniedIn(session, options);
  }
}

/** Which functions of {@linkcode deniedSql} itself may not be executed: what else is denied cannot be queried then. */
async function ownDeniedIn(session: Session, options: QueryOptions): Promise<readonly Row[]> {
  const denied: Row[] = [];
  for (const [call, argumentTypes] of OWN_CALLS) {
    try {
      await session.query(`SELECT pg_catalog.${call}`, options);
    } catch (error) {
      if (!(error instanceof PostgresError) || error.sqlstate !== "42501") throw error;
      const [name = ""] = call.split("(");
      const type = name.startsWith("has_") ? "boolean" : "text";
      for (const types of argumentTypes) denied.push({ name, arguments: types, type, columns: null });
    }
  }
  return denied;
}

/** Functions and tables of a statement, and functions of its views, that the role may not use; with their columns. */
function deniedSql(sql: string): string {
  const names = [
    ...new Set([...sql.matchAll(/(?<!')pg_catalog\.(\w+)/g)].map(([, name = ""]) => `'${name}'`)),
  ];
  return `WITH relation AS (
    SELECT oid, relname FROM pg_catalog.pg_class
    WHERE relnamespace = 'pg_catalog'::pg_catalog.regnamespace AND relname IN (${names.join(", ")})
  ), name AS (
    SELECT (pg_catalog.regexp_matches(pg_catalog.pg_get_viewdef(oid), '(\\w+)\\(', 'g'))[1] AS name FROM relation
    UNION SELECT pg_catalog.unnest(ARRAY[${names.join(", ")}])
  )
  SELECT proname AS name, pg_catalog.oidvectortypes(proargtypes) AS arguments,
    pg_catalog.format_type(prorettype, NULL) AS type,
    (SELECT pg_catalog.string_agg('NULL::' || pg_catalog.format_type(t, NULL) || ' AS ' || n, ', ')
      FROM ROWS FROM (pg_catalog.unnest(proallargtypes), pg_catalog.unnest(proargnames), pg_catalog.unnest(proargmodes))
        AS a(t, n, m) WHERE m <> 'i') AS columns
  FROM pg_catalog.pg_proc
  WHERE pronamespace = 'pg_catalog'::pg_catalog.regnamespace AND proname IN (SELECT name FROM name)
    AND NOT pg_catalog.has_function_privilege(oid, 'EXECUTE')
  UNION ALL SELECT relname, NULL, NULL,
    (SELECT pg_catalog.string_agg('NULL::' || pg_catalog.format_type(atttypid, NULL) || ' AS ' || attname, ', ')
      FROM pg_catalog.pg_attribute WHERE attrelid = relation.oid AND attnum > 0)
  FROM relation WHERE NOT pg_catalog.has_table_privilege(oid, 'SELECT')
  ORDER BY 1, 2`;
}

function grantsOf(denied: readonly Row[], user: string): string {
  return denied.map((row) => {
    const [name, types] = [`pg_catalog.${requireText(row, "name")}`, decodeText(row, "arguments")];
    return `GRANT ${types === null ? `SELECT ON ${name}` : `EXECUTE ON FUNCTION ${name}(${types})`} TO ${
      quoteName(user)
    }`;
  }).join("; ");
}

function remainderOf(
  sql: string,
  { denied, user, needs, error }: Pick<PermittedOptions, "user" | "needs"> & {
    readonly denied: readonly Row[];
    readonly error: PostgresError;
  },
): Remainder {
  const grants = grantsOf(denied, user);
  let rest = sql;
  for (const [name, rows] of Map.groupBy(denied, (each) => requireText(each, "name"))) {
    const without = needs === undefined || needs.includes(name) ? rest : withoutCalls(rest, name, rows);
    if (without === rest) {
      const message = error.message.replace(/; run: GRANT .*$/, `; run: ${grants}`);
      return { grants, rest: new PostgresError(message, { ...error.trouble, cause: error.cause }) };
    }
    rest = without;
  }
  return { grants, rest };
}

/** The statement with NULL, or no row, in place of a function or a table. */
function withoutCalls(sql: string, name: string, rows: readonly Row[]): string {
  const columns = rows.map((row) => decodeText(row, "columns"))[0] ?? null;
  const isRelation = rows.some((row) => decodeText(row, "arguments") === null);
  const [type, ...otherTypes] = new Set(rows.map((row) => decodeText(row, "type")));
  const nothing = otherTypes.length > 0 ? "NULL" : `(NULL::${type})`;
  let rest = sql;
  // Not the name in a text: 'pg_catalog.pg_ls_waldir()'.
  const found = new RegExp(`(?<!')pg_catalog\\.${name}${isRelation ? "\\b(?!\\()" : "\\("}`);
  for (let match = found.exec(rest); match !== null; match = found.exec(rest)) {
    let end = match.index + match[0].length;
    for (let depth = isRelation ? 0 : 1; depth > 0 && end < rest.length; end++) {
      depth += rest[end] === "(" ? 1 : rest[end] === ")" ? -1 : 0;
    }
    const after = rest.slice(end);
    const value = columns === null
      ? nothing
      : `(SELECT ${columns} WHERE false)${/^\s+AS\b/.test(after) ? "" : ` AS ${name}`}`;
    rest = rest.slice(0, match.index) + value + after;
  }
  return rest;
}
