/**
 * Connects to one host: resolve, connect, TLS, login, with the fallbacks of `sslmode`.
 *
 * @module
 */
import type { Socket } from "node:net";
import type { ConnectionTarget } from "../config/config.ts";
import { DEFAULT_LIBPQ_SETTINGS, type Endpoint } from "../config/libpq_settings.ts";
import { formatHostPort } from "../config/listen_address.ts";
import { abortable } from "../domain/deadline.ts";
import { errorCode } from "../domain/thrown.ts";
import { PostgresError } from "./errors.ts";
import { findLoginPassword } from "./find_password.ts";
import { type Announced, logIn } from "./login.ts";
import { explainTls, secure } from "./secure_socket.ts";
import { openSocket } from "./socket.ts";
import {
  type Encryption,
  encryptionsFor,
  type FileAccess,
  readTlsPlan,
  TlsError,
  type TlsPlan,
} from "./tls.ts";
import { toPostgresError, type TroubleContext } from "./trouble.ts";

/** How to connect. */
export interface ConnectOptions extends FileAccess {
  /** The server's name in the configuration, for errors. */
  readonly server: string;
  /** Host, role, database and settings. */
  readonly target: ConnectionTarget;
  /** Parameters of the startup message besides `user` and `database`. */
  readonly parameters: Readonly<Record<string, string>>;
  /** Ends the attempt; its reason should be a {@linkcode DeadlineError}. */
  readonly signal: AbortSignal;
  /** Orders the addresses of a host. */
  readonly order: (addresses: readonly string[]) => readonly string[];
}

/** A connection that is logged in. */
export interface Connected {
  /** The socket to use. */
  readonly socket: Socket;
  /** The TCP or Unix socket below it; the same without TLS. */
  readonly lowest: Socket;
  /** What the server reported at login. */
  readonly announced: Announced;
  /** The host. */
  readonly endpoint: Endpoint;
  /** For the errors of this connection. */
  readonly context: TroubleContext;
}

/** How far an attempt has come. */
interface Attempt extends TroubleContext {
  readonly encryption: Encryption;
  step: TroubleContext["step"];
  isEncrypted: boolean;
  passwordHint: string;
  isPasswordGiven: boolean;
}

/** Host and port, or the path of the socket. */
export function formatEndpoint({ host, port }: Endpoint): string {
  if (host.startsWith("/")) return `${host}/.s.PGSQL.${port}`;
  return formatHostPort(host, port);
}

/**
 * Connects to a host and logs in.
 *
 * @returns The connection, owned by the caller.
 * @throws {PostgresError} Names the step that failed.
 */
export async function connectTo(endpoint: Endpoint, options: ConnectOptions): Promise<Connected> {
  const { server, target, signal } = options;
  let first: PostgresError | null = null;
  for (const encryption of encryptionsFor(target, endpoint)) {
    const attempt: Attempt = {
      server,
      address: formatEndpoint(endpoint),
      user: target.user,
      database: target.database,
      encryption,
      step: "resolve",
      isEncrypted: false,
      passwordHint: "",
      isPasswordGiven: true,
    };
    try {
      return await connectOnce(endpoint, { ...options, attempt });
    } catch (thrown) {
      // Certificates are read before the name is resolved, but they belong to the login.
      if (thrown instanceof TlsError) attempt.step = "authenticate";
      const error = toPostgresError(thrown, attempt);
      if (first !== null) throw bothFailed(first, error);
      if (signal.aborted || !mayFallBack(error, attempt)) throw error;
      first = error;
    }
  }
  throw first ?? new TypeError("No way to connect was tried");
}

/**
 * Whether `allow` and `prefer` try the other way: only when TLS failed or the server refuses this way (SQLSTATE class
 * 28); any other error would be the same.
 */
function mayFallBack(error: PostgresError, { encryption, isEncrypted }: Attempt): boolean {
  if (error.cause instanceof TlsError) return error.cause.mayGoOn;
  return error.sqlstate?.startsWith("28") === true && (encryption === "plain" || isEncrypted);
}

function bothFailed(first: PostgresError, second: PostgresError): PostgresError {
  if (first.message === second.message) return first;
  const { trouble: { message, ...trouble }, cause } = second;
  return new PostgresError(`${first.message}. The other way that sslmode allows: ${message}`, {
    ...trouble,
    cause,
  });
}

async function connectOnce(
  endpoint: Endpoint,
  options: ConnectOptions & { readonly attempt: Attempt },
): Promise<Connected> {
  const { target, signal, attempt, order } = options;
  const settings = target.libpq ?? DEFAULT_LIBPQ_SETTINGS;
  // A certificate or password may be on a disk that does not respond.
  const plan = attempt.encryption === "plain" ? null : await abortable(readTlsPlan(target, options), signal);
  let socket: Socket | null = null;
  const lowest = await openSocket(endpoint, {
    signal,
    onStep: (step) => attempt.step = step,
    order,
    // With direct TLS the client speaks first.
    isPaused: plan !== null && settings.isDirectTls,
  });
  try {
    attempt.step = "authenticate";
    const secured = plan === null ? null : await secure(lowest, { endpoint, plan, settings, signal });
    if (secured === null && attempt.encryption === "tls") {
      throw new TlsError(
        `sslmode=${target.sslMode} requires TLS, but the server does not support it: set ssl = on there, or use ` +
          "sslmode=prefer",
      );
    }
    attempt.isEncrypted = secured !== null;
    socket = secured?.socket ?? lowest;
    const found = await abortable(findLoginPassword(target, { endpoint, ...options }), signal);
    attempt.passwordHint = found.hint;
    attempt.isPasswordGiven = found.password !== null;
    const { user, database } = target;
    const announced = await abortable(
      logIn(socket, {
        parameters: { user, database, client_encoding: "UTF8", ...options.parameters },
        password: found.password,
        settings,
        ...(secured === null ? {} : { certificateHash: secured.certificateHash }),
      }),
      signal,
    ).catch((error: unknown) => {
      throw plan !== null && secured !== null ? explainLate(error, plan) : error;
    });
    return { socket, lowest, announced, endpoint, context: { ...attempt, step: "query" } };
  } catch (error) {
    socket?.destroy();
    lowest.destroy();
    throw error;
  }
}

/** In TLS 1.3 the server rejects a client certificate after the handshake, and may close before its alert arrives. */
function explainLate(error: unknown, plan: TlsPlan): unknown {
  const code = errorCode(error);
  if (code.startsWith("ERR_SSL_") || /received fatal alert|invalid peer certificate/i.test(String(error))) {
    return explainTls(error, { plan });
  }
  const isLost = ["CONNECTION_CLOSED", "ECONNRESET", "EPIPE"].includes(code);
  if (!isLost || plan.options.cert === undefined) return error;
  return new TlsError(
    "the connection was closed right after the handshake: the server may not accept our client certificate, check " +
      `sslcert and the server's ssl_ca_file (${code})`,
    { cause: error },
  );
}
