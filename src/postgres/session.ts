/**
 * One kept connection to one server: the only file that knows the driver.
 *
 * The driver reconnects, reads the environment and parses values by itself unless told otherwise; here it gets a
 * connected socket that it may use once, every option, and no parsers, so that a session is exactly one connection
 * and a value exactly what the server wrote.
 *
 * @module
 */
import postgres from "postgres";
import type { ConnectionTarget } from "../config/config.ts";
import { DEFAULT_LIBPQ_SETTINGS, type Endpoint, type SessionAttributes } from "../config/libpq_settings.ts";
import { parseServerVersion } from "../domain/pg_version.ts";
import { addressOf, type Connected, connectTo } from "./connect.ts";
import type { Row } from "./decode.ts";
import { PostgresError } from "./errors.ts";
import { handOver } from "./hand_over.ts";
import {
  arrange,
  ATTRIBUTES_SQL,
  checkAttributes,
  endpointsOf,
  isAboutWriting,
  mayTryNextHost,
  noneWillDo,
  roundsOf,
} from "./host_choice.ts";
import { type ReadFileFacts, readFileFacts } from "./private_file.ts";
import { abortable, DeadlineError } from "../domain/deadline.ts";
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
  /** Reads certificate and password files. */
  readonly readTextFile: (path: string) => Promise<string>;
  /** Asks what kind of file it is; the file system when absent. */
  readonly readFacts?: ReadFileFacts;
  /** A number in [0, 1), for `load_balance_hosts=random`; `Math.random` when absent. */
  readonly random?: () => number;
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
  /** Which of the target's hosts it leads to; absent when that is not known. */
  readonly endpoint?: Endpoint;
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

/**
 * Opens a session with the first of the target's hosts that is reached and is what `target_session_attrs` asks for.
 *
 * @param target Where to and as whom.
 * @param options Limits and names.
 * @returns The session; the caller destroys it.
 * @throws {PostgresError} Naming the step that failed; with several hosts, what each said.
 */
export async function openSession(target: ConnectionTarget, options: SessionOptions): Promise<Session> {
  const { isBalanced, sessionAttributes } = target.libpq ?? DEFAULT_LIBPQ_SETTINGS;
  const random = options.random ?? Math.random;
  const endpoints = arrange(endpointsOf(target), { isBalanced, random });
  let failures: PostgresError[] = [];
  for (const attributes of roundsOf(sessionAttributes)) {
    failures = [];
    for (const [index, endpoint] of endpoints.entries()) {
      const isLast = index === endpoints.length - 1;
      // A host that does not answer must leave the next ones their share of the time.
      const share = isLast ? null : options.statementTimeoutSeconds / endpoints.length;
      const seconds = target.connectTimeoutSeconds ?? share;
      try {
        return await limited(
          { seconds, signal: options.signal },
          (signal) =>
            openAt(endpoint, {
              target,
              options: { ...options, signal, random },
              attributes,
            }),
        );
      } catch (error) {
        if (!(error instanceof PostgresError) || options.signal.aborted || !mayTryNextHost(error)) {
          throw error;
        }
        failures.push(error);
      }
    }
  }
  throw noneWillDo(options.server, failures);
}

/** Runs an attempt under a deadline of its own besides the caller's. */
async function limited<T>(
  { seconds, signal }: { readonly seconds: number | null; readonly signal: AbortSignal },
  attempt: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  if (seconds === null) return await attempt(signal);
  const own = new AbortController();
  const timer = setTimeout(() => own.abort(new DeadlineError(seconds)), seconds * 1000);
  try {
    return await attempt(AbortSignal.any([signal, own.signal]));
  } finally {
    clearTimeout(timer);
  }
}

async function openAt(
  endpoint: Endpoint,
  { target, options, attributes }: {
    readonly target: ConnectionTarget;
    readonly options: SessionOptions & { readonly random: () => number };
    readonly attributes: SessionAttributes;
  },
): Promise<Session> {
  const { isBalanced } = target.libpq ?? DEFAULT_LIBPQ_SETTINGS;
  const { server, signal, readTextFile, readFacts = readFileFacts, random } = options;
  const connected = await connectTo(endpoint, {
    server,
    target,
    parameters: startupParameters(target, { options, attributes }),
    signal,
    readTextFile,
    readFacts,
    order: (addresses) => arrange(addresses, { isBalanced, random }),
  });
  const session = new DriverSession(connected, { target, options });
  try {
    await session.begin(attributes, signal);
    return session;
  } catch (error) {
    session.destroy();
    throw error;
  }
}

class DriverSession implements Session {
  readonly pooled: boolean;
  readonly endpoint: Endpoint;
  readonly #connected: Connected;
  readonly #sql: postgres.Sql;
  readonly #options: SessionOptions;
  readonly #context: TroubleContext;
  #versionNum: number;
  #closed = false;
  #armedBy: AbortSignal | null = null;

  constructor(
    connected: Connected,
    { target, options }: { readonly target: ConnectionTarget; readonly options: SessionOptions },
  ) {
    const { socket, announced, endpoint } = connected;
    this.#connected = connected;
    this.#options = options;
    this.endpoint = endpoint;
    this.#context = {
      server: options.server,
      address: addressOf(endpoint),
      user: target.user,
      database: target.database,
      step: "query",
    };
    this.#versionNum = parseServerVersion(announced.parameters.get("server_version") ?? "");
    this.pooled = options.pooled ?? false;
    socket.on("error", () => {});
    socket.once("close", () => this.#onClose());
    let handedOver = false;
    const driverOptions = {
      // The driver asks again after a connection closed; a session is one connection.
      socket: () => {
        if (handedOver) throw Object.assign(new Error("Session is closed"), { code: "CONNECTION_CLOSED" });
        handedOver = true;
        handOver(socket, announced);
        return socket;
      },
      host: endpoint.host,
      port: endpoint.port,
      database: target.database,
      user: target.user,
      // TLS and login are done when the driver gets the socket.
      password: "",
      ssl: false,
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
      // The driver would read the environment's; with what handOver() tells it, this is always fulfilled.
      target_session_attrs: "standby" as const,
      types: { text: asText },
      onnotice: () => {},
      onparameter: (key: string, value: unknown) => this.#onParameter(key, String(value)),
      connection: { application_name: target.applicationName },
    };
    this.#sql = postgres(driverOptions);
  }

  get versionNum(): number {
    return this.#versionNum;
  }

  get closed(): boolean {
    return this.#closed;
  }

  /** Asks the host what it is, when that matters, and gives the driver, which begins lazily, its first statement. */
  async begin(attributes: SessionAttributes, signal: AbortSignal): Promise<void> {
    try {
      if (attributes === "any") {
        await abortable(this.#sql.unsafe("SELECT 1").simple().execute(), signal);
        return;
      }
      const asked = this.#sql.unsafe<Record<string, string | null>[]>(ATTRIBUTES_SQL).simple().execute();
      checkAttributes(attributes, await abortable(asked, signal));
      if (!isAboutWriting(attributes) || this.pooled) return;
      await abortable(this.#sql.unsafe("SET default_transaction_read_only = on").simple().execute(), signal);
    } catch (error) {
      throw toPostgresError(error, this.#context);
    }
  }

  async query(sql: string, { signal, statementTimeoutSeconds }: QueryOptions): Promise<readonly Row[]> {
    try {
      signal.throwIfAborted();
      this.#arm(signal);
      return await this.#send(sql, statementTimeoutSeconds);
    } catch (error) {
      throw toPostgresError(signal.aborted ? signal.reason : error, this.#context);
    }
  }

  async close(signal: AbortSignal): Promise<void> {
    await abortable(this.#sql.end(), signal).catch(() => {});
    this.destroy();
  }

  destroy(): void {
    this.#connected.socket.destroy();
    this.#connected.lowest.destroy();
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

function startupParameters(
  target: ConnectionTarget,
  { options, attributes }: { readonly options: SessionOptions; readonly attributes: SessionAttributes },
): Record<string, string> {
  const name = { application_name: target.applicationName };
  if (options.pooled) return name;
  return {
    ...name,
    ...(target.options === "" ? {} : { options: target.options }),
    // Whether a host lets us write is seen only as long as we have not asked it not to.
    ...(isAboutWriting(attributes) ? {} : { default_transaction_read_only: "on" }),
    statement_timeout: String(milliseconds(options.statementTimeoutSeconds)),
    lock_timeout: String(milliseconds(options.lockTimeoutSeconds)),
    // Compiling a catalogue query costs far more than running it.
    jit: "off",
  };
}
