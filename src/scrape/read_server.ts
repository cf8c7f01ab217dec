/**
 * Reads everything from one server over its session, in one round trip once its identity is known.
 *
 * @module
 */
import type { Collector } from "../collectors/collector.ts";
import type { ServerConfig } from "../config/config.ts";
import type { Clock } from "../domain/clock.ts";
import type { ServerFact } from "../domain/facts.ts";
import { majorOf, OLDEST_SUPPORTED } from "../domain/pg_version.ts";
import { PostgresError } from "../postgres/errors.ts";
import type { Session } from "../postgres/session.ts";
import { planCollectors } from "./plan.ts";
import { type CollectorResult, runCollectors } from "./run_collectors.ts";

/** What to read and how. */
export interface ReadOptions {
  /** The server, for names in errors and advice. */
  readonly server: ServerConfig;
  /** Enabled collectors, the `server` collector first. */
  readonly collectors: readonly Collector[];
  /** Time. */
  readonly clock: Clock;
  /** Ends the reading. */
  readonly signal: AbortSignal;
  /** Row of the `server` collector at the previous collection on this session; null on a new one. */
  readonly known: ServerFact | null;
}

/**
 * Reads everything for the role known so far, and again when the server reports another role.
 *
 * @param session The session.
 * @param options What to read.
 * @returns How each collector ended, the row of the `server` collector included.
 * @throws {PostgresError} When the session or the `server` collector failed: then the rows do not belong together.
 */
export async function readServer(
  session: Session,
  options: ReadOptions,
): Promise<readonly CollectorResult[]> {
  if (session.versionNum < OLDEST_SUPPORTED) throw tooOld(options.server.name, session.versionNum);
  // A new session reads its identity first, so that no statement is sent that does not apply.
  const known = options.known ?? serverFactOf(await run(session, { ...options, known: null }));
  const results = await run(session, { ...options, known });
  const now = serverFactOf(results);
  return now.inRecovery === known.inRecovery ? results : await run(session, { ...options, known: now });
}

/**
 * The row of the `server` collector.
 *
 * @param results How collectors ended.
 * @throws {TypeError} When there is none.
 */
export function serverFactOf(results: readonly CollectorResult[]): ServerFact {
  for (const { facts } of results) {
    const fact = facts.server?.[0];
    if (fact) return fact;
  }
  throw new TypeError(`Cannot read the server's own facts: the "server" collector returned no row`);
}

async function run(
  session: Session,
  { server, collectors, clock, signal, known }: ReadOptions,
): Promise<readonly CollectorResult[]> {
  const { versionNum } = session;
  const { planned, skipped } = planCollectors(collectors, { versionNum, known, user: server.target.user });
  const context = {
    versionNum,
    role: known?.inRecovery ? "standby" as const : "primary" as const,
    query: (sql: string, limits: { readonly statementTimeoutSeconds?: number } = {}) =>
      session.query(sql, { signal, ...limits }),
  };
  const startedAt = clock.monotonic();
  const results: CollectorResult[] = skipped.map((run) => ({ run, startedAt, facts: {}, error: null }));
  for await (const result of runCollectors(planned, { context, clock })) results.push(result);
  const fatal = results.find(({ run, error }) =>
    error !== null && (run.collector === "server" || session.closed)
  );
  if (fatal) throw fatal.error;
  return results;
}

function tooOld(server: string, versionNum: number): PostgresError {
  return new PostgresError(
    `Cannot watch server "${server}": PostgreSQL ${majorOf(OLDEST_SUPPORTED)} or newer is needed, it runs ` +
      `${majorOf(versionNum)}; upgrade it or remove it from the configuration`,
    { kind: "protocol", step: "query" },
  );
}
