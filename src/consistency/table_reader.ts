import { quoteName } from "../domain/sql_text.ts";
import { formatTableName, type TableName } from "../domain/table_name.ts";
import {
  decodeBoolean,
  decodeLabel,
  decodeLsn,
  decodeNumber,
  decodeText,
  requireBoolean,
  requireNumber,
  requireText,
  type Row,
} from "../postgres/decode.ts";
import { PostgresError } from "../postgres/errors.ts";
import type { Session } from "../postgres/session.ts";
import {
  CheckEnd,
  type PrimarySide,
  type Rows,
  type StandbySide,
  type Standing,
  type TableSide,
} from "./sides.ts";
import {
  anyCommittedSql,
  describeSql,
  type Key,
  keyAtSql,
  keySql,
  lookUpSql,
  REPLAYED_SQL,
  rowsSql,
  SET_SESSION,
  SET_STATEMENT,
  sumSql,
  type Table,
} from "./table_sql.ts";
import { lastRecordEnd, type WalSizes } from "./wal_end.ts";

/** Most transactions that are asked for by name. */
const MOST_RUNNING = 5000;
/** Tries of a statement that replay cancels on a standby. */
const CONFLICT_TRIES = 4;

/** A part of a session that reads tables. */
export interface TableSession {
  /**
   * Sends one statement.
   *
   * @throws {CheckEnd} When the time of the check is used up.
   * @throws {PostgresError} When it fails.
   */
  query(sql: string): Promise<readonly Row[]>;
}

/** What a {@linkcode TableSession} needs. */
export interface TableSessionOptions {
  /** Ends everything. */
  readonly signal: AbortSignal;
  /** Seconds that the present check may still take. */
  remainingSeconds(): number;
  /** Longest statement, seconds. */
  readonly statementTimeoutSeconds: number;
}

/** The reason of a check that used up its time. */
export const OUT_OF_TIME = "Its time was used up; raise --consistency.max-duration";

/**
 * Makes a session write rows the same way on every server, within the check's time.
 *
 * @param session A session of its own.
 * @param options Limits.
 */
export async function openTableSession(
  session: Session,
  options: TableSessionOptions,
): Promise<TableSession> {
  if (!session.pooled) await session.query(SET_SESSION, { signal: options.signal });
  return {
    async query(sql) {
      const remaining = options.remainingSeconds();
      if (remaining <= 0) throw outOfTime();
      const isShort = remaining < options.statementTimeoutSeconds;
      try {
        return await session.query(session.pooled ? SET_STATEMENT + sql : sql, {
          signal: options.signal,
          ...isShort ? { statementTimeoutSeconds: remaining } : {},
        });
      } catch (error) {
        if (!(error instanceof PostgresError)) throw error;
        // Class XX: a page or an index is damaged; the session lives on, and so do other parts of the table.
        if (error.sqlstate?.startsWith("XX")) throw new CheckEnd("failed", error.message);
        if (error.sqlstate !== "57014") throw error;
        if (isShort || options.remainingSeconds() <= 0) throw outOfTime();
        throw new CheckEnd(
          "failed",
          `A statement took longer than ${options.statementTimeoutSeconds} s; raise --consistency.statement-timeout`,
        );
      }
    },
  };
}

function outOfTime(): CheckEnd {
  return new CheckEnd("failed", OUT_OF_TIME, { budget: "time" });
}

/** A table as the primary describes it. */
export interface Described {
  /** What is read. */
  readonly table: Table;
  /** Tells this table, read by this key, from any other of the same name, before or in another database. */
  readonly identity: string;
  /** How many rows it has, as the planner guesses; null when nobody has counted them. */
  readonly estimatedRows: number | null;
  /** Sizes of the primary's WAL. */
  readonly walSizes: WalSizes;
}

const KINDS: Readonly<Record<string, string>> = {
  v: "a view",
  f: "a foreign table",
  S: "a sequence",
  i: "an index",
  I: "an index",
  c: "a type",
  t: "a TOAST table",
};

/**
 * Looks at a table on the primary.
 *
 * @param session On the primary.
 * @param options The table, and the role that needs the right to read it.
 * @returns null when there is no such table.
 * @throws {CheckEnd} When it cannot be compared, and why.
 */
export async function describeTable(
  session: TableSession,
  { name, user }: { readonly name: TableName; readonly user: string },
): Promise<Described | null> {
  const [row] = await session.query(describeSql(name));
  if (row === undefined) return null;
  const kind = requireText(row, "kind");
  const [title, role] = [formatTableName(name), quoteName(user)];
  if (!["r", "p", "m"].includes(kind)) {
    throw new CheckEnd("skipped", `${title} is ${KINDS[kind] ?? "no table"}: only tables are compared`);
  }
  const grants = [
    ...requireBoolean(row, "may_use_schema")
      ? []
      : [`GRANT USAGE ON SCHEMA ${quoteName(name.schema)} TO ${role}`],
    ...requireBoolean(row, "may_select") ? [] : [`GRANT SELECT ON ${title} TO ${role}`],
  ];
  if (grants.length > 0) {
    throw new CheckEnd(
      "failed",
      `Role "${user}" may not read ${title}; run on the primary: ${grants.join("; ")}`,
    );
  }
  if (requireText(row, "persistence") !== "p" || decodeBoolean(row, "has_unreplicated_part") === true) {
    throw new CheckEnd(
      "skipped",
      `${title} is unlogged, temporary or partly foreign: that is not replicated`,
    );
  }
  const key = (await session.query(keySql(requireText(row, "oid")))).map((column) => ({
    name: requireText(column, "name"),
    type: requireText(column, "type"),
    isCollated: requireBoolean(column, "is_collated"),
    isUsable: requireBoolean(column, "is_usable"),
  }));
  return {
    table: { name, isPartitioned: kind === "p", key: key.every(({ isUsable }) => isUsable) ? key : [] },
    identity: JSON.stringify([requireText(row, "database"), requireText(row, "oid"), key]),
    estimatedRows: decodeNumber(row, "estimated_rows"),
    walSizes: { page: requireNumber(row, "wal_page"), segment: requireNumber(row, "wal_segment") },
  };
}

/**
 * The table on the primary.
 *
 * @param session On the primary.
 * @param described The table.
 */
export function primarySide(session: TableSession, { table, walSizes }: Described): PrimarySide {
  return { ...sideOf(session.query, table), recordEnd: (position) => lastRecordEnd(position, walSizes) };
}

/**
 * The table on a standby.
 *
 * @param session On the standby.
 * @param described The table, as the primary describes it.
 */
export function standbySide(session: TableSession, { table }: Described): StandbySide {
  const query = (sql: string) => retryConflicts(() => session.query(sql));
  return {
    ...sideOf(query, table),
    async replayed() {
      const [row = {}] = await session.query(REPLAYED_SQL);
      return { inRecovery: requireBoolean(row, "in_recovery"), position: decodeLsn(row, "replayed") };
    },
    async anyCommitted(xids) {
      if (xids.length === 0) return false;
      const [row = {}] = await session.query(anyCommittedSql(xids));
      return requireBoolean(row, "any_committed");
    },
  };
}

/** Replay goes before our statement; it had better be short, and it is repeated. */
async function retryConflicts(send: () => Promise<readonly Row[]>): Promise<readonly Row[]> {
  for (let left = CONFLICT_TRIES - 1;; left--) {
    try {
      return await send();
    } catch (error) {
      if (!(error instanceof PostgresError) || error.sqlstate !== "40001") throw error;
      if (left === 0) {
        throw new CheckEnd("failed", "Replay on the standby cancelled the reading again and again");
      }
    }
  }
}

function sideOf(query: TableSession["query"], table: Table): TableSide {
  const keyOf = (row: Row): Key => table.key.map((_, index) => requireText(row, `key${index}`));
  const toRows = (rows: readonly Row[]): Rows => ({
    ...standingOf(rows[0] ?? {}),
    rows: rows.filter((row) => decodeText(row, "content") !== null).map((row) => ({
      key: keyOf(row),
      content: requireText(row, "content"),
      version: requireText(row, "version"),
    })),
  });
  return {
    async sum(range, limit) {
      const [row = {}] = await query(sumSql(table, { range, limit }));
      return {
        ...standingOf(row),
        rows: requireNumber(row, "rows"),
        content: decodeLabel(row, "content"),
        versions: decodeLabel(row, "versions"),
      };
    },
    async rows(range, limit) {
      return toRows(await query(rowsSql(table, { range, limit })));
    },
    async lookUp(rows) {
      return toRows(await query(lookUpSql(table, rows)));
    },
    async keyAt(range, offset) {
      const [row] = await query(keyAtSql(table, { range, offset }));
      return row === undefined ? null : keyOf(row);
    },
  };
}

function standingOf(row: Row): Standing {
  return {
    inRecovery: requireBoolean(row, "in_recovery"),
    insertPosition: decodeLsn(row, "insert_position"),
    flushPosition: decodeLsn(row, "flush_position"),
    running: runningIn(requireText(row, "snapshot"), requireNumber(row, "begun")),
  };
}

/**
 * Transactions that a snapshot does not show.
 *
 * `xmin:xmax:xip,...` names those that run, but only below `xmax`, the latest that had ended: what has begun behind
 * that runs as well. A commit that waits for a synchronous standby is mostly there.
 *
 * @param snapshot `pg_current_snapshot()`.
 * @param begun How many ids behind its `xmax` had been given out: the `age()` of that.
 */
function runningIn(snapshot: string, begun: number): readonly string[] | null {
  const [, xmax = "0", listed = ""] = snapshot.split(":");
  if (begun > MOST_RUNNING) return null;
  const behind = Array.from(
    { length: Math.max(0, begun) },
    (_, index) => String(BigInt(xmax) + BigInt(index)),
  );
  return [...listed === "" ? [] : listed.split(","), ...behind];
}
