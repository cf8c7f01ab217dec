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
import { InconclusiveError } from "./inconclusive_error.ts";
import type { PrimaryTable, RangeRows, ServerTable, SnapshotState, StandbyTable } from "./server_table.ts";
import {
  committedSql,
  type ComparedTable,
  describeSql,
  keyAtSql,
  keySql,
  lookUpSql,
  REPLAYED_SQL,
  type RowKey,
  rowsSql,
  SET_SESSION,
  SET_STATEMENT,
  sumSql,
} from "./table_sql.ts";
import { lastRecordEnd, type WalSizes } from "./wal_end.ts";

/** Most running transactions that are listed. */
const MAX_RUNNING = 5000;
/** Attempts of a query that conflicts with recovery on a standby. */
const CONFLICT_ATTEMPTS = 4;

/** Runs one query of a check; throws an {@linkcode InconclusiveError} when the time of the check is used up. */
export type TableQuery = (sql: string) => Promise<readonly Row[]>;

/**
 * Prepares a session to read tables, so that rows have the same text form on every server.
 *
 * @param session A session that is used for nothing else.
 * @param options `signal` cancels a query; `remainingSeconds`: time that the check has left; `statementTimeoutSeconds`:
 *   longest statement.
 */
export async function openTableQuery(
  session: Session,
  { signal, remainingSeconds, statementTimeoutSeconds }: {
    readonly signal: AbortSignal;
    readonly remainingSeconds: () => number;
    readonly statementTimeoutSeconds: number;
  },
): Promise<TableQuery> {
  if (!session.pooled) await session.query(SET_SESSION, { signal });
  return async (sql) => {
    const remaining = remainingSeconds();
    if (remaining <= 0) throw outOfTime();
    const isShort = remaining < statementTimeoutSeconds;
    try {
      return await session.query(session.pooled ? SET_STATEMENT + sql : sql, {
        signal,
        ...isShort ? { statementTimeoutSeconds: remaining } : {},
      });
    } catch (error) {
      if (!(error instanceof PostgresError)) throw error;
      // Class XX, a damaged page or index: the session and the rest of the table are still usable.
      if (error.sqlstate?.startsWith("XX")) throw new InconclusiveError("failed", error.message);
      if (error.sqlstate !== "57014") throw error;
      if (isShort || remainingSeconds() <= 0) throw outOfTime();
      throw new InconclusiveError(
        "failed",
        `A statement took longer than ${statementTimeoutSeconds} s; raise --consistency.statement-timeout`,
      );
    }
  };
}

function outOfTime(): InconclusiveError {
  const reason = "The check ran out of time; raise --consistency.max-duration";
  return new InconclusiveError("failed", reason, { budget: "time" });
}

/** Those of the transactions that a query finds among them. */
export async function transactionsAmong(
  query: TableQuery,
  sqlOf: (xids: readonly string[]) => string,
  xids: readonly string[],
): Promise<readonly string[]> {
  return xids.length === 0 ? [] : (await query(sqlOf(xids))).map((row) => requireText(row, "xid"));
}

/** What the primary reports about a table. */
export interface TableDescription {
  /** The table. */
  readonly table: ComparedTable;
  /** WAL sizes of the primary. */
  readonly walSizes: WalSizes;
}

const RELATION_KINDS: Readonly<Record<string, string>> = {
  v: "a view",
  f: "a foreign table",
  S: "a sequence",
  i: "an index",
  I: "an index",
  c: "a type",
  t: "a TOAST table",
};

/**
 * Describes a table of the primary.
 *
 * @param query Runs queries on the primary.
 * @param options The table, the role that reads it, where a privilege is granted, and the columns that are compared.
 * @returns null when the table does not exist.
 * @throws {InconclusiveError} When the table cannot be compared.
 */
export async function describeTable(
  query: TableQuery,
  { name, user, where = "the primary", among = null }: {
    readonly name: TableName;
    readonly user: string;
    readonly where?: string;
    readonly among?: readonly number[] | null;
  },
): Promise<TableDescription | null> {
  const [row] = await query(describeSql(name));
  if (row === undefined) return null;
  const kind = requireText(row, "kind");
  const title = formatTableName(name);
  if (!["r", "p", "m"].includes(kind)) {
    const found = RELATION_KINDS[kind] ?? "not a table";
    throw new InconclusiveError("skipped", `${title} is ${found}: only tables are compared`);
  }
  requireSelect(row, { name, user, where });
  if (requireText(row, "persistence") !== "p" || decodeBoolean(row, "has_unreplicated_part") === true) {
    throw new InconclusiveError(
      "skipped",
      `${title} is not replicated as a whole: it or a partition is unlogged, temporary or foreign`,
    );
  }
  const key = (await query(keySql(requireText(row, "oid"), among))).map((column) => ({
    name: requireText(column, "name"),
    type: requireText(column, "type"),
    isCollated: requireBoolean(column, "is_collated"),
    isUsable: requireBoolean(column, "is_usable"),
  }));
  return {
    table: {
      name,
      identity: JSON.stringify([requireText(row, "database"), requireText(row, "oid"), key]),
      estimatedRows: decodeNumber(row, "estimated_rows"),
      isPartitioned: kind === "p",
      key: key.every(({ isUsable }) => isUsable) ? key : [],
    },
    walSizes: { page: requireNumber(row, "wal_page"), segment: requireNumber(row, "wal_segment") },
  };
}

/**
 * Checks that the role may read a table.
 *
 * @param row Has `may_use_schema` and `may_select`.
 * @param options The table, the role, and where to grant.
 * @throws {InconclusiveError} When it may not; ends with the commands.
 */
export function requireSelect(
  row: Row,
  { name, user, where }: { readonly name: TableName; readonly user: string; readonly where: string },
): void {
  const [title, role] = [formatTableName(name), quoteName(user)];
  const grants = [
    ...requireBoolean(row, "may_use_schema")
      ? []
      : [`GRANT USAGE ON SCHEMA ${quoteName(name.schema)} TO ${role}`],
    ...requireBoolean(row, "may_select") ? [] : [`GRANT SELECT ON ${title} TO ${role}`],
  ];
  if (grants.length === 0) return;
  throw new InconclusiveError(
    "failed",
    `Role "${user}" may not read ${title}; run on ${where}: ${grants.join("; ")}`,
  );
}

/** The table on the primary. */
export function primaryTable(query: TableQuery, { table, walSizes }: TableDescription): PrimaryTable {
  return { ...serverTable(query, table), recordEnd: (position) => lastRecordEnd(position, walSizes) };
}

/** The table, as the primary describes it, on a standby. */
export function standbyTable(query: TableQuery, { table }: TableDescription): StandbyTable {
  return {
    ...serverTable((sql) => retryConflicts(() => query(sql)), table),
    async replayed() {
      const [row = {}] = await query(REPLAYED_SQL);
      return { inRecovery: requireBoolean(row, "in_recovery"), position: decodeLsn(row, "replayed") };
    },
    shownEarly: async (xids) => await transactionsAmong(query, committedSql, xids),
  };
}

/** Replay takes precedence over our query, which is short enough to repeat. */
async function retryConflicts(send: () => Promise<readonly Row[]>): Promise<readonly Row[]> {
  for (let attempt = 1;; attempt++) {
    try {
      return await send();
    } catch (error) {
      if (!(error instanceof PostgresError) || error.sqlstate !== "40001") throw error;
      if (attempt === CONFLICT_ATTEMPTS) {
        const reason = `Conflicts with recovery canceled the query on the standby ${attempt} times`;
        throw new InconclusiveError("failed", reason);
      }
    }
  }
}

/** A table as one server has it. */
export function serverTable(query: TableQuery, table: ComparedTable): ServerTable {
  const decodeKey = (row: Row): RowKey => table.key.map((_, index) => requireText(row, `key${index}`));
  const decodeRows = (rows: readonly Row[]): RangeRows => ({
    ...decodeSnapshotState(rows[0]),
    rows: rows.filter((row) => decodeText(row, "content") !== null).map((row) => ({
      key: decodeKey(row),
      content: requireText(row, "content"),
      version: requireText(row, "version"),
    })),
  });
  return {
    async sum(range, limit) {
      const [row = {}] = await query(sumSql(table, { range, limit }));
      return {
        ...decodeSnapshotState(row),
        rows: requireNumber(row, "rows"),
        content: decodeLabel(row, "content"),
        versions: decodeLabel(row, "versions"),
      };
    },
    rows: async (range, limit) => decodeRows(await query(rowsSql(table, { range, limit }))),
    lookUp: async (rows) => decodeRows(await query(lookUpSql(table, rows))),
    async keyAt(range, offset) {
      const [row] = await query(keyAtSql(table, { range, offset }));
      return row === undefined ? null : decodeKey(row);
    },
  };
}

function decodeSnapshotState(row: Row = {}): SnapshotState {
  if (!requireBoolean(row, "is_ready")) {
    throw new InconclusiveError("skipped", "The initial copy of the table began during the check");
  }
  return {
    inRecovery: requireBoolean(row, "in_recovery"),
    insertPosition: decodeLsn(row, "insert_position"),
    flushPosition: decodeLsn(row, "flush_position"),
    running: runningTransactions(requireText(row, "snapshot"), requireNumber(row, "begun")),
  };
}

/**
 * Transactions that a snapshot does not show, commits that wait for a synchronous standby among them.
 *
 * `xmin:xmax:xip,...` lists only those below `xmax`; later ids that were already assigned run as well.
 *
 * @param snapshot `pg_current_snapshot()`.
 * @param begun Number of ids assigned from its `xmax` on: the `age()` of `xmax`.
 */
function runningTransactions(snapshot: string, begun: number): readonly string[] | null {
  if (begun > MAX_RUNNING) return null;
  const [, xmax = "0", listed = ""] = snapshot.split(":");
  const later = Array.from(
    { length: Math.max(0, begun) },
    (_, index) => String(BigInt(xmax) + BigInt(index)),
  );
  return [...listed === "" ? [] : listed.split(","), ...later];
}
