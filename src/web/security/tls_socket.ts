import type { Server } from "node:http";
import type { SecureContextOptions, TlsOptions, TLSSocket } from "node:tls";
import { refuseClient } from "./client_certificate.ts";
import type { TlsSettings } from "./security.ts";

/**
 * The options of Node's TLS server.
 *
 * @param tls The settings.
 */
export function tlsOptions(tls: TlsSettings): TlsOptions {
  return { ...contextOptions(tls), ...clientOptions(tls), ALPNProtocols: ["http/1.1"] };
}

/**
 * Changes the settings of a TLS server for new connections.
 *
 * @param server The server, created with {@linkcode tlsOptions}. No effect before Deno 2.9.
 * @param tls The settings.
 */
export function applyTls(server: Server, tls: TlsSettings): void {
  if (!canChangeContext(server)) return;
  // Node's TLS server reads them for each new connection.
  Object.assign(server, clientOptions(tls));
  server.setSecureContext(contextOptions(tls));
}

/**
 * Whether to refuse a client after its handshake.
 *
 * @param socket Its connection.
 * @param tls The settings.
 * @returns The reason; null when the client is accepted.
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

function contextOptions(
  { certificate, key, clientCa, minVersion, maxVersion }: TlsSettings,
): SecureContextOptions {
  return { cert: certificate, key, minVersion, maxVersion, ...(clientCa === null ? {} : { ca: clientCa }) };
}

function clientOptions({ clientAuth }: TlsSettings): Pick<TlsOptions, "requestCert" | "rejectUnauthorized"> {
  // The rest is checked after the handshake, by refuseSocket().
  return {
    requestCert: clientAuth !== "NoClientCert",
    rejectUnauthorized: clientAuth === "RequireAndVerifyClientCert",
  };
}

function canChangeContext(
  server: Server,
): server is Server & { setSecureContext(options: SecureContextOptions): void } {
  return "setSecureContext" in server && typeof server.setSecureContext === "function";
}
