/**
 * Tries a connection string with the real libpq (`psql`) and with the exporter.
 *
 * @module
 */
import type { ConnectionTarget } from "../../src/config/config.ts";
import { completeParameters, readConnectionDefaults } from "../../src/config/connection_defaults.ts";
import { fromSource, mergeParameters } from "../../src/config/connection_parameters.ts";
import { resolveTarget } from "../../src/config/connection_target.ts";
import { parseConninfo } from "../../src/config/conninfo.ts";
import { openSession, type Session } from "../../src/postgres/session.ts";
import { DeadlineError } from "../../src/domain/deadline.ts";
import { DEBIAN_15 } from "./support.ts";

/** A complete environment, without that of the machine. */
export type Variables = Readonly<Record<string, string>>;

/** The result of an attempt: the answer or the error. */
export type Outcome = { readonly answer: string } | { readonly error: string };

const PSQL = `${DEBIAN_15}/psql`;

/** Whether psql is installed. */
export function hasPsql(): boolean {
  try {
    return Deno.statSync(PSQL).isFile;
  } catch {
    return false;
  }
}

/** Runs a query with psql. */
export async function askPsql(
  dsn: string,
  { sql, variables }: { readonly sql: string; readonly variables: Variables },
): Promise<Outcome> {
  const { success, stdout, stderr } = await new Deno.Command(PSQL, {
    args: ["-XAtw", "-d", dsn, "-c", sql],
    clearEnv: true,
    env: { PATH: "/usr/bin:/bin", LC_ALL: "C", ...variables },
    stdin: "null",
  }).output();
  const text = new TextDecoder();
  return success ? { answer: text.decode(stdout).trim() } : { error: text.decode(stderr).trim() };
}

/** Runs a body under a deadline, as the exporter does. */
export async function within<T>(seconds: number, body: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  const timer = setTimeout(() => controller.abort(new DeadlineError(seconds)), seconds * 1000);
  try {
    return await body(controller.signal);
  } finally {
    clearTimeout(timer);
  }
}

/** The target that the configuration makes of a connection string. */
export async function targetFor(dsn: string, variables: Variables = {}): Promise<ConnectionTarget> {
  const sources = { environment: (name: string) => variables[name], readTextFile: Deno.readTextFile };
  const defaults = await readConnectionDefaults(sources);
  const own = fromSource(parseConninfo(dsn), "DSN");
  return resolveTarget(mergeParameters(await completeParameters(own, { ...sources, name: "a" }), defaults));
}

/** Opens one of our sessions, runs a body with it and ends it. */
export async function withSession<T>(
  target: ConnectionTarget,
  body: (session: Session, signal: AbortSignal) => Promise<T>,
): Promise<T> {
  return await within(60, async (signal) => {
    const session = await openSession(target, {
      server: "a",
      signal,
      // Also what each of several hosts has its share of: a slow machine must not make a host look dead.
      statementTimeoutSeconds: 30,
      lockTimeoutSeconds: 10,
      readTextFile: Deno.readTextFile,
    });
    try {
      return await body(session, signal);
    } finally {
      await session.close(AbortSignal.timeout(20_000));
    }
  });
}

/** Asks with our own session. */
export async function askOurs(
  dsn: string,
  { sql, variables }: { readonly sql: string; readonly variables: Variables },
): Promise<Outcome> {
  try {
    return await withSession(await targetFor(dsn, variables), async (session, signal) => {
      const [row = {}] = await session.query(sql, { signal });
      return { answer: Object.values(row)[0] ?? "" };
    });
  } catch (error) {
    return { error: error instanceof Error ? error.message : String(error) };
  }
}
