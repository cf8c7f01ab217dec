/**
 * From a connected socket to one with TLS: asks the server whether it can, shakes hands, checks whose certificate it is.
 *
 * {@link https://www.postgresql.org/docs/current/protocol-flow.html#PROTOCOL-FLOW-SSL}
 *
 * @module
 */
import { Buffer } from "node:buffer";
import { isIP, type Socket } from "node:net";
import { connect, type TLSSocket } from "node:tls";
import type { Endpoint, LibpqSettings } from "../config/libpq_settings.ts";
import { certificateHash, otherNames } from "./certificate.ts";
import { abortable } from "../domain/deadline.ts";
import { TlsError, type TlsPlan } from "./tls.ts";

/** How to begin TLS. */
export interface SecureOptions {
  /** Where the socket leads. */
  readonly endpoint: Endpoint;
  /** Certificates and checks. */
  readonly plan: TlsPlan;
  /** How it begins, whether the host name is told, and which versions may be spoken. */
  readonly settings: Pick<LibpqSettings, "isDirectTls" | "usesSni" | "minTlsVersion" | "maxTlsVersion">;
  /** Ends the attempt. */
  readonly signal: AbortSignal;
}

/** A socket with TLS. */
export interface Secured {
  /** The socket to go on with. */
  readonly socket: TLSSocket;
  /** Hash of the server's certificate, for channel binding; null when it has none. */
  readonly certificateHash: Uint8Array | null;
}

const TLS_REQUEST = Buffer.from([0, 0, 0, 8, 4, 210, 22, 47]);

/**
 * Begins TLS.
 *
 * @param socket A connected socket; on failure the caller destroys it.
 * @param options How.
 * @returns The socket with TLS; null when the server has none.
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

/** Asks the server whether it has TLS, and begins it; null when it has none. */
function askForTls(socket: Socket, options: SecureOptions): Promise<TLSSocket | null> {
  const { promise, resolve, reject } = Promise.withResolvers<Buffer>();
  socket.once("data", resolve);
  socket.once("error", reject);
  socket.once("close", () => reject(closedError("CONNECTION_CLOSED")));
  socket.write(TLS_REQUEST);
  // In the first microtask behind the answer: within the event Deno 2.9 may never hear of the handshake, later Deno 2.6
  // reads the server's part of it away. tests/live/tls_test.ts holds both to it.
  return abortable(
    promise.then((answer) => isYes(answer) ? beginTls(socket, options) : null),
    options.signal,
  );
}

function closedError(code: string): Error {
  return Object.assign(new Error("The connection was closed"), { code });
}

/** Reads the server's answer to the question for TLS. */
function isYes(answer: Buffer): boolean {
  const letter = answer.toString("latin1", 0, 1);
  if (letter === "N") return false;
  // Whoever is on the way may have written it, so its words are not repeated (CVE-2024-10977).
  if (letter === "E") {
    throw new TlsError(
      "the server answered the question for TLS with an error: look for the reason in its log",
    );
  }
  if (letter !== "S") throw new Error("What answers is not PostgreSQL: it sent no message of its protocol");
  // Bytes that came before TLS would be taken for bytes that TLS protects (CVE-2021-23222).
  if (answer.length > 1) throw new TlsError("the server sent data before TLS began; do not trust it");
  return true;
}

function beginTls(socket: Socket, { endpoint: { host }, plan, settings }: SecureOptions): TLSSocket {
  const isName = isIP(host.replace(/%.*$/, "")) === 0;
  const secured = connect({
    ...plan.options,
    socket,
    rejectUnauthorized: plan.verification !== "nothing",
    // The name is checked here by libpq's rules, see otherNames().
    checkServerIdentity: () => undefined,
    ...(isName && settings.usesSni ? { servername: host } : {}),
    ...(settings.isDirectTls ? { ALPNProtocols: ["postgresql"] } : {}),
  });
  // Whoever reads from it hears of its end; an error with no listener would end the program.
  secured.on("error", () => {});
  return secured;
}

function handshake(socket: TLSSocket, { plan }: SecureOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.once("secureConnect", () => {
      // Older versions of Deno tell of a connection before they tell that its certificate was refused.
      if (plan.verification === "nothing" || socket.getPeerCertificate().raw !== undefined) resolve();
    });
    socket.once("error", reject);
    socket.once("close", () => reject(closedError("ECONNRESET")));
  });
}

function checkCertificate(socket: TLSSocket, { endpoint, plan, settings }: SecureOptions): Uint8Array | null {
  if (settings.isDirectTls && socket.alpnProtocol !== "postgresql") {
    throw new TlsError(NOT_DIRECT);
  }
  // Older versions of Deno take no notice of the versions they are given, and cannot tell which one is spoken.
  const spoken = typeof socket.getProtocol === "function" ? socket.getProtocol() : null;
  const keyword = settings.minTlsVersion === "TLSv1.3" && spoken !== "TLSv1.3"
    ? "ssl_min_protocol_version"
    : settings.maxTlsVersion === "TLSv1.2" && spoken !== "TLSv1.2"
    ? "ssl_max_protocol_version"
    : null;
  if (keyword !== null) {
    throw new TlsError(
      spoken === null
        ? `${keyword} needs a program built with Deno 2.9 or later, this one cannot tell which version is spoken: leave ` +
          "it out here, and set it in the server's postgresql.conf"
        : `${spoken} is spoken, but ${keyword} asks for another`,
    );
  }
  const certificate = socket.getPeerCertificate();
  if (plan.verification !== "nothing" && (!socket.authorized || certificate?.raw === undefined)) {
    throw new TlsError("the server's certificate was not accepted: check sslrootcert");
  }
  if (plan.verification === "name") {
    const names = otherNames(certificate, endpoint.host);
    if (names !== "") {
      throw new TlsError(
        `the server's certificate is for ${names}, not for "${endpoint.host}": connect by a name that is in it, ` +
          "give the server another one, or use sslmode=verify-ca",
      );
    }
  }
  return certificate?.raw === undefined ? null : certificateHash(certificate.raw);
}

/** A server that waits to be asked for TLS, or has none, hangs up; older versions of Deno tell of a connection then. */
const NOT_DIRECT =
  "the server did not begin TLS: sslnegotiation=direct needs PostgreSQL 17 or later with ssl = on, " +
  "for any other use sslnegotiation=postgres";

/** The other side has hung up. */
const CLOSED = /ECONNRESET|EPIPE|closed|end of file|EOF/i;

/** What `node:tls` and the libraries below it say, and what to do about it. */
const TLS_TROUBLE: readonly (readonly [RegExp, string])[] = [
  [/CERT_HAS_EXPIRED|expired/i, "the server's certificate has expired: renew it"],
  [/CERT_NOT_YET_VALID|NotValidYet/i, "the server's certificate is not valid yet: check both clocks"],
  [
    /CaUsedAsEndEntity/,
    "the server's certificate is an authority's own (CA:TRUE, as openssl req -x509 makes it), which a program built " +
    "with a Deno before 2.9 does not take for a server's: make it with -addext basicConstraints=critical,CA:FALSE",
  ],
  [
    /UNABLE_TO_VERIFY|UNABLE_TO_GET_ISSUER|SELF_SIGNED|DEPTH_ZERO|UnknownIssuer/i,
    "the server's certificate is signed by none of the root certificates: check sslrootcert",
  ],
  [
    /BAD_?SIGNATURE|CERT_SIGNATURE_FAILURE/i,
    "the server's certificate is signed by another key of that name: check sslrootcert",
  ],
  [/REVOKED/i, "the server's certificate has been revoked"],
  [
    /PROTOCOL_?VERSION|UNSUPPORTED_PROTOCOL|PeerIncompatible/i,
    "no version of TLS suits both sides: check ssl_min_protocol_version here and there",
  ],
  [
    /CERTIFICATE_?REQUIRED|HANDSHAKE_?FAILURE/i,
    "the server refuses the handshake: it may want a client certificate (sslcert, sslkey)",
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

/** Puts the trouble of a handshake, or of the first message after it, in words. */
export function explainTls(
  error: unknown,
  { plan, settings }: Pick<SecureOptions, "plan"> & Partial<Pick<SecureOptions, "settings">>,
): TlsError {
  const code = error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : "";
  const text = `${code} ${error instanceof Error ? error.message : String(error)}`.trim();
  const [pattern, words] = TLS_TROUBLE.find(([each]) => each.test(text)) ?? [];
  const what = pattern === CLOSED && settings?.isDirectTls === true ? NOT_DIRECT : words;
  const checked = plan.verification === "nothing" ? "" : "; the certificate was being checked";
  return new TlsError(what === undefined ? `${text}${checked}` : `${what} (${code || text})`, {
    cause: error,
  });
}
