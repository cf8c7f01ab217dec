/**
 * One host, from its name to a login: resolve, connect, TLS, log in, with the fallbacks of `sslmode`.
 *
 * @module
 */
import type { Socket } from "node:net";
import type { ConnectionTarget } from "../config/config.ts";
import { DEFAULT_LIBPQ_SETTINGS, type Endpoint } from "../config/libpq_settings.ts";
import { PostgresError, type Step } from "./errors.ts";
import { findLoginPassword } from "./find_password.ts";
import { type Announced, logIn } from "./login.ts";
import { explainTls, secure } from "./secure_socket.ts";
import { abortable } from "../domain/deadline.ts";
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
  /** The user's name of the server, for errors. */
  readonly server: string;
  /** As whom and how. */
  readonly target: ConnectionTarget;
  /** Parameters of the startup message besides `user` and `database`. */
  readonly parameters: Readonly<Record<string, string>>;
  /** Ends the attempt; its reason should be a {@linkcode DeadlineError}. */
  readonly signal: AbortSignal;
  /** Arranges the addresses of a host. */
  readonly order: (addresses: readonly string[]) => readonly string[];
}

/** A connection that is logged in. */
export interface Connected {
  /** What to talk through. */
  readonly socket: Socket;
  /** The socket below it; the same without TLS. */
  readonly lowest: Socket;
  /** What the server announced. */
  readonly announced: Announced;
  /** Where it leads. */
  readonly endpoint: Endpoint;
}

/** How far an attempt has come. */
interface Progress {
  step: Step;
  isEncrypted: boolean;
  hint: string;
  isPasswordGiven: boolean;
}

/** Where a host is, as a person writes it. */
export function addressOf({ host, port }: Endpoint): string {
  if (host.startsWith("/")) return `${host}/.s.PGSQL.${port}`;
  return `${host.includes(":") ? `[${host}]` : host}:${port}`;
}

/**
 * Connects to a host and logs in.
 *
 * @param endpoint The host.
 * @param options How.
 * @returns The connection; it belongs to the caller.
 * @throws {PostgresError} Naming the step that failed.
 */
export async function connectTo(endpoint: Endpoint, options: ConnectOptions): Promise<Connected> {
  let first: PostgresError | null = null;
  for (const encryption of encryptionsFor(options.target, endpoint)) {
    const progress: Progress = { step: "resolve", isEncrypted: false, hint: "", isPasswordGiven: true };
    try {
      return await attempt(endpoint, { ...options, encryption, progress });
    } catch (thrown) {
      // Certificates are read before the name is resolved, but that is not what failed.
      if (thrown instanceof TlsError) progress.step = "authenticate";
      const error = toPostgresError(thrown, contextOf(endpoint, { options, progress }));
      if (first !== null) throw bothFailed(first, error);
      if (options.signal.aborted || !mayGoOn(error, { encryption, progress })) throw error;
      first = error;
    }
  }
  throw first ?? new TypeError("No way to connect was tried");
}

function contextOf(
  endpoint: Endpoint,
  { options: { server, target }, progress }: {
    readonly options: ConnectOptions;
    readonly progress: Progress;
  },
): TroubleContext {
  return {
    server,
    address: addressOf(endpoint),
    user: target.user,
    database: target.database,
    step: progress.step,
    isPasswordGiven: progress.isPasswordGiven,
    passwordHint: progress.hint,
  };
}

/**
 * Whether the other way of `allow` and `prefer` may be tried: TLS failed, or the server lets nobody in this way
 * (SQLSTATE class 28); any other answer would be the same.
 */
function mayGoOn(
  error: PostgresError,
  { encryption, progress }: { readonly encryption: Encryption; readonly progress: Progress },
): boolean {
  if (error.cause instanceof TlsError) return error.cause.mayGoOn;
  return error.sqlstate?.startsWith("28") === true && (encryption === "plain" || progress.isEncrypted);
}

function bothFailed(first: PostgresError, second: PostgresError): PostgresError {
  if (first.message === second.message) return first;
  const { kind, step, sqlstate, cause } = second;
  return new PostgresError(`${first.message}. The other way that sslmode allows: ${second.message}`, {
    kind,
    step,
    sqlstate,
    cause,
  });
}

async function attempt(
  endpoint: Endpoint,
  options: ConnectOptions & { readonly encryption: Encryption; readonly progress: Progress },
): Promise<Connected> {
  const { target, signal, encryption, progress, order } = options;
  const settings = target.libpq ?? DEFAULT_LIBPQ_SETTINGS;
  // A certificate or password may lie on a disk that does not answer.
  const plan = encryption === "plain" ? null : await abortable(readTlsPlan(target, options), signal);
  let socket: Socket | null = null;
  const lowest = await openSocket(endpoint, {
    signal,
    onStep: (step) => progress.step = step,
    order,
    // Of direct TLS the first word is ours.
    isPaused: plan !== null && settings.isDirectTls,
  });
  try {
    progress.step = "authenticate";
    const secured = plan === null ? null : await secure(lowest, { endpoint, plan, settings, signal });
    if (secured === null && encryption === "tls") {
      throw new TlsError(
        `sslmode=${target.sslMode} wants TLS and the server has none: set ssl = on there, or use sslmode=prefer`,
      );
    }
    progress.isEncrypted = secured !== null;
    socket = secured?.socket ?? lowest;
    const found = await abortable(findLoginPassword(target, { endpoint, ...options }), signal);
    progress.hint = found.hint;
    progress.isPasswordGiven = found.password !== null;
    const announced = await abortable(
      logIn(socket, {
        parameters: {
          user: target.user,
          database: target.database,
          client_encoding: "UTF8",
          ...options.parameters,
        },
        password: found.password,
        settings,
        ...(secured === null ? {} : { certificateHash: secured.certificateHash }),
      }),
      signal,
    ).catch((error: unknown) => {
      throw plan !== null && secured !== null ? explainLate(error, plan) : error;
    });
    return { socket, lowest, announced, endpoint };
  } catch (error) {
    socket?.destroy();
    lowest.destroy();
    throw error;
  }
}

/** In TLS 1.3 the server refuses a client certificate only after the handshake, and may be gone before it is heard. */
function explainLate(error: unknown, plan: TlsPlan): unknown {
  const code = error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : "";
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
