/**
 * One open connection to one server: the only file that uses the driver.
 *
 * By default the driver reconnects, reads the environment and parses values. Here it gets a connected socket to use once,
 * every option, and no parsers, so that a session is exactly one connection and a value exactly what the server sent.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import type { Socket } from "node:net";
import postgres from "postgres";
import type { ConnectionTarget } from "../config/config.ts";
import { DEFAULT_LIBPQ_SETTINGS, type Endpoint, type SessionAttributes } from "../config/libpq_settings.ts";
import { systemClock } from "../domain/clock.ts";
import { abortable, startDeadline } from "../domain/deadline.ts";
import { parseServerVersion } from "../domain/pg_version.ts";
import { type Connected, connectTo } from "./connect.ts";
import type { Row } from "./decode.ts";
import { codedError, PostgresError } from "./errors.ts";
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
import type { Announced } from "./login.ts";
import { type ReadFileFacts, readFileFacts } from "./private_file.ts";
import { protocolMessage, ServerError } from "./startup_wire.ts";
import {
  laterSettings,
  milliseconds,
  pooledLimits,
  type SessionLimits,
  startupParameters,
} from "./session_settings.ts";
import { toPostgresError } from "./trouble.ts";

/** How to open a session. */
export interface SessionOptions extends SessionLimits {
  /** The server's name in the configuration, for errors. */
  readonly server: string;
  /** Ends the attempt; its reason should be a {@linkcode DeadlineError}. */
  readonly signal: AbortSignal;
  /**
   * For a transaction pooler (pgbouncer): no startup parameters but the name, no prepared statements, timeouts sent with
   * every statement.
   */
  readonly pooled?: boolean;
  /** Reads certificate and password files. */
  readonly readTextFile: (path: string) => Promise<string>;
  /** Reads the facts of a file; from the file system when absent. */
  readonly readFacts?: ReadFileFacts;
  /** A number in [0, 1), for `load_balance_hosts=random`; `Math.random` when absent. */
  readonly random?: () => number;
}

/** Limits of one statement. */
export interface QueryOptions {
  /** Ends the wait and destroys the connection. */
  readonly signal: AbortSignal;
  /** Timeout of this statement on the server, if shorter than the session's, seconds. */
  readonly statementTimeoutSeconds?: number;
}

/** An open connection. */
export interface Session {
  /** `server_version_num`, from the version that the server reports at login. */
  readonly versionNum: number;
  /** The host it is connected to; absent when unknown. */
  readonly endpoint?: Endpoint;
  /** Whether it runs through a transaction pooler. */
  readonly pooled: boolean;
  /** Whether the connection is closed. */
  readonly closed: boolean;
  /** The error with which the server ended the connection; absent when it is open or ended otherwise. */
  readonly endedBy?: ServerError;
  /**
   * Sends a statement. Statements sent without waiting in between take one round trip and are answered in order.
   *
   * @param sql One statement without parameters.
   * @returns Rows of text values.
   * @throws {PostgresError} When it fails; after a deadline the connection is destroyed.
   */
  query(sql: string, options: QueryOptions): Promise<readonly Row[]>;
  /** Terminates the session, then closes the connection; at once when the signal aborts. */
  close(signal: AbortSignal): Promise<void>;
  /** Closes the connection at once, even during a statement. */
  destroy(): void;
}

/** Types that the driver would otherwise parse: bool, ints, floats, json, dates, bytea. */
const PARSED_OIDS = [16, 17, 21, 23, 26, 114, 700, 701, 1082, 1114, 1184, 3802];
const asText = {
  to: 25,
  from: PARSED_OIDS,
  serialize: (value: string): string => value,
  parse: (value: string): string => value,
};

/** Prepared, so that the server plans each statement once; by default the driver uses a simple query without arguments. */
const PREPARED = { prepare: true, simple: false };

/**
 * Opens a session with the first of the target's hosts that is reachable and matches `target_session_attrs`.
 *
 * @returns The session; the caller destroys it.
 * @throws {PostgresError} Names the step that failed; with several hosts, the error of each.
 */
export async function openSession(target: ConnectionTarget, options: SessionOptions): Promise<Session> {
  const { isBalanced, sessionAttributes } = target.libpq ?? DEFAULT_LIBPQ_SETTINGS;
  const random = options.random ?? Math.random;
  const endpoints = arrange(endpointsOf(target), { isBalanced, random });
  let failures: PostgresError[] = [];
  for (const attributes of roundsOf(sessionAttributes)) {
    failures = [];
    for (const [index, endpoint] of endpoints.entries()) {
      // A host that does not respond must leave a share of the time to the others.
      const isLast = index === endpoints.length - 1;
      const share = isLast ? null : options.statementTimeoutSeconds / endpoints.length;
      const seconds = target.connectTimeoutSeconds ?? share;
      using deadline = seconds === null
        ? null
        : startDeadline(seconds, { clock: systemClock, outer: options.signal });
      const { signal } = deadline ?? options;
      try {
        return await openAt(endpoint, { target, options: { ...options, signal, random }, attributes });
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

/** How to open a session with one host. */
interface OpenOptions {
  readonly target: ConnectionTarget;
  readonly options: SessionOptions & { readonly random: () => number };
  readonly attributes: SessionAttributes;
}

async function openAt(endpoint: Endpoint, settings: OpenOptions): Promise<Session> {
  const { target, options, attributes } = settings;
  const { isBalanced } = target.libpq ?? DEFAULT_LIBPQ_SETTINGS;
  const connected = await connectTo(endpoint, {
    readFacts: readFileFacts,
    ...options,
    target,
    parameters: startupParameters({ target, options, attributes }),
    order: (addresses) => arrange(addresses, { isBalanced, random: options.random }),
  });
  const session = new DriverSession(connected, settings);
  try {
    await session.begin(attributes, options.signal);
    return session;
  } catch (error) {
    session.destroy();
    throw error;
  }
}

class DriverSession implements Session {
  readonly pooled: boolean;
  readonly endpoint: Endpoint;
  versionNum: number;
  closed = false;
  endedBy?: ServerError;
  readonly #connected: Connected;
  readonly #sql: postgres.Sql;
  readonly #options: SessionOptions;
  readonly #armedBy = new WeakSet<AbortSignal>();

  constructor(connected: Connected, { target, options }: OpenOptions) {
    const { socket, announced, endpoint } = connected;
    this.#connected = connected;
    this.#options = options;
    this.endpoint = endpoint;
    this.versionNum = parseServerVersion(announced.parameters.get("server_version") ?? "");
    this.pooled = options.pooled ?? false;
    socket.on("error", () => {});
    let latest: Buffer = Buffer.alloc(0);
    socket.on("data", (chunk: Buffer) => latest = chunk);
    socket.once("close", () => {
      this.closed = true;
      // The driver discards an error that answers no statement.
      if (latest.toString("latin1", 0, 1) === "E") this.endedBy = new ServerError(latest.subarray(5));
    });
    let handedOver = false;
    const driverOptions = {
      // The driver asks for another socket after a connection closed; a session is one connection.
      socket: () => {
        if (handedOver) throw codedError("CONNECTION_CLOSED", "Session is closed");
        handedOver = true;
        handOver(socket, announced);
        return socket;
      },
      host: endpoint.host,
      port: endpoint.port,
      database: target.database,
      user: target.user,
      // TLS and login are complete when the driver gets the socket.
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
      // Otherwise the driver would read the environment; the parameters of handOver() always satisfy this value.
      target_session_attrs: "standby" as const,
      types: { text: asText },
      onnotice: () => {},
      onparameter: (key: string, value: unknown) => {
        if (key === "server_version") this.versionNum = parseServerVersion(String(value));
      },
      connection: { application_name: target.applicationName },
    };
    this.#sql = postgres(withoutSubscriber(postgres(driverOptions).options));
  }

  /** Checks `target_session_attrs` if set, and gives the driver its first statement, because it starts lazily. */
  async begin(attributes: SessionAttributes, signal: AbortSignal): Promise<void> {
    const run = (sql: string) => abortable(this.#simple(sql), signal);
    try {
      if (attributes === "any") {
        await run(this.pooled ? "SELECT 1" : laterSettings(this.versionNum));
        return;
      }
      if (!this.pooled) await run(laterSettings(this.versionNum));
      checkAttributes(attributes, await run(ATTRIBUTES_SQL));
      if (isAboutWriting(attributes) && !this.pooled) await run("SET default_transaction_read_only = on");
    } catch (error) {
      throw toPostgresError(error, this.#connected.context);
    }
  }

  async query(sql: string, { signal, statementTimeoutSeconds }: QueryOptions): Promise<readonly Row[]> {
    try {
      signal.throwIfAborted();
      this.#arm(signal);
      return await this.#send(sql, statementTimeoutSeconds);
    } catch (error) {
      throw toPostgresError(signal.aborted ? signal.reason : this.endedBy ?? error, this.#connected.context);
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
    this.closed = true;
  }

  /** One listener for all statements with one signal: their deadline destroys the connection, and they fail with it. */
  #arm(signal: AbortSignal): void {
    if (this.#armedBy.has(signal)) return;
    this.#armedBy.add(signal);
    signal.addEventListener("abort", () => this.destroy(), { once: true });
  }

  #send(sql: string, statementTimeoutSeconds: number | undefined): Promise<readonly Row[]> {
    if (this.pooled) return this.#sendPooled(sql, statementTimeoutSeconds);
    return statementTimeoutSeconds === undefined
      ? this.#sendPrepared(sql)
      : this.#sendLimited(sql, statementTimeoutSeconds);
  }

  async #simple(sql: string): Promise<readonly Row[]> {
    return await this.#sql.unsafe<Record<string, string | null>[]>(sql).simple().execute();
  }

  async #sendPrepared(sql: string): Promise<readonly Row[]> {
    return await this.#sql.unsafe<Record<string, string | null>[]>(sql, [], PREPARED).execute();
  }

  /** The timeout is set and reset in the same pipeline, so that the statement stays prepared and is planned once. */
  async #sendLimited(sql: string, seconds: number): Promise<readonly Row[]> {
    const [, rows] = await Promise.all([
      this.#simple(`SET statement_timeout = ${milliseconds(seconds)}`),
      this.#sendPrepared(sql),
      this.#simple("RESET statement_timeout"),
    ]);
    return rows;
  }

  /**
   * Statements of one simple query are one implicit transaction, so `SET LOCAL` ends with it: nothing leaks into a
   * pooled connection, and the timeout applies to each statement (13+).
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
}

/**
 * The driver makes a second set of everything for logical replication, half of what it takes of memory, unless options that
 * it has parsed, which it takes as they are, say otherwise.
 *
 * @param parsed The options of a driver that was made and has sent nothing.
 * @returns Options for the driver that is used.
 */
export function withoutSubscriber(parsed: object): object {
  return { ...parsed, no_subscribe: true };
}

/** Parameters for the driver, so that `PGTARGETSESSIONATTRS` in the environment has no effect. */
const FOR_DRIVER = { in_hot_standby: "on", default_transaction_read_only: "on" } as const;

/**
 * Hands a logged-in socket to the driver, which expects to log in itself: its startup message is discarded, and it reads
 * what the server reported at our login.
 */
function handOver(socket: Socket, { parameters, key, release }: Announced): void {
  const status = [...parameters, ...Object.entries(FOR_DRIVER)].map(([name, value]) =>
    protocolMessage("S", Buffer.from(`${name}\0${value}\0`, "utf8"))
  );
  const replay = Buffer.concat([
    protocolMessage("R", Buffer.alloc(4)),
    ...status,
    key,
    protocolMessage("Z", Buffer.from("I")),
  ]);
  Object.defineProperty(socket, "write", {
    configurable: true,
    // A socket that the server closes meanwhile replaces it.
    writable: true,
    value: () => {
      Reflect.deleteProperty(socket, "write");
      // The driver listens by now; what has been received since the login, such as a notice, is for it.
      const rest = release();
      queueMicrotask(() => socket.emit("data", Buffer.concat([replay, rest])));
      return true;
    },
  });
}
