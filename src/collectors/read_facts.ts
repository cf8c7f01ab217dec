/**
 * What every collector's `collect` does: the statement for the server's version, sent at once, each row decoded.
 *
 * @module
 */
import type { Row } from "../postgres/decode.ts";
import { type CollectContext, statementFor, type VersionedSql } from "./collector.ts";

/** How to read facts. */
export interface ReadFactsOptions<Fact> {
  /** The collector's statements. */
  readonly statements: readonly VersionedSql[];
  /** Turns one row into a fact. */
  readonly decode: (row: Row) => Fact;
  /** Cuts the statement earlier than the session's own timeout, seconds. */
  readonly statementTimeoutSeconds?: number;
}

/**
 * Reads one fact per row.
 *
 * @param context The server, its version and how to ask it.
 * @param options The statements and the decoding.
 * @returns Facts in the order of the rows; none when the version has no statement.
 * @throws {PostgresError} When the statement fails.
 * @throws {TypeError} When a row is not what the statement promises.
 */
export async function* readFacts<Fact>(
  context: CollectContext,
  options: ReadFactsOptions<Fact>,
): AsyncGenerator<Fact> {
  const sql = statementFor(options.statements, context.versionNum);
  if (sql === null) return;
  const { statementTimeoutSeconds } = options;
  const rows = await context.query(
    sql,
    statementTimeoutSeconds === undefined ? {} : { statementTimeoutSeconds },
  );
  for (const row of rows) yield options.decode(row);
}
