/**
 * Starts TLS on a connected socket: asks the server for it, does the handshake, checks the server's certificate.
 *
 * {@link https://www.postgresql.org/docs/current/protocol-flow.html#PROTOCOL-FLOW-SSL}
 *
 * @module
 */
import { Buffer } from "node:buffer";
import { isIP, type Socket } from "node:net";
import { connect, type TLSSocket } from "node:tls";
import type { Endpoint, LibpqSettings } from "../config/libpq_settings.ts";
import { abortable } from "../domain/deadline.ts";
import { errorCode, errorMessage } from "../domain/thrown.ts";
import { certificateHash, otherNames } from "./certificate.ts";
import { codedError } from "./errors.ts";
import { NOT_POSTGRESQL } from "./startup_wire.ts";
import { TlsError, type TlsPlan } from "./tls.ts";

/** How to start TLS. */
export interface SecureOptions {
  /** The host. */
  readonly endpoint: Endpoint;
  /** Certificates and checks. */
  readonly plan: TlsPlan;
  /** Direct TLS or not, whether the host name is sent (SNI), and allowed versions. */
  readonly settings: Pick<LibpqSettings, "isDirectTls" | "usesSni" | "minTlsVersion" | "maxTlsVersion">;
  /** Ends the attempt. */
  readonly signal: AbortSignal;
}

/** A socket with TLS. */
export interface Secured {
  /** The socket to use from now on. */
  readonly socket: TLSSocket;
  /** Hash of the server's certificate, for channel binding; null when there is none. */
  readonly certificateHash: Uint8Array | null;
}

const TLS_REQUEST = Buffer.from([0, 0, 0, 8, 4, 210, 22, 47]);

/**
 * Starts TLS.
 *
 * @param socket A connected socket; on failure the caller destroys it.
 * @returns The socket with TLS; null when the server does not support TLS.
 * @throws {TlsError} When the handshake fails or the certificate is not accepted.
 */
export async function secure(socket: Socket, options: SecureOptions): Promise<Secured | null> {
  const { settings, signal } = options;
  const secured = settings.isDirectTls ? beginTls(socket, options) : await askForTls(socket, options);
  if (secured === null) return null;
  try {
    await abortable(handshake(secured, options), signal);
    return { socket: secured, certificateHash: checkCertificate(secured, options) };
  } catch (error) {
    secured.destroy();
    signal.throwIfAborted();
    throw error instanceof TlsError ? error : explainTls(error, options);
  }
}

/** Asks the server for TLS and starts it; null when the server does not support it. */
function askForTls(socket: Socket, options: SecureOptions): Promise<TLSSocket | null> {
  const { promise, resolve, reject } = Promise.withResolvers<Buffer>();
  socket.once("data", resolve);
  socket.once("error", reject);
  socket.once("close", () => reject(codedError("CONNECTION_CLOSED", "The connection was closed")));
  socket.write(TLS_REQUEST);
  // In the first microtask after the answer: within the event itself Deno 2.9 may miss the handshake, later Deno 2.6
  // consumes the server's part of it. tests/live/tls_test.ts covers both.
  return abortable(
    promise.then((answer) => isYes(answer) ? beginTls(socket, options) : null),
    options.signal,
  );
}

/** Reads the server's answer to the request for TLS. */
function isYes(answer: Buffer): boolean {
  const letter = answer.toString("latin1", 0, 1);
  if (letter === "N") return false;
  // A man in the middle may have written it, so the text is not repeated (CVE-2024-10977).
  if (letter === "E") {
    throw new TlsError(
      "the server answered the request for TLS with an error: look for the reason in its log",
    );
  }
  if (letter !== "S") throw new Error(NOT_POSTGRESQL);
  // Data sent before TLS would be mistaken for data protected by TLS (CVE-2021-23222).
  if (answer.length > 1) throw new TlsError("the server sent data before TLS began; do not trust it");
  return true;
}

function beginTls(socket: Socket, { endpoint: { host }, plan, settings }: SecureOptions): TLSSocket {
  const isName = isIP(host.replace(/%.*$/, "")) === 0;
  const secured = connect({
    ...plan.options,
    socket,
    rejectUnauthorized: plan.verification !== "nothing",
    // otherNames() checks the name by libpq's rules.
    checkServerIdentity: () => undefined,
    ...(isName && settings.usesSni ? { servername: host } : {}),
    ...(settings.isDirectTls ? { ALPNProtocols: ["postgresql"] } : {}),
  });
  // Its reader learns of the end by itself; an error without a listener would end the program.
  secured.on("error", () => {});
  return secured;
}

function handshake(socket: TLSSocket, { plan }: SecureOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.once("secureConnect", () => {
      // Older versions of Deno report the connection before they report that the certificate was rejected.
      if (plan.verification === "nothing" || socket.getPeerCertificate().raw !== undefined) resolve();
    });
    socket.once("error", reject);
    socket.once("close", () => reject(codedError("ECONNRESET", "The connection was closed")));
  });
}

function checkCertificate(socket: TLSSocket, { endpoint, plan, settings }: SecureOptions): Uint8Array | null {
  if (settings.isDirectTls && socket.alpnProtocol !== "postgresql") throw new TlsError(NOT_DIRECT);
  checkVersion(socket, settings);
  const certificate = socket.getPeerCertificate();
  if (plan.verification !== "nothing" && (!socket.authorized || certificate?.raw === undefined)) {
    throw new TlsError("the server's certificate is not trusted: check sslrootcert");
  }
  if (plan.verification === "name") {
    const names = otherNames(certificate, endpoint.host);
    if (names !== "") {
      throw new TlsError(
        `the server's certificate is for ${names}, not for "${endpoint.host}": connect by a name in the certificate, ` +
          "replace the certificate, or use sslmode=verify-ca",
      );
    }
  }
  return certificate?.raw === undefined ? null : certificateHash(certificate.raw);
}

/** Older versions of Deno take no notice of the allowed versions, and do not report the version in use. */
function checkVersion(socket: TLSSocket, { minTlsVersion, maxTlsVersion }: SecureOptions["settings"]): void {
  const version = typeof socket.getProtocol === "function" ? socket.getProtocol() : null;
  const keyword = minTlsVersion === "TLSv1.3" && version !== "TLSv1.3"
    ? "ssl_min_protocol_version"
    : maxTlsVersion === "TLSv1.2" && version !== "TLSv1.2"
    ? "ssl_max_protocol_version"
    : null;
  if (keyword === null) return;
  throw new TlsError(
    version === null
      ? `${keyword} needs a program built with Deno 2.9 or later, because this one cannot check the version in use: ` +
        "leave it out here, and set it in the server's postgresql.conf"
      : `the connection uses ${version}, which ${keyword} does not allow`,
  );
}

/** A server that expects a request for TLS, or has no TLS, closes the connection; older Deno reports it as open. */
const NOT_DIRECT =
  "the server did not start TLS: sslnegotiation=direct needs PostgreSQL 17 or later with ssl = on, " +
  "for any other server use sslnegotiation=postgres";

/** The peer closed the connection. */
const CLOSED = /ECONNRESET|EPIPE|closed|end of file|EOF/i;

/** Errors of `node:tls` and the libraries below it, with an explanation and advice. */
const TLS_TROUBLE: readonly (readonly [RegExp, string])[] = [
  [/CERT_HAS_EXPIRED|expired/i, "the server's certificate has expired: renew it"],
  [/CERT_NOT_YET_VALID|NotValidYet/i, "the server's certificate is not yet valid: check both clocks"],
  [
    /CaUsedAsEndEntity/,
    "the server's certificate is a CA certificate (CA:TRUE, the default of openssl req -x509), which a program built " +
    "with a Deno before 2.9 rejects: create it with -addext basicConstraints=critical,CA:FALSE",
  ],
  [
    /UNABLE_TO_VERIFY|UNABLE_TO_GET_ISSUER|SELF_SIGNED|DEPTH_ZERO|UnknownIssuer/i,
    "the server's certificate is signed by none of the root certificates: check sslrootcert",
  ],
  [
    /BAD_?SIGNATURE|CERT_SIGNATURE_FAILURE/i,
    "the server's certificate is signed by another key of the same issuer name: check sslrootcert",
  ],
  [/REVOKED/i, "the server's certificate has been revoked"],
  [
    /PROTOCOL_?VERSION|UNSUPPORTED_PROTOCOL|PeerIncompatible/i,
    "no version of TLS is allowed on both sides: check ssl_min_protocol_version here and on the server",
  ],
  [
    /CERTIFICATE_?REQUIRED|HANDSHAKE_?FAILURE/i,
    "the server rejects the handshake: it may require a client certificate (sslcert, sslkey)",
  ],
  [
    /UNKNOWN_?CA|BAD_?CERTIFICATE|CERTIFICATE_?UNKNOWN|DECRYPT_?ERROR/i,
    "the server does not accept our client certificate: check sslcert and the server's ssl_ca_file",
  ],
  [
    CLOSED,
    "the connection was closed during the handshake: is something other than PostgreSQL listening there?",
  ],
];

/** Explains the failure of a handshake, or of the first message after it. */
export function explainTls(
  error: unknown,
  { plan, settings }: Pick<SecureOptions, "plan"> & Partial<Pick<SecureOptions, "settings">>,
): TlsError {
  const code = errorCode(error);
  const text = `${code} ${errorMessage(error)}`.trim();
  const [pattern, words] = TLS_TROUBLE.find(([each]) => each.test(text)) ?? [];
  const what = pattern === CLOSED && settings?.isDirectTls === true ? NOT_DIRECT : words;
  const checked = plan.verification === "nothing" ? "" : "; the certificate was being checked";
  return new TlsError(what === undefined ? `${text}${checked}` : `${what} (${code || text})`, {
    cause: error,
  });
}
