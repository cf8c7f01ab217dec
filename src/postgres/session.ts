/**
 * One kept connection to one server: the only file that knows the driver.
 *
 * The driver reconnects, reads the environment and parses values by itself unless told otherwise; here it gets a
 * connected socket that it may use once, every option, and no parsers, so that a session is exactly one connection
 * and a value exactly what the server wrote.
 *
 * @module
 */
import type { Socket } from "node:net";
import postgres from "postgres";
import type { ConnectionTarget } from "../config/config.ts";
import { parseServerVersion } from "../domain/pg_version.ts";
import type { Row } from "./decode.ts";
import { PostgresError, type Step } from "./errors.ts";
import { abortable, openSocket } from "./socket.ts";
import { type DriverTls, tlsOption } from "./tls.ts";
import { toPostgresError, type TroubleContext } from "./trouble.ts";

/** How to open a session. */
export interface SessionOptions {
  /** The user's name of the server, for errors. */
  readonly server: string;
  /** Ends the attempt; its reason should be a {@linkcode DeadlineError}. */
  readonly signal: AbortSignal;
  /** Longest any statement may run on the server, seconds. */
  readonly statementTimeoutSeconds: number;
  /** Longest a statement may wait for a lock, seconds. */
  readonly lockTimeoutSeconds: number;
  /**
   * Behind a pooler that hands each transaction to another connection (pgbouncer): no startup parameters beyond the
   * name, no prepared statements, limits sent with every statement.
   */
  readonly pooled?: boolean;
  /** Reads certificate files. */
  readonly readTextFile: (path: string) => Promise<string>;
  /** Told once when the connection has gone, whoever ended it. */
  readonly onClose?: () => void;
}

/** Limits of one statement. */
export interface QueryOptions {
  /** Ends the wait and destroys the connection. */
  readonly signal: AbortSignal;
  /** Cuts this statement on the server earlier than the session's own timeout, seconds. */
  readonly statementTimeoutSeconds?: number;
}

/** A kept connection. */
export interface Session {
  /** `server_version_num`, from what the server announced at login. */
  readonly versionNum: number;
  /** Whether it runs behind a transaction pooler. */
  readonly pooled: boolean;
  /** Whether the connection has gone. */
  readonly closed: boolean;
  /**
   * Sends a statement. Statements sent without waiting in between travel in one round trip and are answered in order.
   *
   * @param sql One statement without parameters.
   * @param options Its limits.
   * @returns Rows of text values.
   * @throws {PostgresError} When it fails; after a deadline the connection is destroyed.
   */
  query(sql: string, options: QueryOptions): Promise<readonly Row[]>;
  /** Says goodbye to the server, then ends the connection; at once when the signal aborts. */
  close(signal: AbortSignal): Promise<void>;
  /** Ends the connection at once, whatever is under way. */
  destroy(): void;
}

/** Types the driver would otherwise turn into JavaScript values: bool, ints, floats, json, dates, bytea. */
const PARSED_OIDS = [16, 17, 21, 23, 26, 114, 700, 701, 1082, 1114, 1184, 3802];
const asText = {
  to: 25,
  from: PARSED_OIDS,
  serialize: (value: string): string => value,
  parse: (value: string): string => value,
};

/** Prepared, so that a server plans each statement once; without arguments the driver would use simple queries. */
const PREPARED = { prepare: true, simple: false };

/** Where a target is, as a person writes it. */
export function addressOf(target: ConnectionTarget): string {
  const host = target.host.includes(":") ? `[${target.host}]` : target.host;
  return target.host.startsWith("/") ? `${host}/.s.PGSQL.${target.port}` : `${host}:${target.port}`;
}

/**
 * Opens a session: resolves, connects, logs in, and reads the server's version.
 *
 * @param target Where to and as whom.
 * @param options Limits and names.
 * @returns The session; the caller destroys it.
 * @throws {PostgresError} Naming the step that failed.
 */
export async function openSession(target: ConnectionTarget, options: SessionOptions): Promise<Session> {
  let step: Step = "resolve";
  const context = (): TroubleContext => ({
    server: options.server,
    address: addressOf(target),
    user: target.user,
    database: target.database,
    step,
    isPasswordGiven: target.password !== null,
  });
  let socket: Socket | null = null;
  try {
    // A certificate may lie on a disk that does not answer.
    const ssl = await abortable(tlsOption(target, options.readTextFile), options.signal);
    socket = await openSocket(target, { signal: options.signal, onStep: (next) => step = next });
    step = "authenticate";
    const session = new DriverSession(socket, { target, options, ssl, context });
    await session.logIn(options.signal);
    step = "query";
    return session;
  } catch (error) {
    socket?.destroy();
    throw toPostgresError(error, context());
  }
}

class DriverSession implements Session {
  readonly pooled: boolean;
  readonly #socket: Socket;
  readonly #sql: postgres.Sql;
  readonly #options: SessionOptions;
  readonly #context: () => TroubleContext;
  #versionNum = 0;
  #closed = false;
  #armedBy: AbortSignal | null = null;

  constructor(
    socket: Socket,
    { target, options, ssl, context }: {
      readonly target: ConnectionTarget;
      readonly options: SessionOptions;
      readonly ssl: DriverTls;
      readonly context: () => TroubleContext;
    },
  ) {
    this.#socket = socket;
    this.#options = options;
    this.#context = context;
    this.pooled = options.pooled ?? false;
    socket.on("error", () => {});
    socket.once("close", () => this.#onClose());
    let handedOver = false;
    const driverOptions = {
      // The driver asks again after a connection closed; a session is one connection.
      socket: () => {
        if (handedOver) throw Object.assign(new Error("Session is closed"), { code: "CONNECTION_CLOSED" });
        handedOver = true;
        return socket;
      },
      host: target.host,
      port: target.port,
      database: target.database,
      user: target.user,
      password: target.password?.reveal() ?? "",
      ssl,
      sslnegotiation: null,
      max: 1,
      max_pipeline: 1000,
      idle_timeout: 0,
      connect_timeout: 0,
      max_lifetime: null,
      keep_alive: 30,
      backoff: false,
      prepare: !this.pooled,
      debug: false,
      fetch_types: false,
      publications: "",
      target_session_attrs: undefined,
      types: { text: asText },
      onnotice: () => {},
      onparameter: (key: string, value: unknown) => this.#onParameter(key, String(value)),
      connection: startupParameters(target, options),
    };
    this.#sql = postgres(driverOptions);
  }

  get versionNum(): number {
    return this.#versionNum;
  }

  get closed(): boolean {
    return this.#closed;
  }

  /** Forces the driver, which connects lazily, through the login. */
  async logIn(signal: AbortSignal): Promise<void> {
    await abortable(this.#sql.unsafe("SELECT 1").simple().execute(), signal);
    if (this.#versionNum === 0) {
      throw new Error("The server did not announce its version; is it PostgreSQL?");
    }
  }

  async query(sql: string, { signal, statementTimeoutSeconds }: QueryOptions): Promise<readonly Row[]> {
    try {
      signal.throwIfAborted();
      this.#arm(signal);
      return await this.#send(sql, statementTimeoutSeconds);
    } catch (error) {
      throw toPostgresError(signal.aborted ? signal.reason : error, this.#context());
    }
  }

  async close(signal: AbortSignal): Promise<void> {
    await abortable(this.#sql.end(), signal).catch(() => {});
    this.destroy();
  }

  destroy(): void {
    this.#socket.destroy();
    this.#sql.end({ timeout: 0 }).catch(() => {});
    this.#onClose();
  }

  /** One listener for all statements of a collection: past its deadline the connection goes, and they fail with it. */
  #arm(signal: AbortSignal): void {
    if (this.#armedBy === signal) return;
    this.#armedBy = signal;
    signal.addEventListener("abort", () => this.destroy(), { once: true });
  }

  #send(sql: string, statementTimeoutSeconds: number | undefined): Promise<readonly Row[]> {
    if (this.pooled) return this.#sendPooled(sql, statementTimeoutSeconds);
    return statementTimeoutSeconds === undefined
      ? this.#sendPrepared(sql)
      : this.#sendLimited(sql, statementTimeoutSeconds);
  }

  async #sendPrepared(sql: string): Promise<readonly Row[]> {
    return await this.#sql.unsafe<Record<string, string | null>[]>(sql, [], PREPARED).execute();
  }

  /** The limit travels around the statement in the same pipeline, so that it stays prepared and planned once. */
  async #sendLimited(sql: string, seconds: number): Promise<readonly Row[]> {
    const limit = this.#sql.unsafe(`SET statement_timeout = ${milliseconds(seconds)}`).simple().execute();
    const answer = this.#sendPrepared(sql);
    const release = this.#sql.unsafe("RESET statement_timeout").simple().execute();
    const [rows] = await Promise.all([answer, limit, release]);
    return rows;
  }

  /**
   * Statements of one simple query are one implicit transaction, so `SET LOCAL` ends with it: nothing leaks into a
   * pooled connection, and the timeout counts for each statement (13+).
   * {@link https://www.postgresql.org/docs/current/protocol-flow.html#PROTOCOL-FLOW-MULTI-STATEMENT}
   */
  async #sendPooled(sql: string, statementTimeoutSeconds: number | undefined): Promise<readonly Row[]> {
    const limits = pooledLimits(this.#options, statementTimeoutSeconds);
    const results = await this.#sql.unsafe<Record<string, string | null>[][]>(limits + sql).simple()
      .execute();
    const last = results[results.length - 1];
    if (Array.isArray(last)) return last;
    throw new PostgresError("Cannot read the answer of a pooled statement", {
      kind: "protocol",
      step: "query",
    });
  }

  #onParameter(key: string, value: string): void {
    if (key === "server_version") this.#versionNum = parseServerVersion(value);
  }

  #onClose(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#options.onClose?.();
  }
}

function milliseconds(seconds: number): number {
  return Math.max(1, Math.round(seconds * 1000));
}

function pooledLimits(options: SessionOptions, statementTimeoutSeconds: number | undefined): string {
  const timeout = Math.min(statementTimeoutSeconds ?? Infinity, options.statementTimeoutSeconds);
  return `SET LOCAL transaction_read_only = on; SET LOCAL statement_timeout = ${milliseconds(timeout)}; ` +
    `SET LOCAL lock_timeout = ${milliseconds(options.lockTimeoutSeconds)};`;
}

function startupParameters(target: ConnectionTarget, options: SessionOptions): Record<string, string> {
  const name = { application_name: target.applicationName };
  if (options.pooled) return name;
  return {
    ...name,
    ...(target.options === "" ? {} : { options: target.options }),
    default_transaction_read_only: "on",
    statement_timeout: String(milliseconds(options.statementTimeoutSeconds)),
    lock_timeout: String(milliseconds(options.lockTimeoutSeconds)),
    // Compiling a catalogue query costs far more than running it.
    jit: "off",
  };
}
