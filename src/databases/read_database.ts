import type { ServerConfig } from "../config/config.ts";
import type { DatabaseContent } from "../domain/catalogue.ts";
import { startDeadline } from "../domain/deadline.ts";
import type { Row } from "../postgres/decode.ts";
import { PostgresError } from "../postgres/errors.ts";
import { type KeeperOptions, SessionKeeper } from "../postgres/keeper.ts";
import {
  publicationsSql,
  publishedTablesSql,
  sequencesSql,
  subscribedTablesSql,
  TABLE_NAMES_SQL,
  tablesSql,
} from "./catalogue_sql.ts";
import { decodeCatalogue, tablesConcerned } from "./decode_catalogue.ts";

/** Environment of a reading. */
export interface ReadingOptions extends Pick<KeeperOptions, "clock" | "random" | "readTextFile"> {
  /** Ends it. */
  readonly signal: AbortSignal;
}

/** Longest reading of a database, login included, seconds. */
const READING_SECONDS = 30;
/** Longest statement, seconds. */
const STATEMENT_SECONDS = 10;
/** Tables of one statement. */
const TABLES_AT_A_TIME = 500;
/** Longest wait for a lock, seconds: only sequences are locked, for the time of a statement. */
const LOCK_SECONDS = 0.2;
/** Longest time to close the session, seconds. */
const LOGOUT_SECONDS = 1;
/** Suffix of `application_name`. */
const DATABASES_SUFFIX = " databases";

/**
 * Reads the catalogues of one database over a session that is opened for it.
 *
 * @param server The server.
 * @param database Name of the database.
 * @throws {PostgresError} When it cannot be read.
 */
export async function readDatabase(
  { name, target }: ServerConfig,
  database: string,
  options: ReadingOptions,
): Promise<DatabaseContent> {
  const { clock, random, readTextFile } = options;
  const startedAt = clock.monotonic();
  using deadline = startDeadline(READING_SECONDS, { clock, outer: options.signal });
  const { signal } = deadline;
  const keeper = new SessionKeeper({
    target: { ...target, database, applicationName: target.applicationName + DATABASES_SUFFIX },
    server: name,
    statementTimeoutSeconds: STATEMENT_SECONDS,
    lockTimeoutSeconds: LOCK_SECONDS,
    clock,
    random,
    readTextFile,
  });
  try {
    const session = await keeper.session(signal);
    const query = (sql: string) => session.query(sql, { signal });
    const [publications, published, subscribed] = await Promise.all(
      [publicationsSql, publishedTablesSql, subscribedTablesSql].map((sql) => query(sql(session.versionNum))),
    );
    const lists = {
      publications: publications ?? [],
      published: published ?? [],
      subscribed: subscribed ?? [],
    };
    const oids = tablesConcerned(lists);
    const parts = Array.from(
      { length: Math.ceil(oids.length / TABLES_AT_A_TIME) },
      (_, index) => oids.slice(index * TABLES_AT_A_TIME, (index + 1) * TABLES_AT_A_TIME),
    );
    const [tables, names, sequences] = await Promise.all([
      Promise.all(parts.map((part) => query(tablesSql(part)))),
      lists.subscribed.length === 0 ? [] : query(TABLE_NAMES_SQL),
      oids.length === 0 ? [] : unlessLocked(query(sequencesSql(oids))),
    ]);
    return {
      ...decodeCatalogue({ ...lists, tables: tables.flat(), names, sequences }),
      readAt: clock.monotonic(),
      durationSeconds: clock.monotonic() - startedAt,
      user: target.user,
    };
  } finally {
    using closing = startDeadline(LOGOUT_SECONDS, { clock, outer: options.signal });
    await keeper.close(closing.signal);
  }
}

/** The rows; null when another session holds a lock on what they are read from, or it was dropped meanwhile. */
async function unlessLocked(rows: Promise<readonly Row[]>): Promise<readonly Row[] | null> {
  try {
    return await rows;
  } catch (error) {
    const isTold = error instanceof PostgresError &&
      ["55P03", "57014", "XX000"].includes(error.sqlstate ?? "");
    if (isTold) return null;
    throw error;
  }
}
