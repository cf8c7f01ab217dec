/**
 * Reads everything from one server over its session, in one round trip once its role is known.
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
import { type PermittedOptions, queryPermitted } from "./permitted_query.ts";
import { planCollectors } from "./plan.ts";
import { type CollectorResult, runCollectors } from "./run_collectors.ts";

/** What to read and how. */
export interface ReadServerOptions {
  /** The server, for names in errors and advice. */
  readonly server: ServerConfig;
  /** Enabled collectors, the `server` collector first. */
  readonly collectors: readonly Collector[];
  /** Time. */
  readonly clock: Clock;
  /** Aborts the collection. */
  readonly signal: AbortSignal;
  /** The `server` fact of the previous collection on this session; null on a new session. */
  readonly known: ServerFact | null;
}

/**
 * Reads with the last known role; if the server reports another one, reads once more with that.
 *
 * @returns The result of each collector; the `server` fact is among them.
 * @throws {PostgresError} When the session or the `server` collector failed: then the facts are not consistent.
 */
export async function readServer(
  session: Session,
  options: ReadServerOptions,
): Promise<readonly CollectorResult[]> {
  if (session.versionNum < OLDEST_SUPPORTED) throw tooOld(options.server.name, session.versionNum);
  // On a new session the role is read first, so that only statements that suit it are sent.
  const known = options.known ?? serverFactOf(await runPlanned(session, { ...options, known: null }));
  const results = await runPlanned(session, { ...options, known });
  const now = serverFactOf(results);
  return now.inRecovery === known.inRecovery
    ? results
    : await runPlanned(session, { ...options, known: now });
}

/**
 * The `server` fact.
 *
 * @throws {TypeError} When there is none.
 */
export function serverFactOf(results: readonly CollectorResult[]): ServerFact {
  for (const { facts } of results) {
    const fact = facts.server?.[0];
    if (fact) return fact;
  }
  throw new TypeError(`Cannot read the server's own facts: the "server" collector returned no row`);
}

async function runPlanned(
  session: Session,
  { server, collectors, clock, signal, known }: ReadServerOptions,
): Promise<readonly CollectorResult[]> {
  const { versionNum } = session;
  const { planned, skipped } = planCollectors(collectors, { versionNum, known, user: server.target.user });
  const context = {
    versionNum,
    role: known?.inRecovery ? "standby" as const : "primary" as const,
    query: (sql: string, limits: Omit<PermittedOptions, "user" | "signal">) =>
      queryPermitted(session, sql, { signal, user: server.target.user, ...limits }),
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
    `Cannot watch server "${server}": it runs PostgreSQL ${majorOf(versionNum)}, but ${
      majorOf(OLDEST_SUPPORTED)
    } ` +
      "or newer is required; upgrade it or remove it from the configuration",
    { kind: "protocol", step: "query" },
  );
}
