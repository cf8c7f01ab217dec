/**
 * The contract every collector fulfils.
 *
 * A collector is one file: its name, help, roles and versions, its SQL per version range, the decoding of a row
 * into a typed fact, and the families with the mapping from fact to measurements. Adding one is that file, one
 * line in `registry.ts` and one test.
 *
 * @module
 */
import type { CollectorName, FactsByCollector } from "../domain/facts.ts";
import { isInRange, type VersionRange } from "../domain/pg_version.ts";
import type { Role } from "../domain/role.ts";
import type { FamilyDefinition, Measurement } from "../metrics/family.ts";
import type { Row } from "../postgres/decode.ts";

/** One statement and the versions it is for. */
export interface VersionedSql extends VersionRange {
  /** The statement; one row per real thing, no parameters. */
  readonly sql: string;
}

/** What the login may not see, with the statement that mends it. */
export type Right = "pg_read_all_stats" | "pg_monitor";

/** What a collector gets to work with. */
export interface CollectContext {
  /** `server_version_num` of the server. */
  readonly versionNum: number;
  /** The server's role when the collection was planned. */
  readonly role: Role;
  /**
   * Sends a statement. Statements of all collectors travel together: call it before the first `await`.
   *
   * @param sql The statement.
   * @param options `statementTimeoutSeconds` cuts this statement earlier than the session's own timeout.
   * @returns Rows of text values.
   * @throws {PostgresError} When it fails.
   */
  query(sql: string, options?: { readonly statementTimeoutSeconds?: number }): Promise<readonly Row[]>;
}

/** A collector. */
export interface Collector<K extends CollectorName = CollectorName> {
  /** Also the flag `--collector.NAME` and the `collector` label. */
  readonly name: K;
  /** One line for `--help`. */
  readonly help: string;
  /** Roles it applies to. */
  readonly roles: readonly Role[];
  /** Right without which its rows would be empty or NULL; the collector is skipped then. */
  readonly right?: Right;
  /** Its statements; their ranges neither overlap nor leave a gap from the first version up. */
  readonly statements: readonly VersionedSql[];
  /** Families it publishes. */
  readonly families: readonly FamilyDefinition[];
  /** Reads facts from a server, as they come. */
  collect(context: CollectContext): AsyncGenerator<FactsByCollector[K]>;
  /** Turns facts into measurements; `labels` carry the server's `instance` (and `cluster`). */
  measure(
    facts: readonly FactsByCollector[K][],
    labels: Readonly<Record<string, string>>,
  ): Iterable<Measurement>;
}

/**
 * The statement for a version.
 *
 * @param statements A collector's statements.
 * @param versionNum `server_version_num`.
 * @returns The statement, or `null` when the version has none.
 */
export function statementFor(statements: readonly VersionedSql[], versionNum: number): string | null {
  return statements.find((statement) => isInRange(versionNum, statement))?.sql ?? null;
}
