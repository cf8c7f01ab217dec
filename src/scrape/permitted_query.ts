/**
 * Statements of a role that may not execute every function: hardened servers revoke some, and managed services do not
 * support all.
 *
 * PostgreSQL checks the privilege of a function before it runs the statement, so one revoked function would hide everything
 * that the statement reads. Without it, its values are NULL.
 *
 * @module
 */
import type { Row } from "../postgres/decode.ts";
import { PostgresError } from "../postgres/errors.ts";
import type { QueryOptions, Session } from "../postgres/session.ts";
import {
  findDenied,
  findUnsupported,
  grantsOf,
  isUnsupported,
  type Missing,
  sqlstateOf,
} from "./missing_functions.ts";

/** What to run. */
export interface PermittedOptions extends QueryOptions {
  /** Role of the session. */
  readonly user: string;
  /** Functions and tables without which the statement is useless; absent: all of them. */
  readonly needs?: readonly string[] | undefined;
}

/** The result of a statement. */
export interface PermittedRows {
  /** The rows, with NULL for what cannot be read. */
  readonly rows: readonly Row[];
  /** What cannot be read, with the `GRANT`s at its end, as a sentence; "" when nothing is missing. */
  readonly unknown: string;
}

/** What remains of a statement: SQL, or the error if it needs what is missing. */
interface Remainder {
  readonly missing: readonly Missing[];
  readonly rest: string | PostgresError;
}

/** By statement. They last as long as the session, and until a privilege changes. */
const remainders = new WeakMap<Session, Map<string, Remainder>>();

/**
 * Sends a statement; if functions are missing, what remains of it without them.
 *
 * @param session The session.
 * @param sql One statement whose functions and tables are all qualified by `pg_catalog`.
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
    try {
      // The statement itself is not tried: the server would log an error each time. What is not supported stays so.
      const isDenied = before.missing.some((each) => each.isDenied);
      const [denied, rows] = await Promise.all([
        isDenied ? findDenied(session, sql, options) : [],
        typeof before.rest === "string" ? session.query(before.rest, options) : [],
      ]);
      if (grantsOf(denied, user) !== grantsOf(before.missing, user)) known.delete(sql);
      if (typeof before.rest === "string") return { rows, unknown: describeMissing(before.missing, user) };
    } catch (error) {
      known.delete(sql);
      if (sqlstateOf(error) !== "42501") throw error;
    }
    if (known.has(sql) && typeof before.rest !== "string") throw before.rest;
  }
  let missing: readonly Missing[] = [];
  let rest = sql;
  while (true) {
    try {
      return { rows: await session.query(rest, options), unknown: describeMissing(missing, user) };
    } catch (error) {
      if (!(error instanceof PostgresError)) throw error;
      const found = await missingAfter(error, { session, sql: rest, options });
      if (found.length === 0) throw error;
      missing = [...missing, ...found];
      const remainder = withoutMissing(rest, { missing: found, needs }) ??
        withGrants(error, grantsOf(missing, user));
      known.set(sql, { missing, rest: remainder });
      if (typeof remainder !== "string") throw remainder;
      rest = remainder;
    }
  }
}

/** What a statement lacks that failed. */
async function missingAfter(
  { sqlstate }: PostgresError,
  { session, sql, options }: {
    readonly session: Session;
    readonly sql: string;
    readonly options: QueryOptions;
  },
): Promise<readonly Missing[]> {
  if (sqlstate === "42501") return await findDenied(session, sql, options);
  return isUnsupported(sqlstate) ? await findUnsupported(session, sql, options) : [];
}

function describeMissing(missing: readonly Missing[], user: string): string {
  if (missing.length === 0) return "";
  const unsupported = missing.filter(({ isDenied }) => !isDenied).map(({ name }) => `${name}()`).join(", ");
  const grants = grantsOf(missing, user);
  return `Some values are unknown${unsupported && `: the server does not support ${unsupported}`}` +
    (grants && `; run: ${grants}`);
}

/** The error of a statement with the very grants in place of those of the role as a whole. */
function withGrants(error: PostgresError, grants: string): PostgresError {
  const message = grants === ""
    ? error.message
    : error.message.replace(/; run: GRANT .*$/, `; run: ${grants}`);
  return new PostgresError(message, { ...error.trouble, cause: error.cause });
}

/** The statement with NULL, or no row, in place of what is missing; null when it needs that. */
function withoutMissing(
  sql: string,
  { missing, needs }: Pick<PermittedOptions, "needs"> & { readonly missing: readonly Missing[] },
): string | null {
  let rest = sql;
  for (const [name, same] of Map.groupBy(missing, (each) => each.name)) {
    const without = needs === undefined || needs.includes(name) ? rest : withoutOne(rest, name, same);
    if (without === rest) return null;
    rest = without;
  }
  return rest;
}

function withoutOne(sql: string, name: string, same: readonly Missing[]): string {
  const columns = same[0]?.columns ?? null;
  const isTable = same.some(({ argumentTypes }) => argumentTypes === null);
  const [type, ...otherTypes] = new Set(same.map((each) => each.type));
  const nothing = otherTypes.length > 0 ? "NULL" : `(NULL::${type})`;
  let rest = sql;
  // Not the name in a text: 'pg_catalog.pg_ls_waldir()'.
  const found = new RegExp(`(?<!')pg_catalog\\.${name}${isTable ? "\\b(?!\\()" : "\\("}`);
  for (let match = found.exec(rest); match !== null; match = found.exec(rest)) {
    const begin = match.index;
    const end = begin + match[0].length;
    const call = { begin, end: isTable ? end : endOfParenthesis(rest, end) };
    rest = columns === null ? replaced(rest, call, nothing) : withoutRows(rest, { ...call, name, columns });
  }
  return rest;
}

/** Text of a statement, by its offsets. */
interface Part {
  readonly begin: number;
  readonly end: number;
}

/** NULL in place of one column of a function, one row of NULLs in place of `ROWS FROM`, no row in place of any other source. */
function withoutRows(
  sql: string,
  { begin, end, name, columns }: Part & { readonly name: string; readonly columns: string },
): string {
  const [selection, column] = /^\)\.(\w+)/.exec(sql.slice(end)) ?? [];
  if (selection !== undefined) {
    const type = new RegExp(`NULL::([^,]*) AS ${column}(?:,|$)`).exec(columns)?.[1];
    return replaced(sql, { begin: begin - 1, end: end + selection.length }, `(NULL::${type})`);
  }
  if (sql.slice(0, begin).endsWith(ROWS_FROM)) {
    const all = { begin: begin - ROWS_FROM.length, end: endOfParenthesis(sql, end) };
    return replaced(sql, all, `(SELECT ${columns}) AS ${name}`);
  }
  const alias = /^\s+AS\b/.test(sql.slice(end)) ? "" : ` AS ${name}`;
  return replaced(sql, { begin, end }, `(SELECT ${columns} WHERE false)${alias}`);
}

const ROWS_FROM = "ROWS FROM (";

/** Where the parenthesis ends that is open at an offset. */
function endOfParenthesis(sql: string, from: number): number {
  let end = from;
  for (let depth = 1; depth > 0 && end < sql.length; end++) {
    depth += sql[end] === "(" ? 1 : sql[end] === ")" ? -1 : 0;
  }
  return end;
}

function replaced(sql: string, { begin, end }: Part, by: string): string {
  return sql.slice(0, begin) + by + sql.slice(end);
}
