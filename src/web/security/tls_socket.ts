import type { Server } from "node:http";
import type { SecureContextOptions, TlsOptions, TLSSocket } from "node:tls";
import { refuseClient } from "./client_certificate.ts";
import type { TlsSettings } from "./security.ts";

/**
 * The settings as Node's TLS server takes them.
 *
 * @param tls The settings.
 */
export function tlsOptions(tls: TlsSettings): TlsOptions {
  return { ...contextOf(tls), ...demandsOf(tls), ALPNProtocols: ["http/1.1"] };
}

/**
 * Has a TLS server use other settings for the connections that are yet to come.
 *
 * @param server The server, made with {@linkcode tlsOptions}. Before Deno 2.9 it cannot, and nothing changes.
 * @param tls The settings.
 */
export function applyTls(server: Server, tls: TlsSettings): void {
  if (!canExchange(server)) return;
  // Read by Node's TLS server for each new connection.
  Object.assign(server, demandsOf(tls));
  server.setSecureContext(contextOf(tls));
}

/**
 * Whether a client may go on after its handshake.
 *
 * @param socket Its connection.
 * @param tls What is asked of clients.
 * @returns Why not; null when it may.
 */
export function refuseSocket(socket: TLSSocket, tls: TlsSettings): string | null {
  if (tls.clientAuth === "NoClientCert") return null;
  const certificate = socket.getPeerCertificate();
  const hasCertificate = certificate?.raw !== undefined;
  return refuseClient({
    hasCertificate,
    isTrusted: socket.authorized,
    names: hasCertificate ? certificate.subjectaltname ?? "" : "",
  }, tls);
}

function contextOf(
  { certificate, key, clientCa, minVersion, maxVersion }: TlsSettings,
): SecureContextOptions {
  return { cert: certificate, key, minVersion, maxVersion, ...(clientCa === null ? {} : { ca: clientCa }) };
}

function demandsOf({ clientAuth }: TlsSettings): Pick<TlsOptions, "requestCert" | "rejectUnauthorized"> {
  // What else is asked is looked at after the handshake, by refuseSocket().
  return {
    requestCert: clientAuth !== "NoClientCert",
    rejectUnauthorized: clientAuth === "RequireAndVerifyClientCert",
  };
}

function canExchange(
  server: Server,
): server is Server & { setSecureContext(options: SecureContextOptions): void } {
  return "setSecureContext" in server && typeof server.setSecureContext === "function";
}
